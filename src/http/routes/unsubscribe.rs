//! `/api/unsubscribe`: the URL in the `List-Unsubscribe` header of a message about a new version
//! (RFC 8058). A mail provider posts to it for the user; a browser that opens it gets the page with
//! the form, since link scanners open it too.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Redirect,
};
use serde::Deserialize;

use crate::{
    app::{AppState, request_context::RequestContext, subscriptions},
    domain::web::{error::AppError, page::Page},
    system::percent_encode::percent_encode,
};

/// What the body says, in either encoding (RFC 8058, 3.1).
const FIELD: [&[u8]; 2] = [b"List-Unsubscribe", b"One-Click"];

/// The query of the link.
#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
}

/// Ends a subscription.
///
/// For mail providers (RFC 8058). The response is the same for a subscription that has ended.
#[utoipa::path(
    post,
    path = "/api/unsubscribe",
    operation_id = "unsubscribe",
    tag = "person",
    params(("token" = String, Query, description = "The token of the message.")),
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`List-Unsubscribe=One-Click`, also as `multipart/form-data`.",
    ),
    responses(
        (status = 200, description = "There is no such subscription any more."),
        (status = 400, description = "The field is missing.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn stop(
    State(app): State<Arc<AppState>>,
    link: Result<Query<Link>, QueryRejection>,
    body: Bytes,
) -> Result<StatusCode, AppError> {
    let Ok(Query(Link { token })) = link else { return Err(AppError::Malformed) };
    let has = |text: &&[u8]| body.windows(text.len()).any(|window| window == *text);
    if !FIELD.iter().all(has) {
        return Err(AppError::Malformed);
    }
    subscriptions::end(&app, token).await?;
    Ok(StatusCode::OK)
}

/// The page that asks whether to end a subscription.
///
/// For mail programs that open the link instead of posting to it.
#[utoipa::path(
    get,
    path = "/api/unsubscribe",
    operation_id = "openUnsubscribePage",
    tag = "person",
    params(("token" = String, Query, description = "The token of the message.")),
    responses(
        (status = 303, description = "The page is elsewhere."),
    ),
)]
pub(crate) async fn show(
    Extension(context): Extension<Arc<RequestContext>>,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Redirect, AppError> {
    let Ok(Query(Link { token })) = link else { return Err(AppError::Malformed) };
    let page = context.path_of(Page::Unsubscribe);
    Ok(Redirect::to(&format!("{page}?token={}", percent_encode(token.as_bytes()))))
}
