//! Responses for documents that are the same for every client: cached, revalidated by `ETag`,
//! readable from any origin, and without cookies.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};
use tower_http::cors::{Any, CorsLayer};

use crate::http::state::cached_response::CachedResponse;

/// How long browsers may cache a preflight response.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(24);

/// Lets the pages of every site read the response, without credentials (WHATWG Fetch, "CORS
/// protocol").
pub(super) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::IF_NONE_MATCH])
        .expose_headers([header::ETAG])
        .max_age(PREFLIGHT_MAX_AGE)
        // The response does not depend on the origin.
        .vary([])
}

/// The document with its content type, or a 304 if the client's copy is current.
pub(super) fn respond(document: &CachedResponse, headers: &HeaderMap, content_type: &'static str) -> Response {
    let mut response = document.to_response(headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
