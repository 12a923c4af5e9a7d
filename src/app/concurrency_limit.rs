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
    permits: Arc<Semaphore>,
    max: usize,
    /// The kind of operation, for the log.
    operation: &'static str,
    /// Whether a caller got no permit since half of the permits were last free.
    is_reached: AtomicBool,
}

impl ConcurrencyLimit {
    /// Creates a limit of `max` permits.
    pub(crate) fn new(max: usize, operation: &'static str) -> Self {
        Self { permits: Arc::new(Semaphore::new(max)), max, operation, is_reached: AtomicBool::new(false) }
    }

    /// Takes a permit, which its drop returns. None if all permits are taken.
    pub(crate) fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        let Self { max, operation, .. } = *self;
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            if !self.is_reached.swap(true, Ordering::Relaxed) {
                tracing::warn!(most = max, "{operation}: concurrency limit reached, further ones get a 503");
            }
            return None;
        };
        // The limit is no longer reached once half of the permits are free. A single free permit
        // would make the log flap.
        if self.is_reached.load(Ordering::Relaxed)
            && self.available() >= max / 2
            && self.is_reached.swap(false, Ordering::Relaxed)
        {
            tracing::info!("{operation}: below the concurrency limit again");
        }
        Some(permit)
    }

    /// The number of free permits.
    pub(crate) fn available(&self) -> usize {
        self.permits.available_permits()
    }
}
