//! What the publisher's own look consists of: `GET /logo.svg`, `/logo-dark.svg` and `/accent.css`.
//! A publisher without one has none of them.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};

use crate::{
    domain::{publisher::Publisher, web::error::AppError},
    http::state::{HttpState, page_cache::Document},
};

const SVG: &str = "image/svg+xml";

/// The logo on light backgrounds.
pub(crate) async fn logo(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let logo = |publisher: &Publisher| Some(publisher.logo.as_ref()?.light.to_vec());
    document(&http, &headers, (Document::Logo, SVG), logo).await
}

/// The logo on dark backgrounds.
pub(crate) async fn logo_dark(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let logo = |publisher: &Publisher| Some(publisher.logo.as_ref()?.dark.to_vec());
    document(&http, &headers, (Document::LogoDark, SVG), logo).await
}

/// The style sheet that sets the accent.
pub(crate) async fn accent(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let sheet = |publisher: &Publisher| Some(publisher.accent.as_ref()?.style_sheet().into_bytes());
    document(&http, &headers, (Document::AccentSheet, "text/css; charset=utf-8"), sheet).await
}

async fn document(
    http: &HttpState,
    headers: &HeaderMap,
    (document, content_type): (Document, &'static str),
    of: impl FnOnce(&Publisher) -> Option<Vec<u8>>,
) -> Result<Response, AppError> {
    let in_force = http.app.current_version();
    let bytes = of(&in_force.content.publisher).ok_or(AppError::NotFound)?;
    let document = http.page_cache.document(document, in_force.effective, || bytes).await;
    Ok(document.to_public_response(headers, content_type))
}
