//! What is asked and how it is answered, by route.

use std::time::Instant;

use axum::http::StatusCode;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::Label;
use crate::domain::web::route::Route;

/// The statuses by their first digit, from 2 on.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// Up to how many seconds each answer is counted to have taken: a kept page takes 15 millionths, a password some tenths, and nothing may take
/// longer than fifteen.
const SECONDS: [f64; 13] = [0.000_025, 0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The name of all files of the site together.
const FILES: &str = "file";

/// The name of every address that leads nowhere.
const NOWHERE: &str = "none";

/// What is counted of all requests.
#[derive(Debug)]
pub(super) struct Requests {
    routes: Vec<RouteMetrics>,
    files: RouteMetrics,
    nowhere: RouteMetrics,
    in_progress: Gauge,
}

/// What is counted of one route.
#[derive(Debug)]
struct RouteMetrics {
    answers: [Counter; CLASSES.len()],
    seconds: Histogram,
}

type ResponseCounters = Family<[Label; 2], Counter>;
type Seconds = Family<[Label; 1], Histogram, fn() -> Histogram>;

impl Requests {
    pub(super) fn new(registry: &mut Registry, routes: impl Iterator<Item = &'static str>) -> Self {
        let answers = ResponseCounters::default();
        let seconds = Seconds::new_with_constructor(|| Histogram::new(SECONDS));
        let watch = |route: &'static str| RouteMetrics {
            answers: CLASSES.map(|class| answers.get_or_create_owned(&[("route", route), ("status", class)])),
            seconds: seconds.get_or_create_owned(&[("route", route)]),
        };
        let routes = routes.map(watch).collect();
        let requests = Self { routes, files: watch(FILES), nowhere: watch(NOWHERE), in_progress: Gauge::default() };
        registry.register("harmony_http_requests", "Requests by route and by class of status", answers);
        let help = "How long it took until an answer was ready to be sent";
        registry.register_with_unit("harmony_http_request_duration", help, Unit::Seconds, seconds);
        let help = "Requests that are not answered yet";
        registry.register("harmony_http_requests_in_progress", help, requests.in_progress.clone());
        requests
    }

    pub(super) fn begin(&self, route: Option<Route>) -> RequestTimer<'_> {
        self.in_progress.inc();
        RequestTimer { requests: self, route, began: Instant::now() }
    }

    fn watched(&self, route: Option<Route>, status: StatusCode) -> &RouteMetrics {
        match route.and_then(|route| self.routes.get(route.0)) {
            Some(watched) => watched,
            None if status.is_success() || status == StatusCode::NOT_MODIFIED => &self.files,
            None => &self.nowhere,
        }
    }
}

/// A request that is being answered. One that is given up is no longer in progress, and counted nowhere else.
#[derive(Debug)]
pub(crate) struct RequestTimer<'m> {
    requests: &'m Requests,
    route: Option<Route>,
    began: Instant,
}

impl RequestTimer<'_> {
    /// Counts the answer.
    pub(crate) fn end(self, status: StatusCode) {
        let watched = self.requests.watched(self.route, status);
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(CLASSES.len() - 1);
        watched.answers[class].inc();
        watched.seconds.observe(self.began.elapsed().as_secs_f64());
    }
}

impl Drop for RequestTimer<'_> {
    fn drop(&mut self) {
        self.requests.in_progress.dec();
    }
}
