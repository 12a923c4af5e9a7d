//! The client's network, for the rate limits.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use axum::extract::{ConnectInfo, Request};

use crate::{app::rate_limit::ClientNetwork, domain::web::forwarded, http::state::HttpState};

/// The network of the client: of the TCP peer, or of the address that a trusted reverse proxy
/// names.
pub(crate) fn client_network(http: &HttpState, request: &Request) -> Option<ClientNetwork> {
    /// Whether the missing or unreadable header was logged already.
    static IS_LOGGED: AtomicBool = AtomicBool::new(false);
    let connected = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let Some(name) = &http.settings.client_ip_header else { return connected().map(ClientNetwork::from) };
    let last = request.headers().get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
    let client = last.and_then(forwarded::client);
    if client.is_none() && !IS_LOGGED.swap(true, Ordering::Relaxed) {
        let header = if last.is_some() { "cannot be read" } else { "does not come" };
        tracing::warn!(
            "the header that HARMONY_CLIENT_IP_HEADER names {header}: such clients share the limits of the server in front"
        );
    }
    // An unreadable header counts as a missing one.
    client.or_else(connected).map(ClientNetwork::from)
}
