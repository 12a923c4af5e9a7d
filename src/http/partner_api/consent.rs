//! `GET` and `POST /api/v1/consent`: reads and records a visitor's decision for a partner service.

use std::{fmt, sync::Arc};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use utoipa::ToSchema;

use super::PartnerService;
use crate::{
    app::{
        AppState, consent, cookie_jar::Jar, form_context::FormContext, measurement, request_context::RequestContext,
    },
    domain::{
        consent::{
            decision,
            decision::{Answer, Answers, Prompt},
        },
        web::error::AppError,
    },
    http::partner_api::consent_response,
};

/// The body of a `POST`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Posted {
    /// The answers, each under the name of its question in `asks`, because a yes counts only for the
    /// question that was shown. A no also counts under the name of the purpose. Other answers stay.
    #[schema(value_type = HashMap<String, Option<bool>>)]
    choices: NamedAnswers,
}

/// The answers by the names of their questions. Duplicates are preserved, so that `parse` rejects
/// them.
struct NamedAnswers(Vec<(String, Option<bool>)>);

impl<'de> Deserialize<'de> for NamedAnswers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = NamedAnswers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of answers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NamedAnswers, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(NamedAnswers(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// The visitor's decision.
///
/// The decision, the questions of the consent prompt with their texts, and a token for the service's
/// server. Only pages of listed origins may read it, with the browser's cookies.
#[utoipa::path(
    get,
    path = "/api/v1/consent",
    operation_id = "readConsent",
    tag = "services",
    responses(
        (
            status = 200,
            description = "The current state of consent.",
            body = ref("#/components/schemas/Consent"),
            content_type = "application/json",
        ),
        (
            status = 403,
            description = "The origin is not that of a listed service.",
            body = Object,
            content_type = "application/problem+json",
            headers(("Vary", description = "The response depends on the origin.")),
        ),
        (
            status = 503,
            description = "The database is unavailable.",
            body = Object,
            content_type = "application/problem+json",
        ),
    ),
)]
pub(crate) async fn show(
    State(site): State<Arc<AppState>>,
    Extension(partner): Extension<PartnerService>,
    Extension(jar): Extension<Jar>,
    Extension(context): Extension<Arc<RequestContext>>,
) -> Result<Response, AppError> {
    let form = FormContext::new(site, jar, context)?;
    let mut response = Json(consent_response::PartnerAnswer::new(&form, &partner, None)).into_response();
    if measurement::is_measured(&form.site, &form.request) {
        add_measurement_token(&form.site, &partner, &mut response);
    }
    Ok(response)
}

/// Lets the measuring script read the token of its measurement from the performance entry of this
/// response (W3C Server Timing).
fn add_measurement_token(site: &AppState, partner: &PartnerService, response: &mut Response) {
    let fields = [
        ("server-timing", format!("token;desc=\"{}\"", measurement::token(site))),
        ("timing-allow-origin", partner.origin.as_str().to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

/// Records a decision.
///
/// Records the answers and applies them, as the banner does, and responds with the new state.
#[utoipa::path(
    post,
    path = "/api/v1/consent",
    operation_id = "decideConsent",
    tag = "services",
    request_body(content = Posted, content_type = "application/json"),
    responses(
        (
            status = 200,
            description = "The new state of consent, and the record of the answers.",
            body = ref("#/components/schemas/Consent"),
            content_type = "application/json",
        ),
        (
            status = 409,
            description = "A yes was rejected: its question has changed, was answered elsewhere, or is not named.",
            body = Object,
            content_type = "application/problem+json",
        ),
        (
            status = 400,
            description = "The body does not match the schema.",
            body = Object,
            content_type = "application/problem+json",
        ),
        (status = 413, description = "The body is too large.", body = Object, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON.", body = Object, content_type = "application/problem+json"),
        (
            status = 403,
            description = "The origin is not that of a listed service.",
            body = Object,
            content_type = "application/problem+json",
            headers(("Vary", description = "The response depends on the origin.")),
        ),
        (
            status = 503,
            description = "The database is unavailable.",
            body = Object,
            content_type = "application/problem+json",
        ),
    ),
)]
pub(crate) async fn decide(
    State(site): State<Arc<AppState>>,
    Extension(partner): Extension<PartnerService>,
    Extension(jar): Extension<Jar>,
    Extension(context): Extension<Arc<RequestContext>>,
    body: Bytes,
) -> Result<Json<consent_response::PartnerAnswer>, AppError> {
    let (answers, prompt) = parse(&body)?;
    let form = FormContext::new(site, jar, context)?;
    let recorded = consent::answer_for_partner(&form, answers, prompt, partner.origin.clone()).await?;
    Ok(Json(consent_response::PartnerAnswer::new(&form, &partner, Some(recorded))))
}

/// Parses the body, whose length and type `middleware::form_body` has checked.
fn parse(body: &[u8]) -> Result<(Answers, Option<Prompt>), AppError> {
    let Posted { choices } = serde_json::from_slice(body).map_err(|_| AppError::Choices)?;
    // A null is no answer, but its name must be one too.
    if choices.0.iter().any(|(name, _)| Prompt::parse_question_name(name).is_none()) {
        return Err(AppError::Choices);
    }
    let answer = |granted| if granted { Answer::Yes } else { Answer::No };
    let given = choices.0.iter().filter_map(|(name, granted)| Some((name.as_str(), answer((*granted)?))));
    decision::named_answers(given).ok_or(AppError::Choices)
}
