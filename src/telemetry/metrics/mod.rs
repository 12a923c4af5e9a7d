//! Figures for whoever watches the server, as Prometheus reads them. They are kept only where `HARMONY_METRICS_LISTEN` is set, and told
//! at an address of their own ([`Listener`]), never by the site.
//!
//! - `requests` counts and times what is asked, by route.
//! - `commits` counts and times what the writing thread does, and `decisions` what visitors decide; `timestamps` what becomes of the head.
//! - `listener` tells all of it.
//!
//! Each series is there from the start, at 0, and a label is a `&'static str`: so nothing that a request holds can become one,
//! and nobody can make more of them by asking. To count is an addition to an atomic that was looked up at the start.

mod commits;
mod decisions;
mod listener;
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

pub use self::listener::Listener;
pub(crate) use self::requests::RequestTimer;
use self::{commits::Commits, decisions::Decisions, requests::Requests, timestamps::Timestamps};
use super::log;
use crate::{
    app::AppState,
    domain::{Timestamp, consent::decision::CollectedVia, ledger::outcome::DecisionOutcome},
    http::route_template::Route,
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
    commits: Arc<Commits>,
    timestamps: Timestamps,
    now: Now,
}

/// What is looked up when somebody asks.
#[derive(Debug, Default)]
struct Now {
    waiting: Gauge,
    writable: Gauge,
    gate_faults: Counter<u64, AtomicU64>,
    lost_lines: Counter<u64, AtomicU64>,
}

impl Metrics {
    /// Everything at 0, for a server that began at that moment and keeps what it keeps in that kind of database.
    pub(crate) fn new(began: Timestamp, engine: &'static str) -> Self {
        let mut registry = Registry::default();
        let now = Now::default();
        let build: [Label; 1] = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("harmony_build", "The version that runs", Info::new(build));
        let start: Gauge = Gauge::default();
        start.set(began.0);
        let help = "When this process began, in seconds since 1970";
        registry.register_with_unit("process_start_time", help, Unit::Seconds, start);
        let requests = Requests::new(&mut registry);
        let decisions = Decisions::new(&mut registry);
        let commits = Arc::new(Commits::new(&mut registry));
        let timestamps = Timestamps::new(&mut registry);
        let store: [Label; 1] = [("engine", engine)];
        registry.register("harmony_store", "The kind of database", Info::new(store));
        let help = "What waits for the thread that writes";
        registry.register("harmony_store_queue_length", help, now.waiting.clone());
        let help = "Whether something could be written when this was asked: 1 or 0";
        registry.register("harmony_store_writable", help, now.writable.clone());
        let help = "Cookies that the gate withheld or put right; anything but 0 is a mistake in the code";
        registry.register("harmony_gate_faults", help, now.gate_faults.clone());
        let help = "Lines of the log that could not be written";
        registry.register("harmony_log_lines_lost", help, now.lost_lines.clone());
        Self { registry, requests, decisions, commits, timestamps, now }
    }

    /// Begins to time a request at a route, or at none.
    pub(crate) fn begin(&self, route: Option<Route>) -> RequestTimer<'_> {
        self.requests.begin(route)
    }

    /// Counts a decision whose record is committed.
    pub(crate) fn count_decision(&self, outcome: DecisionOutcome, collected_via: CollectedVia) {
        self.decisions.count(outcome, collected_via);
    }

    /// Counts what came of asking for a time stamp.
    pub(crate) fn count_timestamp(&self, is_stored: bool) {
        self.timestamps.count(is_stored);
    }

    /// What counts the transactions.
    pub(crate) fn commit_observer(&self) -> Arc<dyn CommitObserver> {
        Arc::<Commits>::clone(&self.commits)
    }

    /// All figures as they are now, in the text format of OpenMetrics. Whether something can be written is tried.
    async fn tell(&self, site: &AppState) -> Option<String> {
        self.now.waiting.set(i64::try_from(site.store.queue_length()).unwrap_or(i64::MAX));
        self.now.writable.set(i64::from(site.store.is_ready().await));
        self.now.gate_faults.inner().store(site.gate_faults.load(Ordering::Relaxed), Ordering::Relaxed);
        self.now.lost_lines.inner().store(log::lost(), Ordering::Relaxed);
        let mut told = String::new();
        encode(&mut told, &self.registry).ok()?;
        Some(told)
    }
}

impl CommitObserver for Commits {
    fn on_commit(&self, commit: &Commit) {
        self.count(commit);
    }
}
