//! When a time-stamping authority is asked for a stamp of the ledger's head.

use std::time::Duration;

use crate::domain::Timestamp;

/// How long an authority is left alone after it was asked, by whichever server. A little less than the hour at which the
/// servers look.
const PAUSE: Duration = Duration::from_mins(50);

/// What is known of a chain before its authority is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainStampState {
    /// How many records were ever appended.
    pub records: u64,
    /// Whether this day has a stamp.
    pub is_day_stamped: bool,
    /// Whether there is a stamp of this very head.
    pub is_head_stamped: bool,
    /// When the authority was asked last, by the clock of whichever server asked.
    pub requested_at: Option<Timestamp>,
}

impl ChainStampState {
    /// Whether it is time to ask. A moment that lies ahead was noted by a wrong clock, and counts while it is close.
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
