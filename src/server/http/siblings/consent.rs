//! `/api/v1/consent`: what a visitor chose, and answers that they give in a page of a sibling service.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{LARGEST, Sibling, answer::Answer};
use crate::{
    model::{decision, purpose::PerPurpose, refusal::Refusal},
    server::{
        State as Site, consent,
        http::{forms::Sender, gate::Jar, visitor::Visitor},
    },
};

/// What is posted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Posted {
    choices: Choices,
}

/// The answers. One that is left out leaves that question as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Choices {
    preferences: Option<bool>,
    analytics: Option<bool>,
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
    State(site): State<Arc<Site>>,
    Extension(sibling): Extension<Sibling>,
    Extension(jar): Extension<Jar>,
    Extension(visitor): Extension<Arc<Visitor>>,
) -> Response {
    match sender(site, jar, visitor) {
        Ok(sender) => Json(Answer::of(&sender, &sibling, None)).into_response(),
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
    State(site): State<Arc<Site>>,
    Extension(sibling): Extension<Sibling>,
    Extension(jar): Extension<Jar>,
    Extension(visitor): Extension<Arc<Visitor>>,
    request: Request,
) -> Response {
    let decided = async {
        let answers = read(request).await?;
        let sender = sender(site, jar, visitor)?;
        let filed = consent::answer_elsewhere(&sender, answers, sibling.origin.clone()).await?;
        Ok(Json(Answer::of(&sender, &sibling, Some(filed))))
    };
    decided.await.map_or_else(|refusal: Refusal| refusal.into_response(), IntoResponse::into_response)
}

/// Whoever asks, if they could be looked up where they may be a member: a guest would be told something else.
fn sender(site: Arc<Site>, jar: Jar, visitor: Arc<Visitor>) -> Result<Sender, Refusal> {
    visitor.unrecognised.map_or(Ok(()), Err)?;
    Ok(Sender { site, jar, visitor })
}

/// The answers in a body, which was found to be JSON of a bearable length on the way here.
async fn read(request: Request<Body>) -> Result<PerPurpose<Option<decision::Answer>>, Refusal> {
    let body = to_bytes(request.into_body(), LARGEST).await.map_err(|_| Refusal::TooLarge)?;
    let Posted { choices } = serde_json::from_slice(&body).map_err(|_| Refusal::Choices)?;
    let Choices { preferences, analytics } = choices;
    if preferences.is_none() && analytics.is_none() {
        return Err(Refusal::Choices);
    }
    let answer = |granted| if granted { decision::Answer::Yes } else { decision::Answer::No };
    Ok(PerPurpose { preferences, analytics }.map(|granted| granted.map(answer)))
}
