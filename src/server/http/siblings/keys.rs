//! `GET /.well-known/harmony-keys.json`: the public key with which a sibling's server verifies a token.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::server::State as Site;

/// The public key.
///
/// The set of keys (RFC 7517) with which tokens are verified, the same for everybody.
#[utoipa::path(
    get,
    path = "/.well-known/harmony-keys.json",
    operation_id = "readKeys",
    tag = "services",
    responses((
        status = 200,
        description = "The set of keys.",
        body = Object,
        content_type = "application/jwk-set+json",
        headers(("Access-Control-Allow-Origin", description = "Any origin.")),
    )),
)]
pub(super) async fn show(State(site): State<Arc<Site>>) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CONTENT_TYPE, "application/jwk-set+json"),
    ];
    (headers, Json(site.tokens.keys())).into_response()
}
