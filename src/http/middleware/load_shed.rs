//! Rejects requests beyond the number that the server can work on at once (load shedding).
//!
//! Responses from the page cache are neither counted nor rejected, except that a request with a
//! session cookie needs a permit for its lookup (`session`).

use axum::extract::Request;
use tokio::sync::OwnedSemaphorePermit;

use super::page_cache;
use crate::{
    domain::web::{error::AppError, path},
    http::state::HttpState,
};

/// A permit to work on the request. A health check needs none, nor does a page that is rendered
/// once for many.
///
/// # Errors
/// [`AppError::Overloaded`] if none is left.
pub(super) fn check(http: &HttpState, request: &Request) -> Result<Option<OwnedSemaphorePermit>, AppError> {
    let needs_none = path::is_health_check(request.uri().path()) || page_cache::is_cacheable(http, request);
    if needs_none { Ok(None) } else { http.load_shed.try_acquire().map(Some) }
}
