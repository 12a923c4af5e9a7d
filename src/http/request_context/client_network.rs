//! The client's network, for the rate limits.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use axum::extract::{ConnectInfo, Request};

use crate::{
    app::{AppState, rate_limit::ClientNetwork},
    domain::web::forwarded,
};

/// Where the request came from: the connection's other end, or what the server in front says, if it is configured.
pub(in crate::http) fn place(site: &AppState, request: &Request) -> Option<ClientNetwork> {
    /// Whether it was told already that a header names no address.
    static IS_TOLD: AtomicBool = AtomicBool::new(false);
    let connected = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let Some(name) = &site.client_ip_header else { return connected().map(ClientNetwork::from) };
    let last = request.headers().get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
    let client = last.and_then(forwarded::client);
    if client.is_none() && !IS_TOLD.swap(true, Ordering::Relaxed) {
        let header = if last.is_some() { "cannot be read" } else { "does not come" };
        tracing::warn!(
            "the header that HARMONY_CLIENT_IP_HEADER names {header}: such clients share the limits of the server in front"
        );
    }
    // What cannot be read limits as if nobody had said it.
    client.or_else(connected).map(ClientNetwork::from)
}
