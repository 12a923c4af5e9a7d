//! `GET /health` and `GET /ready`: liveness and readiness probes for monitoring.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{app::AppState, http::error_response::PlainBody};

/// Liveness.
///
/// Succeeds while the process serves requests, with or without the database: visitors can read the
/// policy without it.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "isAlive",
    tag = "operation",
    responses((status = 200, description = "The process serves requests.", body = String, content_type = "text/plain")),
)]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Readiness.
///
/// Succeeds if a write to the database succeeds, which the server tries at most once a second.
#[utoipa::path(
    get,
    path = "/ready",
    operation_id = "isReady",
    tag = "operation",
    responses(
        (status = 200, description = "The server is ready for visitors.", body = String, content_type = "text/plain"),
        (
            status = 503,
            description = "A write to the database failed.",
            body = String,
            content_type = "text/plain",
            headers(("Retry-After", description = "When to try again, in seconds.")),
        ),
    ),
)]
pub(crate) async fn ready(State(site): State<Arc<AppState>>) -> Response {
    if site.store.is_ready().await {
        return "ready\n".into_response();
    }
    let retry_after = [(header::RETRY_AFTER, HeaderValue::from_static("2"))];
    let sentence = "not ready: nothing can be written to the database just now\n";
    (StatusCode::SERVICE_UNAVAILABLE, Extension(PlainBody), retry_after, sentence).into_response()
}
