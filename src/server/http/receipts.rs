//! `GET /receipts/{id}`: the copy of a record, for whoever it is about to take away.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::visitor::Visitor;
use crate::{
    model::{receipt::Receipt, refusal::Refusal},
    server::{State as Site, ledger::Ledger},
};

/// A receipt.
///
/// The signed copy of a record, as a file, for whoever it is about: the browser that decided, or the member. A record of
/// somebody else is as little there as one that does not exist.
#[utoipa::path(
    get,
    path = "/receipts/{id}",
    operation_id = "takeReceipt",
    tag = "person",
    params(("id" = String, Path, description = "The id of the record, a UUID.")),
    responses(
        (
            status = 200,
            description = "The receipt.",
            body = ref("#/components/schemas/Receipt"),
            content_type = "application/json",
            headers(("Content-Disposition", description = "The name of the file.")),
        ),
        (status = 404, description = "There is none for whoever asks.", body = String, content_type = "text/plain"),
        (status = 503, description = "The database cannot be asked just now.", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    Extension(visitor): Extension<Arc<Visitor>>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(id) = id.ok().and_then(|Path(id)| read(&id)) else { return Refusal::NotFound.into_response() };
    // Whoever could not be looked up is not told that their receipt is not there.
    if let Some(refusal) = visitor.unrecognised {
        return refusal.into_response();
    }
    match Ledger::hand_out(&site, visitor.asker(), id).await {
        Ok(Some(receipt)) => file(&receipt),
        Ok(None) => Refusal::NotFound.into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// The id of a text in its one spelling.
fn read(text: &str) -> Option<Uuid> {
    text.parse().ok().filter(|id: &Uuid| id.to_string() == text)
}

/// The receipt as a file of its day.
fn file(receipt: &Receipt) -> Response {
    let name = format!("attachment; filename=\"harmony-receipt-{}.json\"", receipt.record.event.at.day());
    let (Ok(json), Ok(name)) = (serde_json::to_string_pretty(receipt), HeaderValue::try_from(name)) else {
        return Refusal::Inner.into_response();
    };
    let mut response = format!("{json}\n").into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    response
}
