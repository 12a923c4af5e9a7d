//! Places for what can be worked on at a time. Whoever finds none is sent away at once; the operator is told so once, and not
//! for each.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many places for one kind of work.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    free: Arc<Semaphore>,
    most: usize,
    /// What is worked on.
    what: &'static str,
    /// Whether somebody found no place since there was room last.
    is_over: AtomicBool,
}

impl ConcurrencyLimit {
    /// So many places for that.
    pub(crate) fn new(most: usize, what: &'static str) -> Self {
        Self { free: Arc::new(Semaphore::new(most)), most, what, is_over: AtomicBool::new(false) }
    }

    /// A place, for as long as it is held; none if all are taken.
    pub(crate) fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        let Self { most, what, .. } = *self;
        let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
            if !self.is_over.swap(true, Ordering::Relaxed) {
                tracing::warn!(most, "{what}: concurrency limit reached, further ones get a 503");
            }
            return None;
        };
        // Half of the places are free again: it is over, and not only for a moment.
        if self.is_over.load(Ordering::Relaxed)
            && self.available() >= most / 2
            && self.is_over.swap(false, Ordering::Relaxed)
        {
            tracing::info!("{what}: below the concurrency limit again");
        }
        Some(place)
    }

    /// How many places are free.
    pub(crate) fn available(&self) -> usize {
        self.free.available_permits()
    }
}
