//! Dates in the format of each language, from Unicode's CLDR data.

use icu_calendar::{Date, Gregorian};
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{MD, YMD},
};

use crate::{content::i18n::cldr, domain::i18n::locale::Locale};

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

/// Formats a day. Falls back to ISO 8601 for days that the calendar cannot format, and in languages
/// whose months the CLDR does not name.
pub(crate) fn format(locale: Locale, day: time::Date, parts: impl Into<DateParts>) -> String {
    let found = Date::try_new_gregorian(day.year(), day.month().into(), day.day()).ok();
    let formatted = found.and_then(|found| match parts.into() {
        DateParts::Whole(parts) => {
            let formatter =
                FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(cldr::locale(locale).into(), parts).ok()?;
            Some(formatter.format(&found).to_string())
        }
        DateParts::Short(parts) => {
            let formatter =
                FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(cldr::locale(locale).into(), parts).ok()?;
            Some(formatter.format(&found).to_string())
        }
    });
    // The CLDR's root has codes in place of names.
    let code = format!("M{:02}", u8::from(day.month()));
    formatted.filter(|text| !text.contains(&code)).unwrap_or_else(|| day.to_string())
}
