//! Counts and times the transactions of the writer thread. Each one includes every job that waited,
//! so their size and duration show whether the database keeps up.

use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::Label;
use crate::store::Commit;

/// The upper bounds of the histogram of durations, in seconds.
const DURATION_BUCKETS: [f64; 11] = [0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0];

/// The upper bounds of the histogram of callers in one transaction.
const CALLER_BUCKETS: [f64; 6] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];

/// The metrics of all transactions.
#[derive(Debug)]
pub(super) struct Commits {
    committed: Counter,
    failed: Counter,
    seconds: Histogram,
    callers: Histogram,
}

impl Commits {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let ended = Family::<[Label; 1], Counter>::default();
        let commits = Self {
            committed: ended.get_or_create_owned(&[("result", "committed")]),
            failed: ended.get_or_create_owned(&[("result", "failed")]),
            seconds: Histogram::new(DURATION_BUCKETS),
            callers: Histogram::new(CALLER_BUCKETS),
        };
        registry.register("harmony_store_commits", "Write transactions by result", ended);
        let help = "The duration of a write transaction, including its flush to disk";
        registry.register_with_unit("harmony_store_commit_duration", help, Unit::Seconds, commits.seconds.clone());
        let help = "Callers that one write transaction answered";
        registry.register("harmony_store_commit_callers", help, commits.callers.clone());
        commits
    }

    #[expect(clippy::cast_precision_loss, reason = "a transaction has at most some thousand callers")]
    pub(super) fn count(&self, commit: &Commit) {
        if commit.is_committed { &self.committed } else { &self.failed }.inc();
        self.seconds.observe(commit.took.as_secs_f64());
        self.callers.observe(commit.callers as f64);
    }
}
