//! `GET /embed/{version}.js`, `GET /measure/1.js` and `GET /passkey/1.js`: the scripts for pages of
//! partner services, for measured pages and for passkeys, for any client.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
    routing::{MethodRouter, get},
};

use crate::{
    content::scripts::{ALL, Script},
    http::state::cached_response::CachedResponse,
};

/// The scripts in their order, compressed at the first request.
static RESPONSES: LazyLock<Vec<CachedResponse>> = LazyLock::new(|| ALL.iter().map(compress).collect());

/// A handler for one script. It never changes under its path.
pub(crate) fn show(index: usize) -> MethodRouter {
    get(async move |headers: HeaderMap| respond(&RESPONSES[index], &headers))
}

fn compress(script: &Script) -> CachedResponse {
    CachedResponse::compressed(script.text.as_bytes().into())
}

fn respond(script: &CachedResponse, headers: &HeaderMap) -> Response {
    let mut response = script.to_response(headers);
    let fields = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
        // A page that checks the hash needs permission to read the script.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    for (name, value) in fields {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
