//! Dates in the format of each language, from Unicode's CLDR data.

use icu_calendar::{Date, Gregorian};
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{MD, YMD},
};
use icu_locale_core::{Locale as Tag, locale};

use crate::domain::i18n::locale::Locale;

/// The fields of a formatted date.
pub(crate) enum DateParts {
    Whole(YMD),
    Short(MD),
}

impl From<YMD> for DateParts {
    fn from(parts: YMD) -> Self {
        Self::Whole(parts)
    }
}

impl From<MD> for DateParts {
    fn from(parts: MD) -> Self {
        Self::Short(parts)
    }
}

/// Returns the locale for dates. English puts the day before the month. Arabic uses the digits that
/// versions, lifetimes and times have on every page.
const fn tag(locale: Locale) -> Tag {
    match locale {
        Locale::English => locale!("en-GB"),
        Locale::German => locale!("de"),
        Locale::French => locale!("fr"),
        Locale::Arabic => locale!("ar-u-nu-latn"),
    }
}

/// Formats a day. Falls back to ISO 8601 for days that the calendar cannot format.
pub(crate) fn format(locale: Locale, day: time::Date, parts: impl Into<DateParts>) -> String {
    let found = Date::try_new_gregorian(day.year(), day.month().into(), day.day()).ok();
    let formatted = found.and_then(|found| match parts.into() {
        DateParts::Whole(parts) => {
            let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(tag(locale).into(), parts).ok()?;
            Some(formatter.format(&found).to_string())
        }
        DateParts::Short(parts) => {
            let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(tag(locale).into(), parts).ok()?;
            Some(formatter.format(&found).to_string())
        }
    });
    formatted.unwrap_or_else(|| day.to_string())
}
