//! What the publisher's own look consists of: `GET /logo.svg`, `/logo-dark.svg` and `/accent.css`.
//! A publisher without one has none of them.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};

use crate::{
    domain::{publisher::Publisher, web::error::AppError},
    http::state::{HttpState, cached_response::CachedResponse},
};

/// The logo on light backgrounds.
pub(crate) async fn logo(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    document(&http, &headers, "image/svg+xml", |publisher| Some(publisher.logo.as_ref()?.light.to_vec()))
}

/// The logo on dark backgrounds.
pub(crate) async fn logo_dark(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    document(&http, &headers, "image/svg+xml", |publisher| Some(publisher.logo.as_ref()?.dark.to_vec()))
}

/// The style sheet that sets the accent.
pub(crate) async fn accent(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    document(&http, &headers, "text/css; charset=utf-8", |publisher| {
        Some(publisher.accent.as_ref()?.style_sheet().into_bytes())
    })
}

fn document(
    http: &HttpState,
    headers: &HeaderMap,
    content_type: &'static str,
    of: impl FnOnce(&Publisher) -> Option<Vec<u8>>,
) -> Result<Response, AppError> {
    let bytes = of(&http.app.content().publisher).ok_or(AppError::NotFound)?;
    Ok(CachedResponse::plain(bytes.into()).to_public_response(headers, content_type))
}
