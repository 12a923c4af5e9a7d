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

/// Answers with a file. A record of somebody else is as little there as one that does not exist.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    Extension(visitor): Extension<Visitor>,
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
