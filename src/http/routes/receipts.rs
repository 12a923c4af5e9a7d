//! `GET /receipts/{id}`: the signed copy of a record, for the person it is about.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    app::{AppState, receipt_ticket, request_context::RequestContext, statement::statement},
    domain::{
        ledger::{
            receipt::{Issue, Receipt},
            record::Record,
        },
        web::error::AppError,
    },
    http::request::prefers,
    ledger::{RecordOwner, json_ld},
};

/// The media type of the signed form.
const JSON: &str = "application/json";

/// The media type of its view in the terms of the W3C Data Privacy Vocabulary.
const JSON_LD: &str = "application/ld+json";

/// A receipt.
///
/// The signed copy of a record, as a file, for the browser or user that decided. Each download is a
/// receipt of its own. With `Accept: application/ld+json`, the response is a view of it as JSON-LD in the
/// terms of the W3C Data Privacy Vocabulary, which is not signed. A record of another
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
            description = "The receipt: signed as JSON, or a view of it as JSON-LD.",
            content(
                (ref("#/components/schemas/Receipt") = "application/json"),
                (Object = "application/ld+json"),
            ),
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
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let id = id.ok().and_then(|Path(id)| parse_id(&id)).ok_or(AppError::NotFound)?;
    // A user who could not be looked up must not get a 404 for their own receipt.
    context.identity.lookup_error.map_or(Ok(()), Err)?;
    let ticket = query.ok().and_then(|Query(query)| query.ticket);
    let record = ticket.and_then(|ticket| receipt_ticket::verify(&site.cookie_signer, &ticket, site.now()));
    let owner = RecordOwner { record, ..context.record_owner() };
    let id_of_receipt = uuid::Builder::from_random_bytes(site.rng.bytes()).into_uuid();
    let (app, created_at) = (Arc::clone(&site), site.now());
    let issue = move |record: &Record| Issue {
        id: id_of_receipt,
        created_at,
        statement: statement(&app.content(), &app.origin, record),
    };
    let receipt = site.ledger.issue_receipt(&site.store, owner, id, issue).await?.ok_or(AppError::NotFound)?;
    download(&receipt, prefers(&headers, JSON_LD, JSON))
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

/// The receipt as a file, named after its day: the signed JSON, or its view as JSON-LD.
fn download(receipt: &Receipt, as_json_ld: bool) -> Result<Response, AppError> {
    let (json, media_type, extension) = match json_ld::receipt(receipt).filter(|_| as_json_ld) {
        Some(view) => (serde_json::to_string_pretty(&view), JSON_LD, "jsonld"),
        None => (serde_json::to_string_pretty(receipt), JSON, "json"),
    };
    let day = receipt.record.event.decided_at.day();
    let name = format!("attachment; filename=\"harmony-receipt-{day}.{extension}\"");
    let mut response = format!("{}\n", json.map_err(|_| AppError::Inner)?).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(|_| AppError::Inner)?);
    headers.insert(header::VARY, HeaderValue::from_static("accept, cookie"));
    Ok(response)
}
