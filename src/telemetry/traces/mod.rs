//! The course of each request, for a collector that takes OpenTelemetry's protocol (OTLP over HTTP, as JSON). It is told only where
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
//!
//! There are three spans: a request by its route, the rendering of a page within it, and a transaction of the writing
//! thread, which answers many requests and so is a trace of its own. None holds what a visitor sent: no address that was
//! typed, no query, no header. Not even a `traceparent` is read, so nobody outside decides what is traced.
//!
//! `client` is the way to the collector. Spans wait in a bounded queue and are sent by a thread of their own; what does not fit is
//! dropped, and no visitor waits.

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
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};

use self::client::OtlpClient;
use crate::{
    config::otlp::Collector,
    store::{Commit, CommitObserver},
};

/// How long a collector may take for what it is handed.
const LONGEST_EXPORT: Duration = Duration::from_secs(5);

/// How long the last spans may take when the server stops.
const LONGEST_CLOSE: Duration = Duration::from_secs(3);

/// Whoever tells the course of requests.
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
    /// Begins to tell that collector, for a server that keeps what it keeps in that kind of database.
    ///
    /// # Errors
    /// If the collector's address is none.
    pub(crate) fn open(collector: &Collector, engine: &'static str) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OtlpClient::new(LONGEST_EXPORT))
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(collector.url().to_owned())
            .with_timeout(LONGEST_EXPORT)
            .build()?;
        let resource = Resource::builder()
            .with_service_name("harmony")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        Ok(Self { tracer: provider.tracer("harmony"), provider, engine })
    }

    /// Begins the span of a request at a route, or at none.
    pub(crate) fn begin(&self, method: &Method, route: Option<&'static str>) -> SpanGuard {
        let method = name(method);
        let mut attributes = vec![KeyValue::new("http.request.method", method)];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route)));
        // As OpenTelemetry names the span of a request to a server.
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes);
        SpanGuard(Context::new().with_span(builder.start_with_context(&self.tracer, &Context::new())))
    }

    /// Begins the span of a part of what another span is about.
    pub(crate) fn begin_part(&self, name: &'static str, whole: &Context) -> SpanGuard {
        SpanGuard(whole.with_span(self.tracer.start_with_context(name, whole)))
    }

    /// Hands on what is not handed on yet, and tells nothing more.
    pub(crate) fn close(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LONGEST_CLOSE) {
            tracing::warn!(%error, "flushing spans to the OTLP collector failed");
        }
    }
}

impl CommitObserver for Traces {
    #[expect(
        clippy::disallowed_methods,
        reason = "a span is dated by the system's clock, as the library dates the others"
    )]
    fn on_commit(&self, commit: &Commit) {
        let callers = i64::try_from(commit.callers).unwrap_or(i64::MAX);
        let attributes =
            [KeyValue::new("db.system.name", self.engine), KeyValue::new("harmony.store.callers", callers)];
        let builder = self.tracer.span_builder("commit").with_kind(SpanKind::Client).with_attributes(attributes);
        // It is over when it is told.
        let ended = SystemTime::now();
        let builder = builder.with_start_time(ended.checked_sub(commit.took).unwrap_or(ended));
        let mut span = builder.start_with_context(&self.tracer, &Context::new());
        if !commit.is_committed {
            span.set_status(Status::error("not committed"));
        }
        span.end_with_timestamp(ended);
    }
}

/// A span that ends when this is dropped.
pub(crate) struct SpanGuard(Context);

impl SpanGuard {
    /// What spans of parts of it begin in.
    pub(crate) fn context(&self) -> Context {
        self.0.clone()
    }

    /// The request is answered.
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

/// The name of a method: one of those that there are, for a client can send any word as one.
fn name(method: &Method) -> &'static str {
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
    fn a_word_that_a_client_made_up_is_no_method() {
        assert_eq!(name(&Method::POST), "POST");
        assert!(Method::from_bytes(b"ANNA").is_ok_and(|made_up| name(&made_up) == "_OTHER"));
    }
}
