//! `POST /verify`: checks whether a text is a receipt of this site. It changes nothing.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{FromRequest, Multipart, Request, State},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::{AppState, request_context::RequestContext},
    domain::web::error::AppError,
    http::request::has_type,
    pages,
    pages::Judged,
};

/// The name of the file input.
const FILE: &str = "file";

/// The content type of a form with a file.
pub(crate) const UPLOAD: &str = "multipart/form-data";

/// The fields of the form.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VerifyForm {
    /// The text to check.
    receipt: String,
}

/// The verification of a receipt.
///
/// Responds with the page of the form and the verdict. No URL contains the verdict, so nobody can
/// forge one with a link. Like every form, the request needs `Origin` or `Sec-Fetch-Site`. The page
/// also sends a file, as the part `file` of `multipart/form-data`. Programs get the same verdict from
/// `harmony receipt verify`.
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
    request: Request,
) -> Result<Response, AppError> {
    let text = submitted_text(request).await?;
    let (verdict, record) = site.ledger.verify(&site.store, text.clone()).await?;
    Ok(Html(pages::judged(&site, context, Judged { text, verdict, record })).into_response())
}

/// The text that was pasted, or that of the file.
///
/// # Errors
/// [`AppError::Form`] if the form has neither.
async fn submitted_text(request: Request) -> Result<String, AppError> {
    if !has_type(request.headers(), UPLOAD) {
        let form = Form::<VerifyForm>::from_request(request, &()).await;
        return form.map(|Form(form)| form.receipt).map_err(|_| AppError::Form);
    }
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| AppError::Form)?;
    while let Some(part) = parts.next_field().await.map_err(|_| AppError::Form)? {
        if part.name() == Some(FILE) {
            let bytes = part.bytes().await.map_err(|_| AppError::Form)?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Err(AppError::Form)
}
