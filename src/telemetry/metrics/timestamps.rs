//! Counts the requests for a time stamp of the ledger's newest hash, by result.

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::Label;

/// The counters of requests for a time stamp.
#[derive(Debug)]
pub(super) struct Timestamps {
    stored: Counter,
    failed: Counter,
}

impl Timestamps {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let results = Family::<[Label; 1], Counter>::default();
        let [stored, failed] = ["stored", "failed"].map(|result| results.get_or_create_owned(&[("result", result)]));
        registry.register("harmony_ledger_timestamps", "Requested time stamps by result", results);
        Self { stored, failed }
    }

    pub(super) fn count(&self, is_stored: bool) {
        if is_stored { &self.stored } else { &self.failed }.inc();
    }
}
