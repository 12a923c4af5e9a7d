//! What watches the server, where the operator asks for it: [`metrics`](super::metrics) count, [`traces`](super::traces) tell the
//! course of each request. Without either, watching costs one look at nothing.

use std::{net::SocketAddr, sync::Arc};

use super::{
    metrics::{Listener, Metrics},
    traces::Traces,
};
use crate::{
    app::AppState,
    config::Config,
    domain::{Timestamp, consent::decision::CollectedVia, ledger::outcome::DecisionOutcome},
    store::{CommitObserver, Store},
};

/// Those who watch.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    metrics: Option<Arc<Metrics>>,
    traces: Option<Arc<Traces>>,
}

impl Telemetry {
    /// Those whom the configuration asks for, from that moment on, for a server that keeps what it keeps in that store.
    ///
    /// # Errors
    /// The sentence that says why no exporter of traces can be built.
    pub fn of(config: &Config, store: &Store, began: Timestamp) -> Result<Self, String> {
        let mut observers = Self::default();
        if config.telemetry.metrics_listen.is_some() {
            observers = observers.counting(store, began);
        }
        if let Some(collector) = &config.telemetry.collector {
            let traces = Traces::open(collector, store.engine());
            observers.traces = Some(Arc::new(traces.map_err(|error| error.to_string())?));
        }
        Ok(observers)
    }

    /// With somebody who counts.
    #[must_use]
    pub(crate) fn counting(self, store: &Store, began: Timestamp) -> Self {
        Self { metrics: Some(Arc::new(Metrics::new(began, store.engine()))), ..self }
    }

    /// With somebody who traces.
    #[cfg(test)]
    pub(crate) fn tracing(self, traces: Traces) -> Self {
        Self { traces: Some(Arc::new(traces)), ..self }
    }

    /// Lets them see what the store writes.
    pub(crate) fn watch(&self, store: &Store) {
        let metrics = self.metrics.as_ref().map(|metrics| metrics.witness());
        let traces = self.traces.clone().map(|traces| -> Arc<dyn CommitObserver> { traces });
        let witnesses: Vec<_> = metrics.into_iter().chain(traces).collect();
        if !witnesses.is_empty() {
            store.admit(witnesses);
        }
    }

    /// Begins to tell the figures at the address that is configured, if one is.
    ///
    /// # Errors
    /// The sentence that says why nothing can listen there.
    pub async fn listen(config: &Config, site: &Arc<AppState>) -> Result<Option<Listener>, String> {
        let Some(address) = config.telemetry.metrics_listen else { return Ok(None) };
        let listener = Listener::open(address, site).await;
        let listener = listener.map_err(|error| format!("cannot tell figures at {address}: {error}"))?;
        let address: SocketAddr = listener.address();
        tracing::info!(%address, "metrics listening on http://{address}/metrics");
        Ok(Some(listener))
    }

    /// Hands on what is not handed on yet. It may take some seconds, and waits by itself.
    pub fn close(&self) {
        if let Some(traces) = &self.traces {
            traces.close();
        }
    }

    /// Whoever counts.
    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_deref()
    }

    /// Whoever traces.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.traces.as_deref()
    }

    /// Counts what came of asking for a time stamp of the ledger's head.
    pub(crate) fn count_timestamp(&self, is_stored: bool) {
        if let Some(metrics) = &self.metrics {
            metrics.count_timestamp(is_stored);
        }
    }

    /// Counts a decision whose record is committed.
    pub(crate) fn count_decision(&self, outcome: DecisionOutcome, way: CollectedVia) {
        if let Some(metrics) = &self.metrics {
            metrics.count_decision(outcome, way);
        }
    }
}
