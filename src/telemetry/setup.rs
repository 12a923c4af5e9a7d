//! The metrics and traces that the operator turned on. Without either, they cost next to nothing.

use std::sync::Arc;

use opentelemetry_otlp::ExporterBuildError;

use super::{
    metrics::{MailOutcome, Metrics},
    traces::Traces,
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        analytics::{Country, performance::Metric},
        consent::decision::CollectedVia,
        cookies::inventory::finding::FindingKind,
        ledger::outcome::DecisionOutcome,
        web::device::Device,
    },
    store::{CommitObserver, Store},
};

/// The metrics and traces that the operator turned on.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    metrics: Option<Arc<Metrics>>,
    traces: Option<Arc<Traces>>,
}

impl Telemetry {
    /// What the configuration turns on, for a server with these routes that started at `started`.
    ///
    /// # Errors
    /// [`ExporterBuildError`] if the OTLP exporter cannot be built.
    pub fn of(
        config: &Config,
        store: &Store,
        started: Timestamp,
        routes: impl Iterator<Item = &'static str>,
    ) -> Result<Self, ExporterBuildError> {
        let mut telemetry = Self::default();
        if config.telemetry.metrics_listen.is_some() {
            telemetry = telemetry.with_metrics(store, started, routes);
        }
        if let Some(collector) = &config.telemetry.collector {
            let traces = Traces::open(collector, store.engine());
            telemetry.traces = Some(Arc::new(traces?));
        }
        Ok(telemetry)
    }

    /// Turns metrics on.
    #[must_use]
    pub(crate) fn with_metrics(
        self,
        store: &Store,
        started: Timestamp,
        routes: impl Iterator<Item = &'static str>,
    ) -> Self {
        Self { metrics: Some(Arc::new(Metrics::new(started, store.engine(), routes))), ..self }
    }

    /// Turns traces on.
    #[cfg(test)]
    pub(crate) fn with_traces(self, traces: Traces) -> Self {
        Self { traces: Some(Arc::new(traces)), ..self }
    }

    /// Observes the commits of the store.
    pub(crate) fn watch(&self, store: &Store) {
        let metrics = self.metrics.as_ref().map(|metrics| metrics.commit_observer());
        let traces = self.traces.clone().map(|traces| -> Arc<dyn CommitObserver> { traces });
        let observers: Vec<_> = metrics.into_iter().chain(traces).collect();
        if !observers.is_empty() {
            store.set_observers(observers);
        }
    }

    /// Sends the remaining spans, within a few seconds.
    pub fn close(&self) {
        if let Some(traces) = &self.traces {
            traces.close();
        }
    }

    /// The metrics, if they are on.
    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_deref()
    }

    /// The traces, if they are on.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.traces.as_deref()
    }

    /// Counts a request for a time stamp of the ledger's head.
    pub(crate) fn count_timestamp(&self, is_stored: bool) {
        if let Some(metrics) = &self.metrics {
            metrics.count_timestamp(is_stored);
        }
    }

    /// Counts an attempt to send a message.
    pub(crate) fn count_mail(&self, outcome: MailOutcome) {
        if let Some(metrics) = &self.metrics {
            metrics.count_mail(outcome);
        }
    }

    /// Sets how many messages wait.
    pub(crate) fn set_mails_waiting(&self, waiting: i64) {
        if let Some(metrics) = &self.metrics {
            metrics.set_mails_waiting(waiting);
        }
    }

    /// Sets the number of subscriptions.
    pub(crate) fn set_subscriptions(&self, subscriptions: i64) {
        if let Some(metrics) = &self.metrics {
            metrics.set_subscriptions(subscriptions);
        }
    }

    /// Counts the performance of a page view.
    pub(crate) fn count_performance(&self, device: Device, country: Country, values: &[(Metric, u32)]) {
        if let Some(metrics) = &self.metrics {
            metrics.count_performance(device, country, values);
        }
    }

    /// Counts a finding of a partner service.
    pub(crate) fn count_finding(&self, service: &str, finding: FindingKind) {
        if let Some(metrics) = &self.metrics {
            metrics.count_finding(service, finding);
        }
    }

    /// Counts a decision whose record is committed.
    pub(crate) fn count_decision(&self, outcome: DecisionOutcome, collected_via: CollectedVia) {
        if let Some(metrics) = &self.metrics {
            metrics.count_decision(outcome, collected_via);
        }
    }
}
