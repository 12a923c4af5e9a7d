//! Which time is believed when something is deleted because it was kept long enough.
//!
//! A clock may be wrong, at a start or while the server runs. So beside the clock there is the time that was **seen** to pass:
//! it follows the clock, and gains on it by no more than [`FASTER`] times what the server has run. What is deleted is what was
//! kept long enough by both. What bears a time that lies ahead of both was written by a wrong clock, and is dated anew.

use std::time::Duration;

use super::Timestamp;

/// So many times faster than the server runs, the seen time follows a clock that is ahead of it, as after a time of standing
/// still.
const FASTER: u64 = 8;

/// Clocks of several servers differ by no more.
pub const LEEWAY: Duration = Duration::from_hours(1);

/// The time that was seen to pass, and what the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The time that was seen to pass.
    pub seen: Timestamp,
    /// What the clock says.
    pub now: Timestamp,
}

impl Times {
    /// The times once the server has run for so long since `seen` was noted.
    pub fn after(seen: Timestamp, now: Timestamp, ran: Duration) -> Self {
        let at_most = seen.plus_seconds(ran.as_secs().saturating_mul(FASTER));
        Self { seen: seen.max(now.min(at_most)), now }
    }

    /// The times where none was seen to pass: what was written last has passed, if the clock does not say otherwise.
    pub fn from_newest(newest: Timestamp, now: Timestamp) -> Self {
        Self { seen: newest.min(now), now }
    }

    /// The moment by which what is deleted must have been kept long enough.
    pub fn past(self) -> Timestamp {
        self.seen.min(self.now)
    }

    /// The moment by which all that is there was written.
    pub fn latest(self) -> Timestamp {
        self.seen.max(self.now)
    }
}

/// Whether something bears a time that no right clock has shown yet.
pub const fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at.0 > now.plus_seconds(LEEWAY.as_secs()).0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const DAY: i64 = 86_400;
    const YEARS: i64 = 6 * 366 * DAY;

    #[test]
    fn the_seen_time_follows_the_clock_hour_by_hour_and_no_jump() {
        let seen = Timestamp(1_000 * DAY);
        for (now, ran, expected) in [
            (seen.0 + 3_600, HOUR, seen.0 + 3_600),
            (seen.0 + YEARS, Duration::ZERO, seen.0),
            (seen.0 + YEARS, HOUR, seen.0 + 8 * 3_600),
            (seen.0 - YEARS, HOUR, seen.0),
            (seen.0 + 40 * DAY, 5 * 24 * HOUR, seen.0 + 40 * DAY),
        ] {
            assert_eq!(Times::after(seen, Timestamp(now), ran).seen, Timestamp(expected), "{now} {ran:?}");
        }
    }

    #[test]
    fn what_is_a_little_ahead_is_another_server_s() {
        assert!(!is_ahead(Timestamp(3_600), Timestamp(0)) && is_ahead(Timestamp(3_601), Timestamp(0)));
        assert!(!is_ahead(Timestamp(i64::MAX), Timestamp(i64::MAX)));
    }

    proptest! {
        #[test]
        fn neither_the_clock_nor_what_was_seen_deletes_alone(seen: i64, now: i64, ran in 0..1_u64 << 40) {
            let times = Times::after(Timestamp(seen), Timestamp(now), Duration::from_secs(ran));
            prop_assert!(times.seen.0 >= seen && times.past() <= times.now && times.past() <= times.seen);
            prop_assert!(times.latest() >= times.past());
            prop_assert!(times.past().0 <= seen.saturating_add(i64::try_from(ran * 8).unwrap_or(i64::MAX)));
        }
    }
}
