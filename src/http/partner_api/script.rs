//! `GET /embed/{version}.js` and `GET /embed.js`: the script for the pages of partner services, for any client.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
    routing::{MethodRouter, get},
};

use crate::{
    content::{embed, embed::Script},
    http::state::cached_response::CachedResponse,
};

/// The versions in their order, compressed at the first request.
static RESPONSES: LazyLock<Vec<CachedResponse>> = LazyLock::new(|| embed::VERSIONS.iter().map(compress).collect());

/// A handler for one version. It never changes under its path.
pub(crate) fn show(index: usize) -> MethodRouter {
    get(async move |headers: HeaderMap| answer(&RESPONSES[index], &headers, "public, max-age=31536000, immutable"))
}

/// A handler for the newest version.
pub(crate) fn show_latest() -> MethodRouter {
    get(async |headers: HeaderMap| answer(&RESPONSES[embed::VERSIONS.len() - 1], &headers, "public, no-cache"))
}

fn compress(script: &Script) -> CachedResponse {
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
