//! Which editions subscribers are told of, and when.
//!
//! `notify = true` in the front matter marks a material change. Nobody is told of other editions,
//! such as corrections.

use time::{Date, Duration};

use super::version::Version;
use crate::domain::policy::document::Edition;

/// How many days before the effective date subscribers are told, unless the edition says otherwise.
pub const DEFAULT_NOTICE_DAYS: u16 = 14;

/// The largest number of days: a year.
pub const MAX_NOTICE_DAYS: u16 = 365;

/// The day from which subscribers are told of an edition.
pub fn notice_day(effective: Date, days: u16) -> Date {
    effective.checked_sub(Duration::days(days.into())).unwrap_or(Date::MIN)
}

/// The editions that subscribers are to be told of on a day, oldest first: their notice day has
/// come, and they are not replaced. A site that was down on the day tells them late.
///
/// `editions` are sorted by version; `effective` is the version of the effective one.
pub fn due(editions: &[Edition], effective: Option<Version>, today: Date) -> impl Iterator<Item = &Edition> {
    editions.iter().filter(move |edition| {
        let has_come = |days| notice_day(edition.effective, days) <= today;
        Some(edition.version) >= effective && edition.notify_days.is_some_and(has_come)
    })
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::domain::policy::document::tests::edition;

    #[test]
    fn subscribers_are_told_of_a_material_edition_from_its_notice_day_until_it_is_replaced() {
        let days = [date!(2026 - 01 - 01), date!(2026 - 06 - 01), date!(2026 - 07 - 01), date!(2026 - 12 - 01)];
        let mut editions: Vec<_> =
            ["1.0", "1.1", "1.2", "2.0"].iter().zip(days).map(|(version, day)| edition(version, day)).collect();
        // 1.2 is a correction.
        editions[1].notify_days = Some(14);
        editions[3].notify_days = Some(30);
        for (effective, today, expected) in [
            (Some("1.0"), date!(2026 - 05 - 17), &[] as &[&str]),
            (Some("1.0"), date!(2026 - 05 - 18), &["1.1"]),
            (Some("1.1"), date!(2026 - 06 - 30), &["1.1"]),
            (Some("1.2"), date!(2026 - 07 - 01), &[]),
            (Some("1.2"), date!(2026 - 10 - 31), &[]),
            (Some("1.2"), date!(2026 - 11 - 01), &["2.0"]),
            (Some("2.0"), date!(2027 - 11 - 01), &["2.0"]),
            (None, date!(2026 - 11 - 01), &["1.1", "2.0"]),
        ] {
            let effective = effective.and_then(|version| version.parse().ok());
            let found: Vec<_> = due(&editions, effective, today).map(|edition| edition.version.to_string()).collect();
            assert_eq!(found, expected, "{today}");
        }
    }

    #[test]
    fn a_notice_day_before_the_calendar_is_its_first() {
        assert_eq!(notice_day(Date::MIN, 1), Date::MIN);
    }
}
