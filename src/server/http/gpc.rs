//! `GET /.well-known/gpc.json`: that this site honours Global Privacy Control, for machines.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{model::refusal::Refusal, server::State as Site};

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
    responses((status = 200, description = "The statement.", body = Support)),
)]
pub(super) async fn show(State(site): State<Arc<Site>>) -> Response {
    let in_force = site.edition_in_force();
    let Some(edition) = in_force.edition() else { return Refusal::NotFound.into_response() };
    let support = Support { gpc: true, last_update: edition.effective.to_string() };
    ([(header::CACHE_CONTROL, "public, no-cache")], Json(support)).into_response()
}
