//! Has a time-stamping authority sign the ledger's head once a day (RFC 3161), and reports
//! failures.
//!
//! The hourly task calls [`Stamper`].

use std::sync::atomic::{AtomicBool, Ordering};

use super::AppState;
use crate::ledger::timestamps::Authority;

/// Has an authority time-stamp the ledger's head.
#[derive(Debug)]
pub struct Stamper {
    authority: Authority,
    is_failing: AtomicBool,
}

impl Stamper {
    /// Creates a stamper that asks `authority`.
    pub const fn new(authority: Authority) -> Self {
        Self { authority, is_failing: AtomicBool::new(false) }
    }

    /// Has the head time-stamped if a time stamp is due.
    ///
    /// A failure stops nothing else. The server logs only the first of several failures in a row as
    /// a warning.
    pub(crate) async fn stamp_if_due(&self, site: &AppState) {
        match site.ledger.time_stamp(&site.store, &self.authority, &site.rng, site.now()).await {
            Ok(false) => {}
            Ok(true) => {
                self.is_failing.store(false, Ordering::Relaxed);
                site.observers.count_timestamp(true);
                tracing::info!("the head of the ledger was time-stamped");
            }
            Err(error) => {
                site.observers.count_timestamp(false);
                if self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::debug!(%error, "the head of the ledger was not time-stamped again");
                } else {
                    tracing::warn!(
                        %error,
                        "the head of the ledger was not time-stamped: it is tried again each hour, and all else goes on"
                    );
                }
            }
        }
    }
}
