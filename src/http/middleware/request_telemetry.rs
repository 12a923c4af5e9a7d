//! One request as those see it who watch: its route, its method, its status and its time. Nothing else of it is handed to
//! them: no address that was typed, no header, no cookie.

use axum::{extract::Request, http::StatusCode};
use opentelemetry::Context;

use crate::{
    app::AppState,
    http::route_template,
    telemetry::{metrics::RequestTimer, traces::SpanGuard},
};

/// A request that is watched, as far as anybody does.
pub(crate) struct RequestTelemetry<'s> {
    counted: Option<RequestTimer<'s>>,
    traced: Option<SpanGuard>,
}

impl<'s> RequestTelemetry<'s> {
    /// Begins to watch a request whose address has no language any more.
    pub(crate) fn begin(site: &'s AppState, request: &mut Request) -> Self {
        let (counting, tracing) = (site.observers.metrics(), site.observers.traces());
        if counting.is_none() && tracing.is_none() {
            return Self { counted: None, traced: None };
        }
        let routes = route_template::all();
        let found = routes.find(request.uri().path());
        let counted = counting.map(|metrics| metrics.begin(found));
        let traced = tracing.map(|traces| {
            let begun = traces.begin(request.method(), found.map(|found| routes.template(found)));
            // For what is done on its behalf further in.
            request.extensions_mut().insert(begun.context());
            begun
        });
        Self { counted, traced }
    }

    /// The request is answered.
    pub(crate) fn end(self, status: StatusCode) {
        if let Some(counted) = self.counted {
            counted.end(status);
        }
        if let Some(traced) = self.traced {
            traced.end(status);
        }
    }
}

/// Begins to watch the rendering of a page, which ends when this is dropped.
pub(crate) fn of_rendering(site: &AppState, request: &Request) -> Option<SpanGuard> {
    let parent = request.extensions().get::<Context>()?;
    site.observers.traces().map(|traces| traces.begin_part("render", parent))
}
