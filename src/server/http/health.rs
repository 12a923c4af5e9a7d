//! What whatever watches over the server asks: whether it is alive, and whether it can be sent visitors.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::faces::ForMachines;
use crate::server::State as Site;

/// Answers as long as the process serves. What it keeps may be gone: the policy can be read without.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Answers that all is well if something can be written now, which is tried.
pub(super) async fn ready(State(site): State<Arc<Site>>) -> Response {
    if site.store.is_ready().await {
        return "ready\n".into_response();
    }
    let again = [(header::RETRY_AFTER, HeaderValue::from_static("2"))];
    let sentence = "not ready: nothing can be written to the database just now\n";
    (StatusCode::SERVICE_UNAVAILABLE, Extension(ForMachines), again, sentence).into_response()
}
