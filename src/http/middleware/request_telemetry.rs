//! Counts, times and traces one request.
//!
//! Logs, metrics and traces get the route template, the method, the status and the time. No
//! requested path, header or cookie reaches them.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{extract::Request, http::StatusCode};
use opentelemetry::Context;
use tracing::Span;

use crate::{
    app::AppState,
    domain::web::route::Route,
    http::router,
    system::rng::Rng,
    telemetry::{metrics::RequestTimer, traces::SpanGuard},
};

/// The id of a request, by which an operator finds its log lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestId {
    /// Differs from process to process.
    process: u32,
    /// Counts the requests of the process.
    number: u32,
}

impl RequestId {
    pub(super) fn next() -> Self {
        static PROCESS: OnceLock<u32> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let process = *PROCESS.get_or_init(|| u32::from_le_bytes(Rng::system().bytes()));
        Self { process, number: NUMBER.fetch_add(1, Ordering::Relaxed) }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:08x}", self.process, self.number)
    }
}

/// The log span of a request. Each log line of the request has its fields.
pub(super) fn span(request: &Request, route: Option<Route>, id: RequestId) -> Span {
    let route = route.map_or("none", |route| router::table().template(route));
    tracing::info_span!("request", method = %request.method(), route, request_id = %id)
}

/// The timer and the trace span of one request, as far as the operator turned them on.
pub(super) struct RequestTelemetry<'s> {
    timer: Option<RequestTimer<'s>>,
    span: Option<SpanGuard>,
}

impl<'s> RequestTelemetry<'s> {
    /// Starts both.
    pub(super) fn begin(site: &'s AppState, request: &mut Request, route: Option<Route>) -> Self {
        let timer = site.observers.metrics().map(|metrics| metrics.begin(route));
        let span = site.observers.traces().map(|traces| {
            let template = route.map(|route| router::table().template(route));
            let span = traces.begin(request.method(), template);
            // The parent of later spans.
            request.extensions_mut().insert(span.context());
            span
        });
        Self { timer, span }
    }

    /// Ends both with the status of the response.
    pub(super) fn end(self, status: StatusCode) {
        if let Some(timer) = self.timer {
            timer.end(status);
        }
        if let Some(span) = self.span {
            span.end(status);
        }
    }
}

/// The trace span of rendering a page. It ends when it is dropped.
pub(super) fn rendering(site: &AppState, request: &Request) -> Option<SpanGuard> {
    let parent = request.extensions().get::<Context>()?;
    site.observers.traces().map(|traces| traces.begin_child("render", parent))
}
