//! `GET /receipts/{id}`: the signed copy of a record, for the person it is about.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    app::{AppState, receipt_ticket, request_context::RequestContext},
    domain::{ledger::receipt::Receipt, web::error::AppError},
    ledger::RecordOwner,
};

/// A receipt.
///
/// The signed copy of a record, as a file, for the browser or user that decided. A record of another
/// person gets the same response as one that does not exist.
#[utoipa::path(
    get,
    path = "/receipts/{id}",
    operation_id = "takeReceipt",
    tag = "person",
    params(
        ("id" = String, Path, description = "The id of the record, a UUID."),
        ("ticket" = Option<String>, Query, description = "Valid for an hour. The page after a rejection adds it."),
    ),
    responses(
        (
            status = 200,
            description = "The receipt.",
            body = ref("#/components/schemas/Receipt"),
            content_type = "application/json",
            headers(("Content-Disposition", description = "The name of the file.")),
        ),
        (status = 404, description = "The record does not exist, or is about another person.", body = String, content_type = "text/plain"),
        (status = 503, description = "The database is unavailable.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn show(
    State(site): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<ReceiptQuery>, QueryRejection>,
) -> Result<Response, AppError> {
    let id = id.ok().and_then(|Path(id)| parse_id(&id)).ok_or(AppError::NotFound)?;
    // A user who could not be looked up must not get a 404 for their own receipt.
    context.identity.lookup_error.map_or(Ok(()), Err)?;
    let ticket = query.ok().and_then(|Query(query)| query.ticket);
    let record = ticket.and_then(|ticket| receipt_ticket::verify(&site.cookie_signer, &ticket, site.now()));
    let owner = RecordOwner { record, ..context.record_owner() };
    let receipt = site.ledger.issue_receipt(&site.store, owner, id).await?.ok_or(AppError::NotFound)?;
    download(&receipt)
}

/// The query of a receipt.
#[derive(Deserialize)]
pub(crate) struct ReceiptQuery {
    ticket: Option<String>,
}

/// The id in its canonical spelling, so that each receipt has one URL.
fn parse_id(text: &str) -> Option<Uuid> {
    text.parse().ok().filter(|id: &Uuid| id.to_string() == text)
}

/// The receipt as a file, named after its day.
fn download(receipt: &Receipt) -> Result<Response, AppError> {
    let name = format!("attachment; filename=\"harmony-receipt-{}.json\"", receipt.record.event.decided_at.day());
    let json = serde_json::to_string_pretty(receipt).map_err(|_| AppError::Inner)?;
    let mut response = format!("{json}\n").into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(|_| AppError::Inner)?);
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    Ok(response)
}
