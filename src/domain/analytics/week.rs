//! Calendar weeks, the unit in which counts are published.

use std::fmt;

use time::{Date, Duration, macros::format_description};

use crate::domain::Timestamp;

/// How long after its end a week is published, in seconds. Servers whose clocks differ by less
/// still count into the week.
const DELAY: u64 = 3600;

/// A week from Monday to Sunday (ISO 8601), in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    monday: Date,
}

impl Week {
    /// The week that contains the day.
    pub fn of(day: Date) -> Self {
        let since_monday = Duration::days(day.weekday().number_days_from_monday().into());
        Self { monday: day.saturating_sub(since_monday) }
    }

    /// The newest week that is published.
    pub fn last_published(now: Timestamp) -> Self {
        Self::of(now.minus_seconds(DELAY).day()).before(1)
    }

    /// The week that many weeks earlier.
    #[must_use]
    pub fn before(self, weeks: u16) -> Self {
        Self { monday: self.monday.saturating_sub(Duration::weeks(weeks.into())) }
    }

    /// The Monday.
    pub const fn first_day(self) -> Date {
        self.monday
    }

    /// The Sunday.
    pub fn last_day(self) -> Date {
        self.monday.saturating_add(Duration::days(6))
    }
}

/// Formats the Monday as `YYYY-MM-DD`.
impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.monday)
    }
}

/// Parses a day as the store formats it, `YYYY-MM-DD`.
pub fn parse_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        for (day, monday) in [
            (date!(2026 - 11 - 22), "2026-11-16"),
            (date!(2026 - 11 - 23), "2026-11-23"),
            (date!(2027 - 01 - 01), "2026-12-28"),
            (Date::MIN, "-9999-01-01"),
        ] {
            assert_eq!(Week::of(day).to_string(), monday);
        }
        assert_eq!(Week::of(date!(2026 - 11 - 18)).last_day(), date!(2026 - 11 - 22));
    }

    #[test]
    fn a_week_is_published_an_hour_after_its_end() {
        for (now, monday) in [
            (datetime!(2026-11-22 23:59:59 UTC), date!(2026 - 11 - 09)),
            (datetime!(2026-11-23 00:59:59 UTC), date!(2026 - 11 - 09)),
            (datetime!(2026-11-23 01:00:00 UTC), date!(2026 - 11 - 16)),
            (datetime!(2026-11-30 00:59:59 UTC), date!(2026 - 11 - 16)),
        ] {
            assert_eq!(Week::last_published(Timestamp(now.unix_timestamp())).first_day(), monday, "{now}");
        }
    }

    #[test]
    fn a_day_is_parsed_as_the_store_formats_it() {
        let day = date!(2026 - 11 - 02);
        assert_eq!(parse_day(&day.to_string()), Some(day));
        assert_eq!(parse_day("2. November"), None);
    }
}
