//! Counts the decisions of visitors by outcome and source. Nothing identifies a visitor.

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use strum::VariantArray as _;

use super::Label;
use crate::domain::{consent::decision::CollectedVia, ledger::outcome::DecisionOutcome};

/// The counters of decisions.
#[derive(Debug)]
pub(super) struct Decisions(Family<[Label; 2], Counter>);

impl Decisions {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let counted = Self(Family::default());
        for &outcome in DecisionOutcome::VARIANTS {
            for &collected_via in CollectedVia::VARIANTS {
                counted.0.get_or_create_owned(&labels(outcome, collected_via));
            }
        }
        let help = "Decisions whose records are committed, by outcome and by where they were made";
        registry.register("harmony_decisions", help, counted.0.clone());
        counted
    }

    pub(super) fn count(&self, outcome: DecisionOutcome, collected_via: CollectedVia) {
        self.0.get_or_create(&labels(outcome, collected_via)).inc();
    }
}

fn labels(outcome: DecisionOutcome, collected_via: CollectedVia) -> [Label; 2] {
    [("outcome", outcome.into_str()), ("collected_via", collected_via.into_str())]
}
