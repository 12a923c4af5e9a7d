//! `GET /account/export` and `GET /preferences/export`: what the site stores about the signed-in
//! user, and what it can find of a browser.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::{
        AppState, accounts::export, browser_export::BrowserExport, rate_limit::RateLimitKey,
        request_context::RequestContext,
    },
    domain::web::{error::AppError, page::Page},
    store::Tx,
};

/// Everything that the site stores about a user.
///
/// A file for the user who is signed in. A guest is redirected to the sign-in page.
#[utoipa::path(
    get,
    path = "/account/export",
    operation_id = "exportAccount",
    tag = "person",
    responses(
        (status = 200, description = "The file.", body = Object),
        (status = 303, description = "Nobody is signed in: a redirect to the sign-in page."),
        (
            status = 429,
            description = "Too many exports. `Retry-After` says when the next one is allowed.",
            body = String,
            content_type = "text/plain",
        ),
        (status = 503, description = "The database is unavailable.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn account(
    State(site): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
) -> Result<Response, AppError> {
    context.identity.lookup_error.map_or(Ok(()), Err)?;
    let Some(user) = context.identity.owner() else {
        let sign_in = format!("{}?return_to={}", context.path_of(Page::SignIn), Page::Account);
        return Ok(([(header::VARY, "cookie")], Redirect::to(&sign_in)).into_response());
    };
    if let Err(error) = site.attempt_by(RateLimitKey::Export(user.account.id.clone())).await {
        return Ok(error.into_response());
    }
    let permit = site.exports.try_acquire().ok_or(AppError::Overloaded)?;
    let (user, trusted_keys) = (user.clone(), site.ledger.trusted_keys().clone());
    let times = (site.now(), site.devices_known_since());
    let job = move |tx: &Tx<'_>| {
        // Held until the read ends, even if the client has disconnected by then.
        let _permit = permit;
        export::write(tx, &trusted_keys, &user.account, Some(&user.session), times)
    };
    let json = site.store.read_snapshot(job).await?;
    Ok(download(json, "attachment; filename=\"account.json\""))
}

/// What the cookies of a browser hold and lead to.
///
/// A file for any visitor: the names of the cookies that the browser sent, its decision and display
/// settings, and the records to which the cookie with the decision leads.
#[utoipa::path(
    get,
    path = "/preferences/export",
    operation_id = "exportBrowser",
    tag = "person",
    responses(
        (status = 200, description = "The file.", body = Object),
        (
            status = 429,
            description = "Too many exports. `Retry-After` says when the next one is allowed.",
            body = String,
            content_type = "text/plain",
        ),
        (status = 503, description = "The database is unavailable.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn browser(
    State(site): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
) -> Result<Response, AppError> {
    let export = BrowserExport::of_request(&context, &site.inventory());
    let export = match context.consent.record_ref {
        None => export,
        Some(filed) => {
            if let Err(error) = site.attempt_by(RateLimitKey::Export(filed.subject.to_string())).await {
                return Ok(error.into_response());
            }
            let permit = site.exports.try_acquire().ok_or(AppError::Overloaded)?;
            let ledger = site.ledger.clone();
            let job = move |tx: &Tx<'_>| {
                // Held until the read ends, even if the client has disconnected by then.
                let _permit = permit;
                export.read_records(tx, &ledger, filed)
            };
            site.store.read_snapshot(job).await?
        }
    };
    Ok(download(export.write(), "attachment; filename=\"browser.json\""))
}

/// The response with a file for one person.
fn download(json: Vec<u8>, disposition: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, disposition),
        (header::VARY, "cookie"),
    ];
    (headers, json).into_response()
}
