//! `GET /embed/1.js` and `GET /embed.js`: the script for the pages of sibling services, for whoever loads it.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};

use crate::server::{embed, http::cached_pages::Kept};

/// The newest version, at the address that always has that.
pub(super) async fn latest(headers: HeaderMap) -> Response {
    answer(&headers, "public, no-cache")
}

/// The newest version, at the address of its own, under which it never changes.
pub(super) async fn newest(headers: HeaderMap) -> Response {
    answer(&headers, "public, max-age=31536000, immutable")
}

fn answer(headers: &HeaderMap, lasts: &'static str) -> Response {
    static KEPT: LazyLock<Kept> = LazyLock::new(|| {
        let script = embed::SCRIPT.as_bytes();
        Kept::new(script.into()).unwrap_or_else(|| Kept::plain(script.into()))
    });
    let mut response = KEPT.answer(headers);
    let said = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, lasts),
        (header::VARY, "accept-encoding"),
        // Whoever checks its hash must be let read it.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    for (name, value) in said {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
