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

    proptest! {
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
