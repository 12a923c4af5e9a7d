//! Well-known URLs (RFC 8615): the contacts for vulnerability reports, the form that changes a
//! password, and the pages for passkeys.

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{Redirect, Response},
};

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::AppState,
    domain::web::{error::AppError, page::Page, security_txt::ContactExpiry},
    http::state::cached_response::CachedResponse,
};

/// The path that `security.txt` names as its own.
const SECURITY_TXT: &str = "/.well-known/security.txt";

/// The contacts for vulnerability reports.
///
/// The contacts that the operator has set, in the format of RFC 9116. After their expiry the response
/// is a 404, because the contacts may no longer be responsible.
#[utoipa::path(
    get,
    path = "/.well-known/security.txt",
    operation_id = "readSecurityContacts",
    tag = "operation",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (
            status = 200,
            description = "The contacts.",
            body = String,
            content_type = "text/plain",
            headers(("ETag", description = "The entity tag.")),
        ),
        (status = 304, description = "The cached copy is current."),
        (status = 404, description = "No contacts are set, or they have expired.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn security(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let today = site.now().day();
    let valid = site.security_txt.as_ref().filter(|contacts| contacts.expiry(today) != ContactExpiry::Expired);
    let contacts = valid.ok_or(AppError::NotFound)?;
    let text = contacts.text(&site.origin, SECURITY_TXT, &site.content().languages);
    Ok(CachedResponse::plain(text.into()).to_public_response(&headers, "text/plain; charset=utf-8"))
}

/// The URL for changing a password.
///
/// Redirects to the form, as W3C's "A Well-Known URL for Changing Passwords" specifies. A guest signs
/// in first and then returns to the form.
#[utoipa::path(
    get,
    path = "/.well-known/change-password",
    operation_id = "changePassword",
    tag = "person",
    responses(
        (
            status = 303,
            description = "A redirect to the form.",
            headers(("Location", description = "The path of the form.")),
        ),
        (status = 404, description = "The site takes no passwords.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn change_password(State(site): State<Arc<AppState>>) -> Result<Redirect, AppError> {
    site.passwords()?;
    Ok(Redirect::to(&Page::Password.to_string()))
}

/// The pages for passkeys.
///
/// Where a user adds a passkey and where they are listed, as W3C's "A Well-Known URL for Relying Party
/// Passkey Endpoints" specifies. A guest signs in first.
#[utoipa::path(
    get,
    path = "/.well-known/passkey-endpoints",
    operation_id = "readPasskeyEndpoints",
    tag = "operation",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (
            status = 200,
            description = "The URLs of the pages.",
            body = PasskeyEndpoints,
            headers(("ETag", description = "The entity tag.")),
        ),
        (status = 304, description = "The cached copy is current."),
        (status = 404, description = "Browsers have no passkeys for this host, which is an IP address.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn passkey_endpoints(
    State(site): State<Arc<AppState>>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    site.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let url = |page: Page| format!("{}{page}", site.origin);
    let endpoints = PasskeyEndpoints { enroll: url(Page::AddPasskey), manage: url(Page::Security) };
    let text = serde_json::to_vec(&endpoints).map_err(|_| AppError::Inner)?;
    Ok(CachedResponse::plain(text.into()).to_public_response(&headers, "application/json"))
}

/// Where users add and manage passkeys.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyEndpoints {
    /// The page that adds a passkey.
    enroll: String,
    /// The page that lists the passkeys.
    manage: String,
}
