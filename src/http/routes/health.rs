//! What whatever watches over the server asks: whether it is alive, and whether it can be sent visitors.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{app::AppState, http::error_response::PlainBody};

/// Whether the process serves.
///
/// Answers as long as it does. What it keeps may be gone: the policy can be read without.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "isAlive",
    tag = "operation",
    responses((status = 200, description = "It serves.", body = String, content_type = "text/plain")),
)]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether it can be sent visitors.
///
/// Answers that all is well if something can be written now, which is tried.
#[utoipa::path(
    get,
    path = "/ready",
    operation_id = "isReady",
    tag = "operation",
    responses(
        (status = 200, description = "It can.", body = String, content_type = "text/plain"),
        (
            status = 503,
            description = "Nothing can be written to the database just now.",
            body = String,
            content_type = "text/plain",
            headers(("Retry-After", description = "When to ask again, in seconds.")),
        ),
    ),
)]
pub(crate) async fn ready(State(site): State<Arc<AppState>>) -> Response {
    if site.store.is_ready().await {
        return "ready\n".into_response();
    }
    let again = [(header::RETRY_AFTER, HeaderValue::from_static("2"))];
    let sentence = "not ready: nothing can be written to the database just now\n";
    (StatusCode::SERVICE_UNAVAILABLE, Extension(PlainBody), again, sentence).into_response()
}
