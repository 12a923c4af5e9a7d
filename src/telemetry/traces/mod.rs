//! OpenTelemetry traces, exported by OTLP over HTTP as JSON if `OTEL_EXPORTER_OTLP_ENDPOINT` is
//! set.
//!
//! There are three spans:
//!
//! - a request, named after its route,
//! - the rendering of a page, as a child of the request's span,
//! - a transaction of the writer thread. It belongs to many requests, so it is a trace of its own.
//!
//! No span contains input of a visitor, such as a path, a query or a header. The server ignores
//! `traceparent`, so no client decides what is traced.
//!
//! Spans wait in a bounded queue, and a thread of the exporter sends them with `client`. Spans that
//! do not fit into the queue are dropped, so no request waits.

mod client;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use axum::http::{Method, StatusCode};
use opentelemetry::{
    Context, KeyValue,
    trace::{Span, SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_otlp::{ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};

use self::client::OtlpClient;
use crate::{
    config::otlp::Collector,
    store::{Commit, CommitObserver},
};

/// How long one export may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the export of the last spans may take at shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// The tracer and its exporter.
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    engine: &'static str,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl Traces {
    /// Starts to export to the collector. `engine` is the kind of database.
    ///
    /// # Errors
    /// [`ExporterBuildError`] if the URL of the collector is invalid.
    pub(crate) fn open(collector: &Collector, engine: &'static str) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OtlpClient::new(EXPORT_TIMEOUT))
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(collector.url().to_owned())
            .with_timeout(EXPORT_TIMEOUT)
            // While one export waits for its next attempt, new spans would overflow the queue.
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        let resource = Resource::builder()
            .with_service_name("harmony")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        Ok(Self { tracer: provider.tracer("harmony"), provider, engine })
    }

    /// Begins the span of a request. A URL without a route has none.
    pub(crate) fn begin(&self, method: &Method, route: Option<&'static str>) -> SpanGuard {
        let method = method_name(method);
        let mut attributes = vec![KeyValue::new("http.request.method", method)];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route)));
        // The span name of OpenTelemetry's semantic conventions for HTTP servers.
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes);
        SpanGuard(Context::new().with_span(builder.start_with_context(&self.tracer, &Context::new())))
    }

    /// Begins a child span.
    pub(crate) fn begin_child(&self, name: &'static str, parent: &Context) -> SpanGuard {
        SpanGuard(parent.with_span(self.tracer.start_with_context(name, parent)))
    }

    /// Exports the remaining spans and stops.
    pub(crate) fn close(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "flushing spans to the OTLP collector failed");
        }
    }
}

impl CommitObserver for Traces {
    #[expect(
        clippy::disallowed_methods,
        reason = "the library takes the times of all other spans from the system clock"
    )]
    fn on_commit(&self, commit: &Commit) {
        let callers = i64::try_from(commit.callers).unwrap_or(i64::MAX);
        let attributes =
            [KeyValue::new("db.system.name", self.engine), KeyValue::new("harmony.store.callers", callers)];
        let builder = self.tracer.span_builder("commit").with_kind(SpanKind::Client).with_attributes(attributes);
        // The store notifies observers at the end of the transaction.
        let ended = SystemTime::now();
        let builder = builder.with_start_time(ended.checked_sub(commit.took).unwrap_or(ended));
        let mut span = builder.start_with_context(&self.tracer, &Context::new());
        if !commit.is_committed {
            span.set_status(Status::error("not committed"));
        }
        span.end_with_timestamp(ended);
    }
}

/// Ends a span when dropped.
pub(crate) struct SpanGuard(Context);

impl SpanGuard {
    /// The context for child spans.
    pub(crate) fn context(&self) -> Context {
        self.0.clone()
    }

    /// Ends the span of a request with the status of the response.
    pub(crate) fn end(self, status: StatusCode) {
        let span = self.0.span();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
    }
}

impl Drop for SpanGuard {
    fn drop(&mut self) {
        self.0.span().end();
    }
}

/// The name of a known method, or `_OTHER` as OpenTelemetry specifies, because a client can send
/// any token.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [(Method, &str); 9] = [
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::POST, "POST"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::CONNECT, "CONNECT"),
        (Method::TRACE, "TRACE"),
    ];
    KNOWN.iter().find(|(known, _)| known == method).map_or("_OTHER", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_method_is_named_other() {
        assert_eq!(method_name(&Method::POST), "POST");
        assert!(Method::from_bytes(b"ANNA").is_ok_and(|unknown| method_name(&unknown) == "_OTHER"));
    }
}
