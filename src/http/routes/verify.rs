//! `POST /verify`: checks whether a text is a receipt of this site. It changes nothing.

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

/// The fields of the form.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VerifyForm {
    /// The text to check.
    receipt: String,
}

/// The verification of a receipt.
///
/// Responds with the page of the form and the verdict. No URL contains the verdict, so nobody can
/// forge one with a link. Like every form, the request needs `Origin` or `Sec-Fetch-Site`. Programs
/// get the same verdict from `harmony receipt verify`.
#[utoipa::path(
    post,
    path = "/verify",
    operation_id = "verifyReceipt",
    tag = "person",
    request_body(content = VerifyForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The page with the verdict.", body = String, content_type = "text/html"),
        (status = 403, description = "The form came from another site, or from an unknown one.", body = String, content_type = "text/plain"),
        (status = 400, description = "The form has no receipt.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn show(
    State(site): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
    form: Result<Form<VerifyForm>, FormRejection>,
) -> Result<Response, AppError> {
    let Form(VerifyForm { receipt: text }) = form.map_err(|_| AppError::Form)?;
    let (verdict, record) = site.ledger.verify(&site.store, text.clone()).await?;
    Ok(Html(pages::judged(&site, context, Judged { text, verdict, record })).into_response())
}
