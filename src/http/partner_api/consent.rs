//! `/api/v1/consent`: what a visitor chose, and answers that they give in a page of a sibling service.

use std::{fmt, sync::Arc};

use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor as Read},
};
use utoipa::ToSchema;

use super::{LARGEST, PartnerService};
use crate::{
    app::{AppState, consent},
    domain::{
        consent::decision::{Answer, Prompt},
        cookies::purpose::PerPurpose,
        web::error::AppError,
    },
    http::{
        forms::FormContext, middleware::set_cookie_gate::Jar, partner_api::consent_response,
        request_context::RequestContext,
    },
};

/// What is posted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Posted {
    /// The answers, each under the name of its question as `asks` gave it: a yes counts only for the question that was
    /// shown. A no counts under the name of the purpose alone too. What is left out stays as it is.
    #[schema(value_type = HashMap<String, Option<bool>>)]
    choices: NamedAnswers,
}

/// The answers by the names of their questions, doubles too: who says two things says nothing.
struct NamedAnswers(Vec<(String, Option<bool>)>);

impl<'de> Deserialize<'de> for NamedAnswers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Read<'de> for Entries {
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

/// What is in force.
///
/// What the visitor chose, what is to be asked and with which words, and a token for the service's server. It answers pages of the
/// listed origins alone, with the cookies of their browser.
#[utoipa::path(
    get,
    path = "/api/v1/consent",
    operation_id = "readConsent",
    tag = "services",
    responses(
        (
            status = 200,
            description = "What is in force.",
            body = ref("#/components/schemas/Consent"),
            content_type = "application/json",
        ),
        (
            status = 403,
            description = "Whoever asks is no page of a listed service.",
            body = Object,
            content_type = "application/problem+json",
            headers(("Vary", description = "The answer depends on the origin.")),
        ),
        (
            status = 503,
            description = "The database cannot be asked just now.",
            body = Object,
            content_type = "application/problem+json",
        ),
    ),
)]
pub(super) async fn show(
    State(site): State<Arc<AppState>>,
    Extension(sibling): Extension<PartnerService>,
    Extension(jar): Extension<Jar>,
    Extension(visitor): Extension<Arc<RequestContext>>,
) -> Response {
    match sender(site, jar, visitor) {
        Ok(sender) => Json(consent_response::PartnerAnswer::of(&sender, &sibling, None)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Hand an answer on.
///
/// Records the answers and puts them in force, as the banner does, and answers what is in force then.
#[utoipa::path(
    post,
    path = "/api/v1/consent",
    operation_id = "decideConsent",
    tag = "services",
    request_body(content = Posted, content_type = "application/json"),
    responses(
        (
            status = 200,
            description = "What is in force now, and the record of the answers.",
            body = ref("#/components/schemas/Consent"),
            content_type = "application/json",
        ),
        (
            status = 409,
            description = "A yes was not taken: the question has changed, was answered elsewhere, or is not named.",
            body = Object,
            content_type = "application/problem+json",
        ),
        (status = 400, description = "The body is not what is asked for.", body = Object, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = Object, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON.", body = Object, content_type = "application/problem+json"),
        (
            status = 403,
            description = "Whoever asks is no page of a listed service.",
            body = Object,
            content_type = "application/problem+json",
            headers(("Vary", description = "The answer depends on the origin.")),
        ),
        (
            status = 503,
            description = "The database cannot be asked just now.",
            body = Object,
            content_type = "application/problem+json",
        ),
    ),
)]
pub(super) async fn decide(
    State(site): State<Arc<AppState>>,
    Extension(sibling): Extension<PartnerService>,
    Extension(jar): Extension<Jar>,
    Extension(visitor): Extension<Arc<RequestContext>>,
    request: Request,
) -> Response {
    let decided = async {
        let (answers, prompt) = read(request).await?;
        let sender = sender(site, jar, visitor)?;
        let filed = consent::answer_elsewhere(&sender, answers, prompt, sibling.origin.clone()).await?;
        Ok(Json(consent_response::PartnerAnswer::of(&sender, &sibling, Some(filed))))
    };
    decided.await.map_or_else(|refusal: AppError| refusal.into_response(), IntoResponse::into_response)
}

/// Whoever asks, if they could be looked up where they may be a member: a guest would be told something else.
fn sender(site: Arc<AppState>, jar: Jar, visitor: Arc<RequestContext>) -> Result<FormContext, AppError> {
    visitor.unrecognised.map_or(Ok(()), Err)?;
    Ok(FormContext { site, jar, visitor })
}

/// The answers in a body, which was found to be JSON of a bearable length on the way here.
async fn read(request: Request<Body>) -> Result<(PerPurpose<Option<Answer>>, Option<Prompt>), AppError> {
    let body = to_bytes(request.into_body(), LARGEST).await.map_err(|_| AppError::TooLarge)?;
    let Posted { choices } = serde_json::from_slice(&body).map_err(|_| AppError::Choices)?;
    let (mut answers, mut prompt) = (PerPurpose::all(None), None::<Prompt>);
    for (name, granted) in choices.0 {
        let (purpose, shown) = Prompt::parse_question_name(&name).ok_or(AppError::Choices)?;
        let Some(granted) = granted else { continue };
        if answers.get(purpose).is_some() {
            return Err(AppError::Choices);
        }
        answers = answers.with(purpose, Some(if granted { Answer::Yes } else { Answer::No }));
        prompt = match (prompt, shown) {
            (None, shown) => shown,
            (Some(all), Some(shown)) => Some(all.and(shown)),
            (all, None) => all,
        };
    }
    if answers == PerPurpose::all(None) {
        return Err(AppError::Choices);
    }
    Ok((answers, prompt))
}
