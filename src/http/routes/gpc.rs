//! `GET /.well-known/gpc.json`: states that this site honours Global Privacy Control.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::AppState, domain::web::error::AppError, http::state::cached_response::CachedResponse};

/// The GPC Support Resource of W3C's Global Privacy Control.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Support {
    /// Whether the site honours the signal.
    gpc: bool,
    /// The effective date of the current edition.
    #[schema(format = Date)]
    last_update: String,
}

/// The support of Global Privacy Control.
///
/// The GPC Support Resource of W3C's Global Privacy Control, the same for every client.
#[utoipa::path(
    get,
    path = "/.well-known/gpc.json",
    operation_id = "readGpcSupport",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (status = 200, description = "The statement.", body = Support, headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn show(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let in_force = site.current_version();
    let edition = in_force.edition().ok_or(AppError::NotFound)?;
    let support = Support { gpc: true, last_update: edition.effective.to_string() };
    let json = serde_json::to_vec(&support).unwrap_or_default();
    Ok(CachedResponse::plain(json.into()).to_public_response(&headers, "application/json"))
}
