//! `GET /account/export`: everything that is kept of the member, to take away.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::{AppState, accounts::export, rate_limit::RateLimitKey, request_context::RequestContext},
    domain::{
        account::form_error::FormError,
        web::{error::AppError, page::Page},
    },
    store::Tx,
};

/// Everything that is kept of a member.
///
/// A file for the member who is signed in; whoever is not is led to the sign-in.
#[utoipa::path(
    get,
    path = "/account/export",
    operation_id = "exportAccount",
    tag = "person",
    responses(
        (status = 200, description = "The file.", body = Object),
        (status = 303, description = "Nobody is signed in: the way to the sign-in."),
        (status = 429, description = "It was asked for too often: `Retry-After` says when to come again.", body = String, content_type = "text/plain"),
        (status = 503, description = "The database cannot be asked just now.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn show(
    State(site): State<Arc<AppState>>,
    Extension(visitor): Extension<Arc<RequestContext>>,
) -> Response {
    if let Some(refusal) = visitor.identity.lookup_error {
        return refusal.into_response();
    }
    let Some(member) = visitor.identity.owner() else {
        let there = format!("{}?return_to={}", visitor.path_of(Page::SignIn), Page::Account);
        return ([(header::VARY, "cookie")], Redirect::to(&there)).into_response();
    };
    if let Err(wait) = site.limiter.attempt_by(RateLimitKey::Export(member.account.id.clone())) {
        return FormError::from(wait).into_response();
    }
    let Some(place) = site.exports.try_acquire() else { return AppError::Busy.into_response() };
    let (member, trusted) = (member.clone(), site.ledger.trusted_keys().clone());
    let times = (site.now(), site.devices_known_since());
    let read = move |tables: &Tx<'_>| {
        // Until the reading is over, though nobody may wait for it any more.
        let _place = place;
        export::write(tables, &trusted, &member.account, Some(&member.session), times)
    };
    match site.store.read_snapshot(read).await {
        Ok(json) => {
            let mut response = json.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let file = HeaderValue::from_static("attachment; filename=\"harmony-account.json\"");
            headers.insert(header::CONTENT_DISPOSITION, file);
            headers.insert(header::VARY, HeaderValue::from_static("cookie"));
            response
        }
        Err(error) => AppError::from(error).into_response(),
    }
}
