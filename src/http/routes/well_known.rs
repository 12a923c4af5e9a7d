//! What programs look for at an address that all sites share (RFC 8615): whom to tell of a hole in the site, and where a password is
//! changed.

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::AppState,
    domain::web::{error::AppError, page::Page, security_txt::ContactExpiry},
    http::{public_json, state::cached_response::CachedResponse},
};

/// Where the contacts for reports stand.
const SECURITY: &str = "/.well-known/security.txt";

/// Whom to tell of a hole in the site.
///
/// The contacts that the operator has set, as RFC 9116 has them. Once their day is over, nothing stands here any more: nobody should
/// tell somebody who may have gone.
#[utoipa::path(
    get,
    path = "/.well-known/security.txt",
    operation_id = "readSecurityContacts",
    tag = "operation",
    params(("If-None-Match" = Option<String>, Header, description = "The tag of what is known already.")),
    responses(
        (
            status = 200,
            description = "The contacts.",
            body = String,
            content_type = "text/plain",
            headers(("ETag", description = "Its tag.")),
        ),
        (status = 304, description = "They are what is known already."),
        (status = 404, description = "None are set, or they are over.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn security(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let today = site.now().day();
    let valid = site.security_txt.as_ref().filter(|contacts| contacts.expiry(today) != ContactExpiry::Expired);
    let Some(contacts) = valid else { return AppError::NotFound.into_response() };
    let text = contacts.text(&site.origin, SECURITY);
    public_json::answer(&CachedResponse::plain(text.into()), &headers, "text/plain; charset=utf-8")
}

/// Where a password is changed.
///
/// Leads to the form, as W3C's "A Well-Known URL for Changing Passwords" has it. A guest signs in first and comes back to it.
#[utoipa::path(
    get,
    path = "/.well-known/change-password",
    operation_id = "changePassword",
    tag = "person",
    responses((status = 303, description = "There.", headers(("Location", description = "The address of the form.")))),
)]
pub(crate) async fn change_password() -> Redirect {
    Redirect::to(&Page::Password.to_string())
}
