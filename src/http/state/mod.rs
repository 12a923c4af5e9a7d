//! The state of the HTTP layer: the application, and what only HTTP needs beside it.

pub(crate) mod cached_response;
pub(crate) mod load_shed;
pub(crate) mod page_cache;
pub(crate) mod replay_cache;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};

use self::{load_shed::LoadShed, page_cache::PageCache, replay_cache::ReplayCache};
use crate::{
    app::AppState,
    config::{CountrySource, hsts::Hsts, http_limits::HttpLimits},
    domain::web::host::Hosts,
    system::rng::Rng,
};

/// What the operator sets for the HTTP layer.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The limits.
    pub limits: HttpLimits,
    /// The hosts that a request may name.
    pub hosts: Hosts,
    /// The hosts for which browsers are told to use https alone.
    pub hsts: Hsts,
    /// The header in which a reverse proxy names the client's IP address.
    pub client_ip_header: Option<HeaderName>,
    /// Where the country of a client comes from.
    pub country_source: CountrySource,
}

/// The state of the HTTP layer.
#[derive(Debug)]
pub struct HttpState {
    pub(crate) app: Arc<AppState>,
    pub(crate) settings: HttpSettings,
    /// The value of `Strict-Transport-Security`.
    pub(crate) hsts: Option<HeaderValue>,
    pub(crate) page_cache: PageCache,
    pub(crate) replays: ReplayCache,
    pub(crate) load_shed: LoadShed,
    /// For the keys of the forms in pages from memory.
    pub(crate) key_rng: Rng,
}

impl HttpState {
    /// The state of a server that starts.
    pub fn new(app: Arc<AppState>, settings: HttpSettings) -> Arc<Self> {
        Arc::new(Self {
            hsts: settings.hsts.header(&app.origin),
            page_cache: PageCache::default(),
            replays: ReplayCache::default(),
            load_shed: LoadShed::new(settings.limits.requests),
            key_rng: Rng::buffered(),
            app,
            settings,
        })
    }
}
