//! Tells the figures at an address of their own, which visitors cannot reach, and answers nothing else there.
//!
//! Connections are those of the site, with its limits and a number of their own: whoever reads slowly or opens many here takes no
//! place of a visitor's. Whoever leads a name of their own to this address (DNS rebinding) gets nothing.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tower_http::timeout::TimeoutLayer;

use crate::{
    app::AppState,
    domain::web::error::AppError,
    http::{
        middleware::{limits, limits::HttpLimits, security_headers},
        server,
        server::MOST_OF_FIGURES,
    },
};

/// What the figures are written in (OpenMetrics 1.0).
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long whoever is being told may take when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers whoever watches, until it is closed.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    close: oneshot::Sender<()>,
    answering: JoinHandle<()>,
}

impl Listener {
    /// Begins to answer at that address.
    ///
    /// # Errors
    /// If nothing can listen there.
    pub async fn open(address: SocketAddr, site: &Arc<AppState>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (close, closed) = oneshot::channel();
        let bounds = HttpLimits { connections: MOST_OF_FIGURES, shutdown_timeout: PATIENCE, ..site.bounds };
        let router = Router::new()
            .route("/metrics", get(tell))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, bounds.request_timeout))
            .layer(from_fn_with_state(Arc::clone(site), pass))
            .with_state(Arc::clone(site));
        let closed = async move { drop(closed.await) };
        let answering = tokio::spawn(server::serve(listener, router, bounds, None, closed));
        Ok(Self { address, close, answering })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers whoever has asked, and ends.
    pub async fn close(self) {
        drop(self.close);
        // It has its own limit of time.
        let _ = self.answering.await;
    }
}

/// The way of every request here, in and out.
async fn pass(State(site): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let mut response = match check(&site, &mut request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            let mut response = (refusal.into_response().status(), kind, format!("{refusal}\n")).into_response();
            if refusal == AppError::Method {
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            response
        }
    };
    security_headers::add(None, &mut response);
    response
}

/// Passes what reads, within the limits, and under an address or a name of the site.
fn check(site: &AppState, request: &mut Request) -> Result<(), AppError> {
    limits::check(&site.bounds, request, |_| true)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(AppError::Method);
    }
    let mut named = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return Err(AppError::Malformed) };
    if site.hosts.reach(host.as_bytes()) { Ok(()) } else { Err(AppError::Misdirected) }
}

/// The figures as they are now.
async fn tell(State(site): State<Arc<AppState>>) -> Response {
    let Some(metrics) = site.observers.metrics() else { return StatusCode::NOT_FOUND.into_response() };
    match metrics.tell(&site).await {
        Some(told) => ([(header::CONTENT_TYPE, KIND), (header::CACHE_CONTROL, "no-store")], told).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
