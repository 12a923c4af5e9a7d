//! Serves `/metrics` at an address of its own, which visitors cannot reach, and nothing else.
//!
//! Its connections have the limits of the site and a maximum of their own, so a slow scraper takes
//! no connection of a visitor. A foreign name that resolves to this address (DNS rebinding) gets
//! nothing.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tower_http::timeout::TimeoutLayer;

use crate::{
    config::http_limits::HttpLimits,
    domain::web::error::AppError,
    http::{
        middleware::{limits, security_headers},
        request::{is_read, single},
        server,
        server::MAX_METRICS_CONNECTIONS,
        state::HttpState,
    },
    telemetry::metrics::Readings,
};

/// The content type of OpenMetrics 1.0.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long a scrape may take when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The listener, until it is closed.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    close: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Listener {
    /// Starts to serve at that address.
    ///
    /// # Errors
    /// The error of the system if it cannot listen there.
    pub async fn open(address: SocketAddr, http: &Arc<HttpState>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (close, closed) = oneshot::channel();
        let limits = HttpLimits {
            connections: MAX_METRICS_CONNECTIONS,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            ..http.settings.limits
        };
        let router = Router::new()
            .route("/metrics", get(show))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.request_timeout))
            .layer(from_fn_with_state(Arc::clone(http), handle))
            .with_state(Arc::clone(http));
        let closed = async move { drop(closed.await) };
        let serving = tokio::spawn(server::serve(listener, router, limits, None, closed));
        tracing::info!(%address, "metrics listening on http://{address}/metrics");
        Ok(Self { address, close, serving })
    }

    /// The address, with its port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops within [`SHUTDOWN_TIMEOUT`].
    pub async fn close(self) {
        drop(self.close);
        let _ = self.serving.await;
    }
}

async fn handle(State(http): State<Arc<HttpState>>, mut request: Request, next: Next) -> Response {
    let mut response = match check(&http, &mut request) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            let status = error.into_response().status();
            let mut response = (status, content_type, format!("{error}\n")).into_response();
            if error == AppError::Method {
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            response
        }
    };
    security_headers::add(None, response.headers_mut());
    response
}

fn check(http: &HttpState, request: &mut Request) -> Result<(), AppError> {
    limits::check(&http.settings.limits, request, |_| true)?;
    if !is_read(request.method()) {
        return Err(AppError::Method);
    }
    let host = single(request.headers(), &header::HOST).ok_or(AppError::Malformed)?;
    if http.settings.hosts.reach(host.as_bytes()) { Ok(()) } else { Err(AppError::Misdirected) }
}

async fn show(State(http): State<Arc<HttpState>>) -> Response {
    let app = &http.app;
    let Some(metrics) = app.observers.metrics() else { return StatusCode::NOT_FOUND.into_response() };
    let readings = Readings {
        queue_length: app.store.queue_length(),
        is_writable: app.store.is_ready().await,
        gate_violations: app.gate_violations.load(Ordering::Relaxed),
    };
    match metrics.encode(readings) {
        Some(text) => {
            ([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
