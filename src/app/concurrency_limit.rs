//! Limits how many operations of one kind run at the same time.
//!
//! A caller above the limit gets no permit, and does not wait. The server logs once that the limit
//! is reached, not for each caller.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of permits for one kind of operation.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    free: Arc<Semaphore>,
    most: usize,
    /// The kind of operation, for the log.
    what: &'static str,
    /// Whether a caller got no permit since half of the permits were last free.
    is_over: AtomicBool,
}

impl ConcurrencyLimit {
    /// Creates a limit of `max` permits.
    pub(crate) fn new(most: usize, what: &'static str) -> Self {
        Self { free: Arc::new(Semaphore::new(most)), most, what, is_over: AtomicBool::new(false) }
    }

    /// Takes a permit, which its drop returns. None if all permits are taken.
    pub(crate) fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        let Self { most, what, .. } = *self;
        let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
            if !self.is_over.swap(true, Ordering::Relaxed) {
                tracing::warn!(most, "{what}: concurrency limit reached, further ones get a 503");
            }
            return None;
        };
        // The limit is no longer reached once half of the permits are free. A single free permit
        // would make the log flap.
        if self.is_over.load(Ordering::Relaxed)
            && self.available() >= most / 2
            && self.is_over.swap(false, Ordering::Relaxed)
        {
            tracing::info!("{what}: below the concurrency limit again");
        }
        Some(place)
    }

    /// The number of free permits.
    pub(crate) fn available(&self) -> usize {
        self.free.available_permits()
    }
}
