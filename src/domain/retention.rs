//! The time that retention trusts when it deletes old data.
//!
//! A clock may be wrong, at the start or later. Beside the clock there is the **observed** time: it
//! follows the clock, but gains at most [`FASTER`] times the server's running time. Data is deleted
//! if it is old enough by both. Data from the future of both was written by a wrong clock, and is
//! dated anew.

use std::time::Duration;

use super::Timestamp;

/// How many times faster than the server's running time the observed time may catch up, as after
/// downtime.
const FASTER: u64 = 8;

/// The largest accepted clock skew between servers.
pub const LEEWAY: Duration = Duration::from_hours(1);

/// Observed time and clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The observed time.
    pub seen: Timestamp,
    pub now: Timestamp,
}

impl Times {
    /// Advances the observed time after the server has run for `ran` since `seen`.
    pub fn after(seen: Timestamp, now: Timestamp, ran: Duration) -> Self {
        let at_most = seen.plus_seconds(ran.as_secs().saturating_mul(FASTER));
        Self { seen: seen.max(now.min(at_most)), now }
    }

    /// Starts from the newest stored timestamp, which has passed unless the clock denies it.
    pub fn from_newest(newest: Timestamp, now: Timestamp) -> Self {
        Self { seen: newest.min(now), now }
    }

    /// The time that decides about deletion: the earlier of both.
    pub fn past(self) -> Timestamp {
        self.seen.min(self.now)
    }

    /// The latest time that stored data may have.
    pub fn latest(self) -> Timestamp {
        self.seen.max(self.now)
    }
}

/// Whether the timestamp lies in the future by more than [`LEEWAY`].
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
