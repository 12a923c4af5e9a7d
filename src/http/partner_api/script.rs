//! `GET /embed/{version}.js` and `GET /embed.js`: the script for the pages of partner services, for any client.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
    routing::get,
};

use crate::http::{
    middleware::page_cache::CachedResponse,
    partner_api::{embed, embed::Script},
};

/// Every version at its own path, under which it never changes, and the newest at the path that follows it.
pub(super) fn routes() -> Router {
    /// The versions in their order, compressed when one is first asked for.
    static KEPT: LazyLock<Vec<CachedResponse>> = LazyLock::new(|| embed::VERSIONS.iter().map(keep).collect());

    let mut router = Router::new();
    for (index, script) in embed::VERSIONS.iter().enumerate() {
        let serve =
            async move |headers: HeaderMap| answer(&KEPT[index], &headers, "public, max-age=31536000, immutable");
        router = router.route(script.path, get(serve));
    }
    let latest = async move |headers: HeaderMap| answer(&KEPT[embed::VERSIONS.len() - 1], &headers, "public, no-cache");
    router.route(embed::LATEST, get(latest))
}

fn keep(script: &Script) -> CachedResponse {
    let text = script.text.as_bytes();
    CachedResponse::new(text.into()).unwrap_or_else(|| CachedResponse::plain(text.into()))
}

fn answer(kept: &CachedResponse, headers: &HeaderMap, cache_control: &'static str) -> Response {
    let mut response = kept.answer(headers);
    let said = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, cache_control),
        (header::VARY, "accept-encoding"),
        // A page that checks the hash must be allowed to read the script.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    for (name, value) in said {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
