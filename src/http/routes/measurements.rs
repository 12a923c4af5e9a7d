//! `POST /api/measurements`: takes what the script of a page measured.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderName, StatusCode},
    response::IntoResponse,
};

use crate::{
    app::{AppState, cookie_jar::Jar, measurement, request_context::RequestContext},
    domain::{
        analytics::{ViewedPage, performance::Measurement},
        web::error::AppError,
    },
    http::partner_api::PartnerService,
};

/// The performance of one page view.
///
/// The script of a page sends it once, when its visitor leaves. From the page of a listed service it
/// counts as a view of that service. It counts only while the visitor
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
        description = "The fields `token`; `page`, on pages of this site alone; `navigation` and `cache`, if known; and the metrics: `lcp`, `inp`, `fcp`, `ttfb`, `server` in milliseconds, `cls` in ten-thousandths.",
    ),
    responses(
        (status = 204, description = "The measurement was taken."),
        (status = 400, description = "It is not a measurement of a page of this site.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn record(
    State(app): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
    Extension(jar): Extension<Jar>,
    partner: Option<Extension<PartnerService>>,
    body: Bytes,
) -> Result<impl IntoResponse, AppError> {
    let form = str::from_utf8(&body).map_err(|_| AppError::Malformed)?;
    let measurement = Measurement::parse(form, &app.content().languages).map_err(|error| {
        tracing::debug!(%error, "measurement rejected");
        AppError::Malformed
    })?;
    let page = match (measurement.page, partner) {
        (Some(page), None) => ViewedPage::Own(page),
        (None, Some(Extension(partner))) => ViewedPage::OfService(partner.origin),
        _ => return Err(AppError::Malformed),
    };
    measurement::record(&app, &jar, &context, page, &measurement)?;
    // The page of a partner service cannot read the response, and may make the request.
    Ok((StatusCode::NO_CONTENT, [(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin")]))
}
