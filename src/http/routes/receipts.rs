//! `GET /receipts/{id}`: the copy of a record, for whoever it is about to take away.

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
    app::AppState,
    domain::{Timestamp, ledger::receipt::Receipt, web::error::AppError},
    http::request_context::RequestContext,
    ledger::{Ledger, RecordOwner},
    system::cookie_signer::CookieSigner,
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
    params(
        ("id" = String, Path, description = "The id of the record, a UUID."),
        ("ticket" = Option<String>, Query, description = "What the page after a refusal adds, good for an hour."),
    ),
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
pub(crate) async fn show(
    State(site): State<Arc<AppState>>,
    Extension(visitor): Extension<Arc<RequestContext>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<ReceiptPath>, QueryRejection>,
) -> Response {
    let Some(id) = id.ok().and_then(|Path(id)| read(&id)) else { return AppError::NotFound.into_response() };
    // Whoever could not be looked up is not told that their receipt is not there.
    if let Some(refusal) = visitor.unrecognised {
        return refusal.into_response();
    }
    let ticket = query.ok().and_then(|Query(asked)| asked.ticket);
    let asker =
        RecordOwner { record: ticket.and_then(|ticket| of_ticket(&site.seal, &ticket, site.now())), ..visitor.asker() };
    match Ledger::issue_receipt(&site, asker, id).await {
        Ok(Some(receipt)) => file(&receipt),
        Ok(None) => AppError::NotFound.into_response(),
        Err(error) => AppError::from(error).into_response(),
    }
}

/// What the address of a receipt may hold beside its id.
#[derive(Deserialize)]
pub(crate) struct ReceiptPath {
    ticket: Option<String>,
}

/// How long a ticket is good for, in seconds.
const TICKET_SECONDS: i64 = 3_600;

/// What a ticket is authenticated as.
const TICKET: &str = "receipt";

/// What lets the page after a refusal offer the receipt, since no cookie leads to the record: the record's id, authenticated.
pub(crate) fn ticket(seal: &CookieSigner, record: Uuid) -> String {
    seal.close(TICKET, record.simple().to_string())
}

/// The record that a ticket is for, if it is authentic and the record was made within the hour.
pub(crate) fn of_ticket(seal: &CookieSigner, ticket: &str, now: Timestamp) -> Option<Uuid> {
    let record: Uuid = seal.open(TICKET, ticket)?.parse().ok()?;
    let (made_at, _) = record.get_timestamp()?.to_unix();
    let age = now.0.saturating_sub(i64::try_from(made_at).ok()?);
    (age <= TICKET_SECONDS).then_some(record)
}

/// The id of a text in its one spelling.
fn read(text: &str) -> Option<Uuid> {
    text.parse().ok().filter(|id: &Uuid| id.to_string() == text)
}

/// The receipt as a file of its day.
fn file(receipt: &Receipt) -> Response {
    let name = format!("attachment; filename=\"harmony-receipt-{}.json\"", receipt.record.event.decided_at.day());
    let (Ok(json), Ok(name)) = (serde_json::to_string_pretty(receipt), HeaderValue::try_from(name)) else {
        return AppError::Inner.into_response();
    };
    let mut response = format!("{json}\n").into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
    response
}
