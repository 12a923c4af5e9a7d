//! `POST /verify`: says of a text whether it is a receipt of this site. It changes nothing.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{State, rejection::FormRejection},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::{AppState, request_context::RequestContext},
    domain::web::error::AppError,
    pages,
    pages::Judged,
};

/// What the form holds.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VerifyForm {
    /// The text of which it is asked whether it is a receipt.
    receipt: String,
}

/// Whether a text is a receipt of this site.
///
/// Answers with the page of the form, and the verdict on it. It stands in no address, so nobody can forge it with a link. Like every
/// form it must show where it comes from, by `Origin` or `Sec-Fetch-Site`. `harmony receipt verify` says the same to programs.
#[utoipa::path(
    post,
    path = "/verify",
    operation_id = "verifyReceipt",
    tag = "person",
    request_body(content = VerifyForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The page with the verdict.", body = String, content_type = "text/html"),
        (status = 403, description = "It came from another site, or did not say.", body = String, content_type = "text/plain"),
        (status = 400, description = "The form has no receipt.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn judge(
    State(site): State<Arc<AppState>>,
    Extension(visitor): Extension<Arc<RequestContext>>,
    given: Result<Form<VerifyForm>, FormRejection>,
) -> Response {
    let Ok(Form(VerifyForm { receipt: text })) = given else { return AppError::Form.into_response() };
    match site.ledger.verify(&site.store, text.clone()).await {
        Ok((verdict, record)) => Html(pages::judged(&site, visitor, Judged { text, verdict, record })).into_response(),
        Err(error) => AppError::from(error).into_response(),
    }
}
