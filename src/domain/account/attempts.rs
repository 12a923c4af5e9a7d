//! How many attempts a key has: a burst, and then one per period (the generic cell rate algorithm,
//! ITU-T I.371). The whole count of a key is one time, so several servers share it in a database.

use crate::domain::Timestamp;

/// A burst of attempts, and the seconds until each further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    burst: u64,
    period: u64,
}

impl Quota {
    /// A quota of 0 attempts counts as 1, and so does one of 0 seconds.
    pub fn new(burst: u32, period: u32) -> Self {
        Self { burst: u64::from(burst.max(1)), period: u64::from(period.max(1)) }
    }

    /// Takes an attempt. `full_at` is when the burst was to be whole again; a key that is counted
    /// for the first time has none. Returns when it is to be now.
    ///
    /// A time that the quota cannot have given, as after the clock was set back, does not count.
    ///
    /// # Errors
    /// The seconds until the next attempt, if there is none now.
    pub fn take(self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, u64> {
        let (latest, busy) = (now.plus_seconds(self.burst * self.period), (self.burst - 1) * self.period);
        let full_at = full_at.filter(|full_at| *full_at <= latest).unwrap_or(now).max(now);
        let wait = full_at.0.saturating_sub(now.plus_seconds(busy).0);
        match u64::try_from(wait) {
            Ok(wait) if wait > 0 => Err(wait),
            _ => Ok(full_at.plus_seconds(self.period)),
        }
    }

    /// Gives an attempt back that was taken at `taken_at`. Returns when the burst is whole again.
    ///
    /// What the time since then gave back already is not given back twice. The key is therefore
    /// never nearer to its burst than if that attempt had not been.
    pub fn give_back(self, full_at: Timestamp, taken_at: Timestamp, now: Timestamp) -> Timestamp {
        let elapsed = u64::try_from(now.0.saturating_sub(taken_at.0)).unwrap_or(0);
        full_at.minus_seconds(self.period.saturating_sub(elapsed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How many of a thousand attempts at one moment there are, and when the burst is whole again.
    fn taken(quota: Quota, mut full_at: Option<Timestamp>, now: i64) -> (usize, Option<Timestamp>) {
        let count = (0..1_000).filter(|_| match quota.take(full_at, Timestamp(now)) {
            Ok(next) => {
                full_at = Some(next);
                true
            }
            Err(_) => false,
        });
        (count.count(), full_at)
    }

    #[test]
    fn a_burst_is_free_and_then_one_attempt_a_period() {
        let quota = Quota::new(5, 60);
        let (count, full_at) = taken(quota, None, 0);
        assert_eq!((count, full_at), (5, Some(Timestamp(300))));
        for (now, expected) in
            [(0, Err(60)), (59, Err(1)), (60, Ok(Timestamp(360))), (240, Ok(Timestamp(360))), (900, Ok(Timestamp(960)))]
        {
            assert_eq!(quota.take(full_at, Timestamp(now)), expected, "{now}");
        }
        assert_eq!(taken(quota, full_at, 300).0, 5);
    }

    #[test]
    fn a_clock_that_is_set_back_delays_nobody_for_longer() {
        let quota = Quota::new(5, 60);
        assert_eq!(quota.take(Some(Timestamp(300)), Timestamp(0)), Err(60));
        for back in [1, 86_400, 400 * 86_400] {
            assert_eq!(quota.take(Some(Timestamp(300)), Timestamp(-back)), Ok(Timestamp(60 - back)), "{back}");
        }
    }

    #[test]
    fn what_time_gave_back_is_not_given_back_twice() {
        let (quota, full_at, taken_at) = (Quota::new(5, 60), Timestamp(300), Timestamp(100));
        for (now, expected) in [(100, 240), (101, 241), (159, 299), (160, 300), (900, 300), (99, 240)] {
            assert_eq!(quota.give_back(full_at, taken_at, Timestamp(now)), Timestamp(expected), "{now}");
        }
    }

    proptest! {
        /// Each attempt begins some seconds after the one before, and lasts some; it fails or not.
        #[test]
        fn successes_win_nothing_for_the_failures_between_them(
            burst in 1..6_u32,
            period in 1..40_u32,
            attempts in proptest::collection::vec((0..30_i64, 0..60_i64, proptest::bool::ANY), 1..60),
        ) {
            let quota = Quota::new(burst, period);
            let (mut now, mut full_at, mut of_failures) = (0, None, None);
            let mut checked: Vec<(i64, i64)> = Vec::new();
            for (pause, lasts, succeeds) in attempts {
                now += pause;
                checked.sort_unstable();
                for (ends, taken_at) in checked.extract_if(.., |(ends, _)| *ends <= now) {
                    let given_back = |full_at| quota.give_back(full_at, Timestamp(taken_at), Timestamp(ends));
                    full_at = full_at.map(given_back);
                }
                if let Ok(next) = quota.take(full_at, Timestamp(now)) {
                    full_at = Some(next);
                    if succeeds {
                        checked.push((now + lasts, now));
                    } else {
                        let failed = quota.take(of_failures, Timestamp(now));
                        prop_assert!(failed.is_ok(), "the failures alone stay within the quota");
                        of_failures = failed.ok();
                    }
                }
            }
        }

        #[test]
        fn no_quota_gives_more_than_its_burst_at_once_or_a_longer_wait_than_its_period(
            burst in 0..20_u32,
            period in 0..100_000_u32,
            full_at: Option<i64>,
            now: i64,
        ) {
            let quota = Quota::new(burst, period);
            let (count, full_at) = taken(quota, full_at.map(Timestamp), now);
            prop_assert!(count <= burst.max(1) as usize || now > i64::MAX / 2);
            if let Err(wait) = quota.take(full_at, Timestamp(now)) {
                prop_assert!(wait <= period.max(1).into());
            }
        }
    }
}
