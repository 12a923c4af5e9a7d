//! The connections of clients: how many there are, how long each may keep the server waiting, and how they end.
//!
//! Called by `harmony serve` with what the router makes. HTTP itself is hyper's. Here stands what must hold whoever is at the other
//! end: nobody who sends or reads slowly holds a place for ever, one more than there are places is told so and sent away, and
//! running out of file descriptors is a pause and not an end.

mod canned_responses;
mod reject;
mod rlimit;
mod timeout_stream;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::HeaderValue,
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
    http::server::{canned_responses::CannedResponse, reject::ConnectionRejector, timeout_stream::TimeoutStream},
};

/// How long to wait when a connection cannot be taken, most likely for want of file descriptors: until one of the others has ended.
const PAUSE: Duration = Duration::from_millis(50);

/// How many headers hyper reads without asking for memory each time.
const HEADERS_ON_STACK: usize = 100;

/// What hyper reads of a head at most is so many times what the site takes, so that whoever is a little over it gets a page that says so.
const ROOM: usize = 4;

/// The least that hyper can be told to read at once, in bytes, and as much as it ever holds of a body.
const LEAST_BUFFER: usize = 65_536;

/// Serves whoever connects until `stop` is over, and then whatever has begun, for as long as it may take.
///
/// `https` is what its answers tell browsers of https.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: HttpLimits,
    https: Option<HeaderValue>,
    stop: impl Future<Output = ()>,
) {
    let most = rlimit::most_connections(bounds.connections);
    if most < bounds.connections {
        tracing::info!(
            most,
            wished = bounds.connections,
            "RLIMIT_NOFILE allows fewer connections than HARMONY_MAX_CONNECTIONS"
        );
    }
    // Two of these may serve: the site, and the figures.
    let at = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    let places = Arc::new(Semaphore::new(most));
    let words = CannedResponse::new(https.as_ref());
    let door = ConnectionRejector::new(words.clone());
    let (stopping, _) = watch::channel(());
    let protocol = protocol(&bounds);
    let mut stop = pin!(stop);
    // Whether it was said that no connection can be taken, and whether that there are too many.
    let (mut is_stuck, mut is_full) = (false, false);
    loop {
        let taken = tokio::select! {
            biased;
            () = &mut stop => break,
            taken = listener.accept() => taken,
        };
        let (stream, peer) = match taken {
            Ok(taken) => taken,
            // The client is gone already, which says nothing of the next one.
            Err(error) if is_client_error(&error) => continue,
            Err(error) => {
                if !is_stuck {
                    tracing::warn!(%error, at, "accept failed");
                    is_stuck = true;
                }
                sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            if !is_full {
                tracing::warn!(most, at, "connection limit reached: further connections get a 503");
                is_full = true;
            }
            door.turn_away(stream);
            continue;
        };
        // It is over when half of the places are free again, and not only for a moment.
        let is_eased = places.available_permits() >= most / 2;
        (is_stuck, is_full) = (is_stuck && !is_eased, is_full && !is_eased);
        tokio::spawn(attend(
            protocol.clone(),
            TimeoutStream::new(stream, bounds.write_timeout, words.clone()),
            peer,
            router.clone(),
            stopping.subscribe(),
            place,
        ));
    }
    // Nobody connects any more; those who did are told that this answer is the last.
    drop(listener);
    drop(stopping);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    if timeout(bounds.shutdown_timeout, places.acquire_many(all)).await.is_err() {
        tracing::warn!(
            left = most - places.available_permits(),
            "shutdown timeout reached: open requests were cut off"
        );
    }
}

/// Whether accepting failed by what the client did.
fn is_client_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

/// How HTTP is spoken.
fn protocol(bounds: &HttpLimits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header_read_timeout)
        .max_buf_size((bounds.max_header_bytes * ROOM).max(LEAST_BUFFER));
    if bounds.max_headers > HEADERS_ON_STACK {
        protocol.max_headers(bounds.max_headers);
    }
    protocol
}

/// Serves one client until either end has had enough, or the server stops.
async fn attend(
    protocol: http1::Builder,
    line: TimeoutStream,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<()>,
    place: OwnedSemaphorePermit,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request =
            request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready.
        router.clone().call(request)
    });
    let mut connection = pin!(protocol.serve_connection(line, service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        // The sender says nothing; it goes.
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection broke off");
    }
    drop(place);
}

/// A stream that sends each answer at once.
fn prompt(stream: TcpStream) -> TcpStream {
    // It works without, only later.
    let _ = stream.set_nodelay(true);
    stream
}
