//! Limits the forms and the script requests of one network, and the forms of one account. A request
//! for a one-use code, or with one, counts as that of a script.

use axum::{extract::Request, http::Method};

use super::request_context::client_network;
use crate::{
    app::{rate_limit::Wait, request_context::RequestContext},
    domain::web::path,
    http::state::HttpState,
};

/// Counts a form, or a request of a script, for the network that it comes from.
///
/// # Errors
/// [`Wait`] if the network sent too many.
pub(super) fn check(http: &HttpState, request: &Request) -> Result<(), Wait> {
    match *request.method() {
        // A 429 would end the binding in the browser. The work is that of a page.
        Method::POST if path::is_device_key(request.uri().path()) => Ok(()),
        // A browser sends one with each page, as the script of a partner service does, and the
        // server of a partner service, a mail provider or an identity provider sends one for each
        // of its users.
        Method::POST
            if matches!(
                request.uri().path(),
                path::MEASUREMENTS | path::PARTNER_FINDINGS | path::PARTNER_CONNECT | path::UNSUBSCRIBE
            ) || request.uri().path().starts_with(path::PROVIDER_LOGOUT) =>
        {
            http.app.limiter.script_request_from(client_network(http, request))
        }
        Method::POST => http.app.limiter.form_from(client_network(http, request)),
        Method::GET if is_limited_read(request.uri().path()) => {
            http.app.limiter.script_request_from(client_network(http, request))
        }
        _ => Ok(()),
    }
}

/// Whether reading that path costs more than a page does.
fn is_limited_read(path: &str) -> bool {
    path.starts_with("/api/")
        || path == path::CONNECT
        || path.starts_with(path::SIGN_IN_WITH)
        || path.starts_with(path::SIGN_IN_CALLBACK)
}

/// Counts a form for the account that sends it.
///
/// # Errors
/// [`Wait`] if the account sent too many.
pub(super) fn check_account(http: &HttpState, request: &Request, context: &RequestContext) -> Result<(), Wait> {
    match context.identity.owner() {
        Some(user) if *request.method() == Method::POST => http.app.limiter.form_of(&user.account.id),
        _ => Ok(()),
    }
}
