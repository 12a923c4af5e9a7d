//! Statistics of the writer thread: the queue length, and the result of each transaction for the
//! observers of the telemetry layer.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// The result of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// The number of callers that wait for it. Page views have none.
    pub callers: usize,
    /// The time from its begin to the end of its commit.
    pub took: Duration,
    pub is_committed: bool,
}

/// Observes the transactions of the writer thread.
pub(crate) trait CommitObserver: Send + Sync + fmt::Debug {
    /// Called after each transaction, before its callers get their results. It must return soon.
    fn on_commit(&self, commit: &Commit);
}

#[derive(Debug, Default)]
pub(super) struct WriterStats {
    queued: AtomicUsize,
    observers: OnceLock<Vec<Arc<dyn CommitObserver>>>,
}

impl WriterStats {
    /// Sets the observers. Only the first call has an effect.
    pub(super) fn set_observers(&self, observers: Vec<Arc<dyn CommitObserver>>) {
        let _ = self.observers.set(observers);
    }

    /// The number of queued tasks.
    pub(super) fn queue_length(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Counts a task, and returns how many were queued before it.
    pub(super) fn inc_queued(&self) -> usize {
        self.queued.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn dec_queued(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn notify(&self, commit: &Commit) {
        for observer in self.observers.get().into_iter().flatten() {
            observer.on_commit(commit);
        }
    }
}
