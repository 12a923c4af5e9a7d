//! `POST /api/measurements`: takes what the script of a page measured.

use std::sync::Arc;

use axum::{Extension, body::Bytes, extract::State, http::StatusCode};

use crate::{
    app::{AppState, measurement, request_context::RequestContext},
    domain::{analytics::performance::Measurement, web::error::AppError},
};

/// The performance of one page view.
///
/// The script of a page sends it once, when its visitor leaves. It counts only while the visitor
/// grants analytics, once, and within an hour of the response. The response is the same if it does
/// not count.
#[utoipa::path(
    post,
    path = "/api/measurements",
    operation_id = "sendMeasurement",
    tag = "person",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "The fields `page`, `token`, and the metrics: `lcp`, `inp`, `fcp`, `ttfb` in milliseconds, `cls` in ten-thousandths.",
    ),
    responses(
        (status = 204, description = "The measurement was taken."),
        (status = 400, description = "It is not a measurement of a page of this site.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn record(
    State(app): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
    body: Bytes,
) -> Result<StatusCode, AppError> {
    let form = str::from_utf8(&body).map_err(|_| AppError::Malformed)?;
    let measurement: Measurement = form.parse().map_err(|error| {
        tracing::debug!(%error, "measurement rejected");
        AppError::Malformed
    })?;
    measurement::record(&app, &context, (context.client.country, context.client.device), &measurement)?;
    Ok(StatusCode::NO_CONTENT)
}
