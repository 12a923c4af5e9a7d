//! Where a client is: its network, for the rate limits, and its country, for the counts.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::extract::{ConnectInfo, Request};

use crate::{
    app::rate_limit::ClientNetwork,
    config::CountrySource,
    domain::{analytics::Country, cookies::collected::Collected, web::forwarded},
    http::state::HttpState,
};

/// The network of the client.
pub(crate) fn client_network(http: &HttpState, request: &Request) -> Option<ClientNetwork> {
    client_ip(http, request).map(ClientNetwork::from)
}

/// The country of the client, if the current edition says that countries are counted. It comes from
/// the header of a CDN, from the operator's own file, or from the registries' table of address
/// ranges.
pub(crate) fn counted_country(http: &HttpState, request: &Request) -> Country {
    if !http.app.inventory().collects(Collected::Country) {
        return Country::UNKNOWN;
    }
    let country = match &http.settings.country_source {
        CountrySource::Header(name) => {
            request.headers().get(name).and_then(|value| value.to_str().ok()).and_then(|code| code.parse().ok())
        }
        CountrySource::Database(database) => client_ip(http, request).and_then(|ip| database.country(ip)),
        CountrySource::Table => {
            let ip = client_ip(http, request).map(|ip| ip.to_canonical());
            ip.and_then(iptocc::country_code).and_then(|code| code.parse().ok())
        }
    };
    country.unwrap_or(Country::UNKNOWN)
}

/// The IP address of the client: of the TCP peer, or the one that a trusted reverse proxy names.
fn client_ip(http: &HttpState, request: &Request) -> Option<IpAddr> {
    /// Whether the missing or unreadable header was logged already.
    static IS_LOGGED: AtomicBool = AtomicBool::new(false);
    let connected = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let Some(name) = &http.settings.client_ip_header else { return connected() };
    let last = request.headers().get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
    let client = last.and_then(forwarded::client);
    if client.is_none() && !IS_LOGGED.swap(true, Ordering::Relaxed) {
        let header = if last.is_some() { "cannot be read" } else { "does not come" };
        tracing::warn!(
            "the header that HARMONY_CLIENT_IP_HEADER names {header}: such clients share the limits of the server in front"
        );
    }
    // An unreadable header counts as a missing one.
    client.or_else(connected)
}
