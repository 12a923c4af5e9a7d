//! When a time stamp of the ledger's head is due.

use std::time::Duration;

use crate::domain::Timestamp;

/// The minimum time between two requests, of any servers; a little less than the hourly check.
const PAUSE: Duration = Duration::from_mins(50);

/// The state of a chain that decides whether a request is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainStampState {
    /// The number of records ever appended.
    pub records: u64,
    /// Whether the chain has a time stamp of this day.
    pub is_day_stamped: bool,
    /// Whether the head has a time stamp.
    pub is_head_stamped: bool,
    /// The time of the last request, by the clock of the server that made it.
    pub requested_at: Option<Timestamp>,
}

impl ChainStampState {
    /// Whether a request is due. A last request in the future comes from a wrong clock, and counts
    /// if it is close.
    pub fn is_due(self, now: Timestamp) -> bool {
        let was_just_asked = self.requested_at.is_some_and(|asked| asked.0.abs_diff(now.0) < PAUSE.as_secs());
        self.records > 0 && !self.is_day_stamped && !self.is_head_stamped && !was_just_asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_head_is_stamped_once_a_day_and_asked_for_once_an_hour() {
        let now = Timestamp(1_795_348_800);
        let new = ChainStampState { records: 1, is_day_stamped: false, is_head_stamped: false, requested_at: None };
        let asked = |seconds: i64| ChainStampState { requested_at: Some(Timestamp(now.0 + seconds)), ..new };
        for (standing, is_due) in [
            (new, true),
            (ChainStampState { records: 0, ..new }, false),
            (ChainStampState { is_day_stamped: true, ..new }, false),
            (ChainStampState { is_head_stamped: true, ..new }, false),
            (asked(-3_600), true),
            (asked(-3_000), true),
            (asked(-2_999), false),
            (asked(0), false),
            (asked(2_999), false),
            (asked(3_000), true),
            (ChainStampState { requested_at: Some(Timestamp(i64::MIN)), ..new }, true),
            (ChainStampState { requested_at: Some(Timestamp(i64::MAX)), ..new }, true),
        ] {
            assert_eq!(standing.is_due(now), is_due, "{standing:?}");
        }
    }
}
