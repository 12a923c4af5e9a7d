//! `GET /.well-known/gpc.json`: that this site honours Global Privacy Control, for machines.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{model::refusal::Refusal, server::State as Site};

/// The document as W3C's Global Privacy Control has it, under "GPC Support Resource".
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Support {
    gpc: bool,
    /// The day from which the policy in force says so.
    last_update: String,
}

/// Answers with the statement, the same for everybody.
pub(super) async fn show(State(site): State<Arc<Site>>) -> Response {
    let in_force = site.edition_in_force();
    let Some(edition) = in_force.edition() else { return Refusal::NotFound.into_response() };
    let support = Support { gpc: true, last_update: edition.effective.to_string() };
    ([(header::CACHE_CONTROL, "public, no-cache")], Json(support)).into_response()
}
