//! Has the ledger's head time-stamped once a day, where an authority is set, and tells how it went. The hourly task comes by.

use std::sync::atomic::{AtomicBool, Ordering};

use super::AppState;
use crate::ledger::timestamps::Authority;

/// Whoever has it time-stamped.
#[derive(Debug)]
pub struct Stamper {
    authority: Authority,
    is_failing: AtomicBool,
}

impl Stamper {
    /// One who asks that authority.
    pub const fn new(authority: Authority) -> Self {
        Self { authority, is_failing: AtomicBool::new(false) }
    }

    /// Has the head time-stamped, if it is time to. Whatever becomes of it, nothing else is held up; that it fails is said once.
    pub(crate) async fn come_by(&self, site: &AppState) {
        match site.ledger.time_stamp(&site.store, &self.authority, &site.chance, site.now()).await {
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
