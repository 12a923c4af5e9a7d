//! What is the same for everybody, for programs: kept as bytes, revalidated by its tag, readable from any origin, and without a
//! cookie.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};
use tower_http::cors::{Any, CorsLayer};

use crate::http::state::cached_response::CachedResponse;

/// How long a browser need not ask again whether it may ask.
const PREFLIGHT: Duration = Duration::from_hours(24);

/// Lets every site's pages read it, without credentials (WHATWG Fetch, "CORS protocol").
pub(super) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::IF_NONE_MATCH])
        .expose_headers([header::ETAG])
        .max_age(PREFLIGHT)
        // The answer is the same whoever asks.
        .vary([])
}

/// The bytes as an answer of that kind, or 304 for whoever has them.
pub(super) fn answer(kept: &CachedResponse, headers: &HeaderMap, kind: &'static str) -> Response {
    let mut response = kept.answer(headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
