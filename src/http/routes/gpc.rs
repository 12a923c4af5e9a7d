//! `GET /.well-known/gpc.json`: that this site honours Global Privacy Control, for machines.

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::AppState,
    domain::web::error::AppError,
    http::{public_json, state::cached_response::CachedResponse},
};

/// The document as W3C's Global Privacy Control has it, under "GPC Support Resource".
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Support {
    /// Whether the signal is honoured.
    gpc: bool,
    /// The day from which the policy in force says so.
    #[schema(format = Date)]
    last_update: String,
}

/// That Global Privacy Control is honoured.
///
/// The statement that W3C's Global Privacy Control asks for, the same for everybody.
#[utoipa::path(
    get,
    path = "/.well-known/gpc.json",
    operation_id = "readGpcSupport",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The tag of what is known already.")),
    responses(
        (status = 200, description = "The statement.", body = Support, headers(("ETag", description = "Its tag."))),
        (status = 304, description = "It is what is known already."),
    ),
)]
pub(crate) async fn show(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let in_force = site.current_version();
    let Some(edition) = in_force.edition() else { return AppError::NotFound.into_response() };
    let support = Support { gpc: true, last_update: edition.effective.to_string() };
    let json = serde_json::to_vec(&support).unwrap_or_default();
    public_json::answer(&CachedResponse::plain(json.into()), &headers, "application/json")
}
