//! `POST /api/v1/findings`: takes what the page of a partner service found and the policy does not
//! say.

use std::sync::Arc;

use axum::{Extension, body::Bytes, extract::State, http::StatusCode};

use super::PartnerService;
use crate::{
    app::{AppState, findings},
    domain::web::error::AppError,
};

/// What a page of a service found.
///
/// The script of a page sends it at most once, if the publisher turned it on for the service. It has
/// names only, no values, and nothing of the visitor. Names that the service declares do not count.
/// The response is the same if nothing counts.
#[utoipa::path(
    post,
    path = "/api/v1/findings",
    operation_id = "sendFindings",
    tag = "services",
    request_body(
        content = Vec<Object>,
        content_type = "application/json",
        description = "Also as `text/plain`, which needs no CORS preflight. A JSON array of 1 to 50 objects with `kind` (`cookie`, `local storage`, `session storage`, `indexeddb`), `name`, and `finding` (`undeclared`, `without_consent`, `too_long`).",
    ),
    responses(
        (status = 204, description = "The report was taken."),
        (status = 400, description = "It is not such a report.", body = Object, content_type = "application/problem+json"),
        (
            status = 403,
            description = "The origin is not that of a listed service.",
            body = Object,
            content_type = "application/problem+json",
        ),
        (status = 413, description = "The body is too large.", body = Object, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn record(
    State(site): State<Arc<AppState>>,
    Extension(partner): Extension<PartnerService>,
    body: Bytes,
) -> Result<StatusCode, AppError> {
    let report = serde_json::from_slice(&body).map_err(|_| AppError::Malformed)?;
    findings::record(&site, &partner.origin, report)?;
    Ok(StatusCode::NO_CONTENT)
}
