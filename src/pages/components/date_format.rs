//! Dates in the format of each language, from Unicode's CLDR data.

use std::{cell::RefCell, collections::HashMap};

use icu_calendar::{Date, Gregorian};
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{MD, YMD},
};

use crate::{content::i18n::cldr, domain::i18n::locale::Locale};

/// The fields of a formatted date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateParts {
    /// In English `22 November 2026`.
    Whole,
    /// In English `22 Nov`.
    Short,
}

/// The formatters of a language. `None` without data for it.
struct Formatters {
    whole: Option<FixedCalendarDateTimeFormatter<Gregorian, YMD>>,
    short: Option<FixedCalendarDateTimeFormatter<Gregorian, MD>>,
}

thread_local! {
    /// The formatters of each language that was used: finding them costs more than a page's dates.
    static FORMATTERS: RefCell<HashMap<Locale, Formatters>> = RefCell::default();
}

impl Formatters {
    fn new(locale: Locale) -> Self {
        let preferences = || cldr::locale(locale).into();
        Self {
            whole: FixedCalendarDateTimeFormatter::try_new(preferences(), YMD::long()).ok(),
            short: FixedCalendarDateTimeFormatter::try_new(preferences(), MD::medium()).ok(),
        }
    }

    fn format(&self, day: Date<Gregorian>, parts: DateParts) -> Option<String> {
        match parts {
            DateParts::Whole => self.whole.as_ref().map(|formatter| formatter.format(&day).to_string()),
            DateParts::Short => self.short.as_ref().map(|formatter| formatter.format(&day).to_string()),
        }
    }
}

/// Formats a day. Falls back to ISO 8601 for days that the calendar cannot format, and in languages
/// whose months the CLDR does not name.
pub(crate) fn format(locale: Locale, day: time::Date, parts: DateParts) -> String {
    let found = Date::try_new_gregorian(day.year(), day.month().into(), day.day()).ok();
    let formatted = found.and_then(|found| {
        FORMATTERS.with_borrow_mut(|formatters| {
            formatters.entry(locale).or_insert_with(|| Formatters::new(locale)).format(found, parts)
        })
    });
    // The CLDR's root has codes in place of names.
    let code = format!("M{:02}", u8::from(day.month()));
    formatted.filter(|text| !text.contains(&code)).unwrap_or_else(|| day.to_string())
}
