//! `GET /.well-known/harmony-keys.json`: the public key with which a partner's server verifies a
//! token.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use crate::{app::AppState, http::state::cached_response::CachedResponse};

/// The public key.
///
/// The JWK set (RFC 7517) with which a partner service verifies tokens, the same for every client.
#[utoipa::path(
    get,
    path = "/.well-known/harmony-keys.json",
    operation_id = "readKeys",
    tag = "services",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (
            status = 200,
            description = "The JWK set.",
            body = Object,
            content_type = "application/jwk-set+json",
            headers(
                ("Access-Control-Allow-Origin", description = "Any origin."),
                ("ETag", description = "The entity tag."),
            ),
        ),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn show(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let keys = serde_json::to_vec(&site.tokens.keys()).unwrap_or_default();
    let mut response = CachedResponse::plain(keys.into()).to_public_response(&headers, "application/jwk-set+json");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
