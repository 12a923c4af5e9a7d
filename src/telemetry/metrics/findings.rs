//! Counts what pages of partner services found and the policy does not say, by service and kind of
//! finding. It has no names, and nothing identifies a visitor.

use std::borrow::Cow;

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::domain::cookies::inventory::finding::FindingKind;

/// A label. The ids of services are the publisher's.
type ServiceLabel = (&'static str, Cow<'static, str>);

/// The counters of findings.
#[derive(Debug)]
pub(super) struct Findings(Family<[ServiceLabel; 2], Counter>);

impl Findings {
    /// Without the services that reported nothing yet.
    pub(super) fn new(registry: &mut Registry) -> Self {
        let counted = Self(Family::default());
        let help = "What pages of partner services found and the policy does not say";
        registry.register("harmony_findings", help, counted.0.clone());
        counted
    }

    pub(super) fn count(&self, service: &str, finding: FindingKind) {
        let labels = [("service", service.to_owned().into()), ("finding", finding.into_str().into())];
        self.0.get_or_create(&labels).inc();
    }
}
