//! Looks up who is signed in.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};

use super::{request_context, request_context::SessionLookup};
use crate::{
    app::{
        accounts::{session_tokens, sessions},
        cookie_jar::Jar,
        request_context::RequestContext,
    },
    domain::web::{error::AppError, page::Page, path},
    http::state::HttpState,
};

/// The header by which a browser says that it has the key of a session, and could not fetch the
/// cookie of it (Device Bound Session Credentials).
const SKIPPED: HeaderName = HeaderName::from_static("secure-session-skipped");

/// The header that offers a browser to bind a new session.
const REGISTRATION: HeaderName = HeaderName::from_static("secure-session-registration");

/// Whether the request has a cookie of a session, and its path is that of a page, or none of a
/// file, a health check or the key of a session.
pub(super) fn is_needed(http: &HttpState, request: &Request, jar: &Jar) -> bool {
    session_tokens::has_auth_cookies(jar)
        && request_context::serves_html(&http.app, request)
        && !path::is_device_key(request.uri().path())
}

/// Looks up the session. A rate-limited request gets no lookup.
pub(super) async fn look_up(http: &HttpState, headers: &HeaderMap, jar: &Jar, is_allowed: bool) -> SessionLookup {
    let was_skipped = headers.contains_key(&SKIPPED);
    let user = if is_allowed {
        // Boxed: the future is large, and most requests have no session.
        Box::pin(async {
            let _permit = http.load_shed.try_acquire()?;
            sessions::authenticate(&http.app, jar, was_skipped).await
        })
        .await
        .transpose()
    } else {
        Some(Err(AppError::TooManyAttempts))
    };
    SessionLookup { has_session_cookie: true, user }
}

/// Offers the browser to bind the session that the response begins, if it begins one.
pub(super) fn offer_binding(jar: &Jar, response: &mut Response) {
    let Some(challenge) = jar.take_binding_offer() else { return };
    let offer = format!("(ES256);path=\"{}\";challenge=\"{challenge}\"", path::DEVICE_KEY_START);
    if let Ok(offer) = HeaderValue::try_from(offer) {
        response.headers_mut().insert(REGISTRATION, offer);
    }
}

/// Removes the cookies of a session that is over, unless the visitor is on the way to the sign-in
/// page, which says why they must sign in again.
pub(super) fn drop_ended(request: &Request, jar: &Jar, context: &RequestContext, is_redirected: bool) {
    if context.identity.session_ended && !is_redirected && !path::is_export(request.uri().path()) {
        session_tokens::remove_auth_cookies(jar);
    }
}

/// Rejects a request that needs the session, if the lookup failed. Rejects any request whose lookup
/// got no permit.
///
/// # Errors
/// The error of the lookup.
pub(super) fn require(context: &RequestContext) -> Result<(), AppError> {
    match context.identity.lookup_error {
        Some(error) if context.page.is_some_and(Page::requires_sign_in) || error == AppError::Overloaded => Err(error),
        _ => Ok(()),
    }
}
