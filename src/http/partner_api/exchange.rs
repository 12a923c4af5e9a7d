//! `POST /api/v1/connect`: the server of a partner service exchanges a one-use code for the
//! visitor's decision.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PartnerService, consent_response::PartnerAnswer};
use crate::{
    app::{AppState, connect},
    domain::{partners::connect::max_age, web::error::AppError},
};

/// The body of the request. Each field is there once, and no other.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeExchange {
    /// The code that came to the callback.
    code: String,
    /// The text whose SHA-256 was the challenge (RFC 7636).
    code_verifier: String,
    /// The id of the service in services.toml.
    service: String,
}

/// The response: what a page of the service would get, and for how long to keep it.
#[derive(Serialize)]
pub(crate) struct ConnectedAnswer {
    #[serde(flatten)]
    consent: PartnerAnswer,
    /// How many seconds the service may keep the choice; null without a decision.
    max_age: Option<u64>,
}

/// The decision of a one-use code.
///
/// For the server of a partner service. A code is valid once, for 60 seconds, for the service that it
/// was issued for, and with the verifier of its challenge. Every other code gets the same 400.
#[utoipa::path(
    post,
    path = "/api/v1/connect",
    operation_id = "exchangeCode",
    tag = "services",
    request_body(content = CodeExchange, content_type = "application/json"),
    responses(
        (
            status = 200,
            description = "The state of consent, as a page of the service would get it, and for how long to keep it.",
            body = ref("#/components/schemas/Consent"),
            content_type = "application/json",
        ),
        (
            status = 400,
            description = "The code is not valid, or the body does not match the schema.",
            body = Object,
            content_type = "application/problem+json",
        ),
        (status = 413, description = "The body is too large.", body = Object, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON.", body = Object, content_type = "application/problem+json"),
        (
            status = 503,
            description = "The database is unavailable.",
            body = Object,
            content_type = "application/problem+json",
        ),
    ),
)]
pub(crate) async fn exchange(
    State(site): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<ConnectedAnswer>, AppError> {
    let CodeExchange { code, code_verifier, service } =
        serde_json::from_slice(&body).map_err(|_| AppError::Malformed)?;
    let verifier = code_verifier.parse().map_err(|_| AppError::Code)?;
    let (form, callback) = connect::exchange_code(&site, &code, &verifier, &service).await?;
    let partner = PartnerService { origin: callback.origin().clone(), can_be_kept: true };
    let in_force = form.jar.in_force();
    let max_age = in_force.and_then(|in_force| max_age(in_force.expires_at().into_values(), site.now()));
    Ok(Json(ConnectedAnswer { consent: PartnerAnswer::new(&form, &partner, None), max_age }))
}
