//! Counts and times the requests by route and class of status.

use std::time::Instant;

use axum::http::StatusCode;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::Label;
use crate::domain::web::route::Route;

/// The classes of status codes, from 2xx on.
const STATUS_CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The upper bounds of the histogram of durations, in seconds. A cached page takes 15 microseconds,
/// a password some tenths of a second, and no response more than 15 seconds.
const DURATION_BUCKETS: [f64; 13] =
    [0.000_025, 0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The label of all static files.
const FILES: &str = "file";

/// The label of all URLs without a route.
const UNMATCHED: &str = "none";

/// The metrics of all requests.
#[derive(Debug)]
pub(super) struct Requests {
    routes: Vec<RouteMetrics>,
    files: RouteMetrics,
    unmatched: RouteMetrics,
    in_progress: Gauge,
}

/// The metrics of one route.
#[derive(Debug)]
struct RouteMetrics {
    responses: [Counter; STATUS_CLASSES.len()],
    seconds: Histogram,
}

type ResponseCounters = Family<[Label; 2], Counter>;
type Seconds = Family<[Label; 1], Histogram, fn() -> Histogram>;

impl Requests {
    pub(super) fn new(registry: &mut Registry, routes: impl Iterator<Item = &'static str>) -> Self {
        let responses = ResponseCounters::default();
        let seconds = Seconds::new_with_constructor(|| Histogram::new(DURATION_BUCKETS));
        let metrics_of = |route: &'static str| RouteMetrics {
            responses: STATUS_CLASSES
                .map(|class| responses.get_or_create_owned(&[("route", route), ("status", class)])),
            seconds: seconds.get_or_create_owned(&[("route", route)]),
        };
        let requests = Self {
            routes: routes.map(metrics_of).collect(),
            files: metrics_of(FILES),
            unmatched: metrics_of(UNMATCHED),
            in_progress: Gauge::default(),
        };
        registry.register("harmony_http_requests", "Requests by route and status class", responses);
        let help = "The time until the response was ready to send";
        registry.register_with_unit("harmony_http_request_duration", help, Unit::Seconds, seconds);
        let help = "Requests without a response yet";
        registry.register("harmony_http_requests_in_progress", help, requests.in_progress.clone());
        requests
    }

    pub(super) fn begin(&self, route: Option<Route>) -> RequestTimer<'_> {
        self.in_progress.inc();
        RequestTimer { requests: self, route, started: Instant::now() }
    }

    fn metrics_of(&self, route: Option<Route>, status: StatusCode) -> &RouteMetrics {
        match route.and_then(|route| self.routes.get(route.0)) {
            Some(metrics) => metrics,
            None if status.is_success() || status == StatusCode::NOT_MODIFIED => &self.files,
            None => &self.unmatched,
        }
    }
}

/// Times a request. Dropped without [`RequestTimer::end`], it only lowers the gauge of requests in
/// progress.
#[derive(Debug)]
pub(crate) struct RequestTimer<'m> {
    requests: &'m Requests,
    route: Option<Route>,
    started: Instant,
}

impl RequestTimer<'_> {
    /// Counts the response.
    pub(crate) fn end(self, status: StatusCode) {
        let metrics = self.requests.metrics_of(self.route, status);
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(STATUS_CLASSES.len() - 1);
        metrics.responses[class].inc();
        metrics.seconds.observe(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for RequestTimer<'_> {
    fn drop(&mut self) {
        self.requests.in_progress.dec();
    }
}
