//! Accepts connections, limits them, and drains them at shutdown. hyper speaks HTTP.
//!
//! - Timeouts end the connections of clients that send or read slowly.
//! - A connection over the limit gets a 503.
//! - If the process runs out of file descriptors, the server pauses and accepts again.
//!
//! hyper itself answers what it cannot parse: a 400, 414 or 431 without a body.

mod reject;
mod rlimit;
mod timeout_stream;
pub mod wait_for_content;

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    http::HeaderValue,
    response::Response,
};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioTimer;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tower::Service;

pub(crate) use crate::http::server::rlimit::MAX_METRICS_CONNECTIONS;
use crate::{
    config::http_limits::HttpLimits,
    http::server::{reject::ConnectionRejector, timeout_stream::TimeoutStream},
};

/// How long the server waits after `accept` failed, most likely for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many headers hyper parses without allocating.
const HEADERS_ON_STACK: usize = 100;

/// How many times the site's header limit hyper reads, so that a request a little over the limit
/// gets the site's error page.
const HEADROOM: usize = 4;

/// The smallest read buffer of a connection. It also limits how much of a body hyper buffers.
const MIN_BUFFER_BYTES: usize = 65_536;

/// Serves connections until `stop` completes, and then drains the open requests within the shutdown
/// timeout. The service must always be ready.
///
/// `hsts` is the `Strict-Transport-Security` of the responses to rejected connections.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    limits: HttpLimits,
    hsts: Option<HeaderValue>,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let max = rlimit::max_connections(limits.connections);
    if max < limits.connections {
        tracing::info!(
            max,
            configured = limits.connections,
            "RLIMIT_NOFILE allows fewer connections than HARMONY_MAX_CONNECTIONS"
        );
    }
    // Logged, because the site and the metrics may each have a server.
    let at = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    let permits = Arc::new(Semaphore::new(max));
    let rejector = ConnectionRejector::new(hsts.as_ref());
    let (stopping, _) = watch::channel(());
    let protocol = protocol(&limits);
    let mut stop = pin!(stop);
    // Each is logged once, and not for every connection.
    let (mut accept_failed, mut is_full) = (false, false);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The client hung up early, which does not affect the next connection.
            Err(error) if is_client_error(&error) => continue,
            Err(error) => {
                if !accept_failed {
                    tracing::warn!(%error, at, "accept failed");
                    accept_failed = true;
                }
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            if !is_full {
                tracing::warn!(max, at, "connection limit reached: further connections get a 503");
                is_full = true;
            }
            rejector.reject(stream);
            continue;
        };
        // The shortage ends when half of the permits are free, and not at the first free one.
        let is_eased = permits.available_permits() >= max / 2;
        (accept_failed, is_full) = (accept_failed && !is_eased, is_full && !is_eased);
        tokio::spawn(serve_connection(
            protocol.clone(),
            TimeoutStream::new(stream, limits.write_timeout),
            peer,
            service.clone(),
            stopping.subscribe(),
            permit,
        ));
    }
    // Each open connection closes after its current response.
    drop(listener);
    drop(stopping);
    let all = u32::try_from(max).unwrap_or(u32::MAX);
    if timeout(limits.shutdown_timeout, permits.acquire_many(all)).await.is_err() {
        tracing::warn!(
            left = max - permits.available_permits(),
            "shutdown timeout reached: open requests were cut off"
        );
    }
}

/// Whether `accept` failed because of the client.
fn is_client_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

/// The settings of hyper's HTTP/1.1 connections.
fn protocol(limits: &HttpLimits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size((limits.max_header_bytes * HEADROOM).max(MIN_BUFFER_BYTES));
    if limits.max_headers > HEADERS_ON_STACK {
        protocol.max_headers(limits.max_headers);
    }
    protocol
}

/// Serves one connection until the client or the server closes it.
async fn serve_connection<S>(
    protocol: http1::Builder,
    stream: TimeoutStream,
    peer: SocketAddr,
    service: S,
    mut stopping: watch::Receiver<()>,
    permit: OwnedSemaphorePermit,
) where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request =
            request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
        request.extensions_mut().insert(ConnectInfo(peer));
        service.clone().call(request)
    });
    let mut connection = pin!(protocol.serve_connection(stream, service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        // The channel closes at shutdown; no value is ever sent.
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "connection failed");
    }
    drop(permit);
}

/// The stream without Nagle's algorithm, so that each response is sent at once.
fn without_delay(stream: TcpStream) -> TcpStream {
    // On failure, responses are only slower.
    let _ = stream.set_nodelay(true);
    stream
}
