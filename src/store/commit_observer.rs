//! Whoever watches the writing thread: what waits for it, and how each transaction went. They are rooms above this one.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How a transaction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// How many callers it answered. Counted views have none.
    pub callers: usize,
    /// How long it took from its beginning to the end of its commit.
    pub took: Duration,
    /// Whether it was committed.
    pub is_committed: bool,
}

/// Sees each transaction as it has ended.
pub(crate) trait CommitObserver: Send + Sync + fmt::Debug {
    /// Is told how it went. Whoever waits for the transaction waits for this too, so it is short.
    fn see(&self, commit: &Commit);
}

/// What of the writing thread can be seen.
#[derive(Debug, Default)]
pub(super) struct WriterStats {
    waiting: AtomicUsize,
    observers: OnceLock<Vec<Arc<dyn CommitObserver>>>,
}

impl WriterStats {
    /// Lets these see what is done from now on. The first who come are the only ones.
    pub(super) fn set_observers(&self, observers: Vec<Arc<dyn CommitObserver>>) {
        // Who comes second is turned away.
        let _ = self.observers.set(observers);
    }

    /// How much waits.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// One thing more waits.
    pub(super) fn wait(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// One thing waits no longer.
    pub(super) fn take(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Tells all who watch.
    pub(super) fn tell(&self, commit: &Commit) {
        for observer in self.observers.get().into_iter().flatten() {
            observer.see(commit);
        }
    }
}
