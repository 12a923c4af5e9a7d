//! Tells the figures at an address of their own, which visitors cannot reach, and answers nothing else there.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use crate::server::State as Site;

/// What the figures are written in (OpenMetrics 1.0).
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long whoever is being told may take when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers whoever watches, until it is closed.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    close: oneshot::Sender<()>,
    answering: JoinHandle<io::Result<()>>,
}

impl Listener {
    /// Begins to answer at that address.
    ///
    /// # Errors
    /// If nothing can listen there.
    pub async fn open(address: SocketAddr, site: &Arc<Site>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (close, closed) = oneshot::channel();
        let router = Router::new().route("/metrics", get(tell)).with_state(Arc::clone(site));
        let closed = async move { drop(closed.await) };
        let answering = tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(closed).into_future());
        Ok(Self { address, close, answering })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers whoever has asked, and ends.
    pub async fn close(self) {
        drop(self.close);
        let stop = self.answering.abort_handle();
        if timeout(PATIENCE, self.answering).await.is_err() {
            stop.abort();
        }
    }
}

/// The figures as they are now.
async fn tell(State(site): State<Arc<Site>>) -> Response {
    let Some(metrics) = site.observers.metrics() else { return StatusCode::NOT_FOUND.into_response() };
    match metrics.tell(&site).await {
        Some(told) => ([(header::CONTENT_TYPE, KIND), (header::CACHE_CONTROL, "no-store")], told).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
