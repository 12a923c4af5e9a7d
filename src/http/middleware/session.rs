//! Looks up who is signed in.

use axum::extract::Request;

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

/// Whether the request has a cookie of a session, and its path is that of a page, or neither that
/// of a file nor that of a health check.
pub(super) fn is_needed(http: &HttpState, request: &Request, jar: &Jar) -> bool {
    session_tokens::has_auth_cookies(jar) && request_context::serves_html(&http.app, request)
}

/// Looks up the session. A rate-limited request gets no lookup.
pub(super) async fn look_up(http: &HttpState, jar: &Jar, is_allowed: bool) -> SessionLookup {
    let user = if is_allowed {
        // Boxed: the future is large, and most requests have no session.
        Box::pin(async {
            let _permit = http.load_shed.try_acquire()?;
            sessions::authenticate(&http.app, jar).await
        })
        .await
        .transpose()
    } else {
        Some(Err(AppError::TooManyAttempts))
    };
    SessionLookup { has_session_cookie: true, user }
}

/// Removes the cookies of a session that is over, unless the visitor is on the way to the sign-in
/// page, which says why they must sign in again.
pub(super) fn drop_ended(request: &Request, jar: &Jar, context: &RequestContext, is_redirected: bool) {
    if context.identity.session_ended && !is_redirected && request.uri().path() != path::ACCOUNT_EXPORT {
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
