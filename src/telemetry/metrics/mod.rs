//! Prometheus metrics. They are on if `HARMONY_METRICS_LISTEN` is set, and `http::metrics_listener`
//! serves them at that address, never the site.
//!
//! - `requests` counts and times requests by route.
//! - `commits` counts and times the transactions of the writer thread.
//! - `decisions` counts what visitors decide, `timestamps` the time stamps of the ledger.
//! - `page_performance` counts what browsers measured, `findings` what pages of partner services
//!   found.
//! - `mails` counts messages to users.
//!
//! Each series exists from the start, at 0, and a label is a `&'static str`. So no request can add
//! a series or put its content into a label. Counting is one atomic addition.

mod commits;
mod decisions;
mod findings;
mod mails;
mod page_performance;
mod requests;
mod timestamps;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};

use self::{
    commits::Commits, decisions::Decisions, findings::Findings, mails::Mails, page_performance::PagePerformance,
    requests::Requests, timestamps::Timestamps,
};
pub(crate) use self::{mails::MailOutcome, requests::RequestTimer};
use super::log;
use crate::{
    domain::{
        Timestamp,
        analytics::{Country, performance::Metric},
        consent::decision::CollectedVia,
        cookies::inventory::finding::FindingKind,
        ledger::outcome::DecisionOutcome,
        web::{device::Device, route::Route},
    },
    store::{Commit, CommitObserver},
};

/// One label: its name and its value.
type Label = (&'static str, &'static str);

/// All that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Requests,
    decisions: Decisions,
    page_performance: PagePerformance,
    findings: Findings,
    commits: Arc<Commits>,
    timestamps: Timestamps,
    mails: Mails,
    gauges: Gauges,
}

/// The values that are read at each scrape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readings {
    /// The jobs that wait for the writer thread.
    pub queue_length: usize,
    /// Whether a write succeeded just now.
    pub is_writable: bool,
    /// The cookies that the gate blocked or corrected.
    pub gate_violations: u64,
}

/// The series of [`Readings`].
#[derive(Debug, Default)]
struct Gauges {
    waiting: Gauge,
    writable: Gauge,
    gate_violations: Counter<u64, AtomicU64>,
    lost_lines: Counter<u64, AtomicU64>,
}

impl Metrics {
    /// All series at 0, for a server with these routes that started at `started` and stores its
    /// data in that kind of database.
    pub(crate) fn new(started: Timestamp, engine: &'static str, routes: impl Iterator<Item = &'static str>) -> Self {
        let mut registry = Registry::default();
        let gauges = Gauges::default();
        let build: [Label; 1] = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("harmony_build", "The running version", Info::new(build));
        let start: Gauge = Gauge::default();
        start.set(started.0);
        let help = "The start time of the process, in seconds since 1970";
        registry.register_with_unit("process_start_time", help, Unit::Seconds, start);
        let requests = Requests::new(&mut registry, routes);
        let decisions = Decisions::new(&mut registry);
        let page_performance = PagePerformance::new(&mut registry);
        let findings = Findings::new(&mut registry);
        let commits = Arc::new(Commits::new(&mut registry));
        let timestamps = Timestamps::new(&mut registry);
        let mails = Mails::new(&mut registry);
        let store: [Label; 1] = [("engine", engine)];
        registry.register("harmony_store", "The kind of database", Info::new(store));
        let help = "Jobs that wait for the writer thread";
        registry.register("harmony_store_queue_length", help, gauges.waiting.clone());
        let help = "1 if a write succeeds now, else 0";
        registry.register("harmony_store_writable", help, gauges.writable.clone());
        let help = "Cookies that the gate blocked or corrected; anything but 0 is a bug";
        registry.register("harmony_gate_violations", help, gauges.gate_violations.clone());
        let help = "Log lines that could not be written";
        registry.register("harmony_log_lines_lost", help, gauges.lost_lines.clone());
        Self { registry, requests, decisions, page_performance, findings, commits, timestamps, mails, gauges }
    }

    /// Begins to time a request at a route, or at none.
    pub(crate) fn begin(&self, route: Option<Route>) -> RequestTimer<'_> {
        self.requests.begin(route)
    }

    /// Counts a decision whose record is committed.
    pub(crate) fn count_decision(&self, outcome: DecisionOutcome, collected_via: CollectedVia) {
        self.decisions.count(outcome, collected_via);
    }

    /// Counts the performance of a page view.
    pub(crate) fn count_performance(&self, device: Device, country: Country, values: &[(Metric, u32)]) {
        self.page_performance.count(device, country, values);
    }

    /// Counts a finding of a partner service.
    pub(crate) fn count_finding(&self, service: &str, finding: FindingKind) {
        self.findings.count(service, finding);
    }

    /// Counts a request for a time stamp, by whether the time stamp was stored.
    pub(crate) fn count_timestamp(&self, is_stored: bool) {
        self.timestamps.count(is_stored);
    }

    /// Counts an attempt to send a message.
    pub(crate) fn count_mail(&self, outcome: MailOutcome) {
        self.mails.count(outcome);
    }

    /// Sets how many messages wait.
    pub(crate) fn set_mails_waiting(&self, waiting: i64) {
        self.mails.set_waiting(waiting);
    }

    /// Sets the number of subscriptions.
    pub(crate) fn set_subscriptions(&self, subscriptions: i64) {
        self.mails.set_subscriptions(subscriptions);
    }

    /// What counts the transactions.
    pub(crate) fn commit_observer(&self) -> Arc<dyn CommitObserver> {
        Arc::<Commits>::clone(&self.commits)
    }

    /// The metrics in OpenMetrics text.
    pub(crate) fn encode(&self, readings: Readings) -> Option<String> {
        self.gauges.waiting.set(i64::try_from(readings.queue_length).unwrap_or(i64::MAX));
        self.gauges.writable.set(i64::from(readings.is_writable));
        self.gauges.gate_violations.inner().store(readings.gate_violations, Ordering::Relaxed);
        self.gauges.lost_lines.inner().store(log::lost(), Ordering::Relaxed);
        let mut text = String::new();
        encode(&mut text, &self.registry).ok()?;
        Some(text)
    }
}

impl CommitObserver for Commits {
    fn on_commit(&self, commit: &Commit) {
        self.count(commit);
    }
}
