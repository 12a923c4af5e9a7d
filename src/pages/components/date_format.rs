//! Days in the form that a language has for them, from the data of Unicode's CLDR.

use icu_calendar::{Date, Gregorian};
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{MD, YMD},
};
use icu_locale_core::{Locale as Tag, locale};

use crate::domain::i18n::locale::Locale;

/// The parts of a day that are said.
pub(crate) enum DateParts {
    /// Day, month and year.
    Whole(YMD),
    /// Day and month.
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

/// The language with the form that it has here: a day before its month in English, and the digits that versions, lifetimes
/// and times have on every page in Arabic too.
const fn tag(locale: Locale) -> Tag {
    match locale {
        Locale::English => locale!("en-GB"),
        Locale::German => locale!("de"),
        Locale::French => locale!("fr"),
        Locale::Arabic => locale!("ar-u-nu-latn"),
    }
}

/// A day in words. What no calendar can say is said in numbers, as ISO 8601 has it.
pub(crate) fn say(locale: Locale, day: time::Date, parts: impl Into<DateParts>) -> String {
    let found = Date::try_new_gregorian(day.year(), day.month().into(), day.day()).ok();
    let said = found.and_then(|found| match parts.into() {
        DateParts::Whole(parts) => {
            let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(tag(locale).into(), parts).ok()?;
            Some(formatter.format(&found).to_string())
        }
        DateParts::Short(parts) => {
            let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(tag(locale).into(), parts).ok()?;
            Some(formatter.format(&found).to_string())
        }
    });
    said.unwrap_or_else(|| day.to_string())
}
