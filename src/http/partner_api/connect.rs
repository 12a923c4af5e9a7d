//! One choice over several domains, the visitor's part: `GET /connect` redirects to a partner
//! service with a one-use code, `POST /connect/answer` asks to confirm answers that were given
//! there, and `POST /connect/save` records them.
//!
//! Each is a top-level navigation, so `SameSite=Lax` cookies come with the first and the last. No
//! URL holds more than the code and the state of the service.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Redirect, Response},
};

use crate::{
    app::{
        AppState, connect, consent, cookie_jar::Jar, form_context::FormContext, idempotency_key,
        request_context::RequestContext,
    },
    domain::{
        consent::decision::{Answers, Prompt},
        cookies::purpose::Purposes,
        partners::{
            Service,
            connect::{Callback, CodeRequest, answers},
        },
        web::{csp, error::AppError},
    },
    http::request::single,
    pages,
    pages::ServiceAnswers,
};

/// The fields of a query or a form. Duplicates are preserved, so that parsing rejects them.
type Fields = Vec<(String, String)>;

/// A one-use code.
///
/// Redirects to the callback of the service with a code for the visitor's decision, also if there is
/// none. The code is valid for 60 seconds.
#[utoipa::path(
    get,
    path = "/connect",
    operation_id = "askForCode",
    tag = "services",
    params(
        ("service" = String, Query, description = "The id of the service in services.toml."),
        ("state" = String, Query, description = "1 to 128 of A-Z, a-z, 0-9, -, ., _ and ~. It comes back with the code."),
        ("code_challenge" = String, Query, description = "The base64url SHA-256 of the code verifier (RFC 7636, S256)."),
    ),
    responses(
        (
            status = 303,
            description = "A redirect to the callback, with `code` and `state`.",
            headers(("Location", description = "The callback with the code."), ("Referrer-Policy", description = "no-referrer")),
        ),
        (status = 400, description = "A parameter is missing, repeated or invalid, or the service has no callback.", body = String, content_type = "text/plain"),
        (status = 503, description = "The database is unavailable, or there are too many codes.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn start(
    State(site): State<Arc<AppState>>,
    Extension(jar): Extension<Jar>,
    Extension(context): Extension<Arc<RequestContext>>,
    query: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, AppError> {
    let mut fields = query.map(|Query(fields)| fields).map_err(|_| AppError::Malformed)?;
    let asked = CodeRequest::take(&mut fields).ok_or(AppError::Malformed)?;
    let (_, callback) = connect::service(&site, &asked.service)?;
    let form = FormContext::new(site, jar, context)?;
    Ok(to_callback(&connect::issue_code(&form, &asked, &callback).await?))
}

/// The answers of a form on another domain.
///
/// Responds with a page that shows the answers and asks the visitor to save them. It changes nothing.
/// The form must come from a page of the service.
#[utoipa::path(
    post,
    path = "/connect/answer",
    operation_id = "showAnswers",
    tag = "services",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "The parameters of `GET /connect`, and for each question `yes` or `no` under the name in `asks`.",
    ),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 400, description = "A field is missing, repeated or invalid, or the service has no callback.", body = String, content_type = "text/plain"),
        (status = 403, description = "The form does not come from a page of the service.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn confirm(
    State(site): State<Arc<AppState>>,
    Extension(context): Extension<Arc<RequestContext>>,
    headers: HeaderMap,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, AppError> {
    let Posted { asked, answers, prompt, service, callback } = Posted::parse(&site, form)?;
    let from = single(&headers, &header::ORIGIN).map(HeaderValue::as_bytes);
    if !service.origins.iter().any(|origin| Some(origin.as_str().as_bytes()) == from) {
        return Err(AppError::Unlisted);
    }
    let in_force = site.current_version();
    let shown = in_force.content.fingerprints(in_force.version);
    if !answers.keys().all(|purpose| shown.contains_key(purpose)) {
        return Err(AppError::Form);
    }
    let mut context = Arc::unwrap_or_clone(context);
    // In the language of the questions. The banner would ask them again.
    let asked_in = prompt.as_ref().and_then(|prompt| in_force.content.languages.find(prompt.locale.tag()));
    context.locale = asked_in.unwrap_or(context.locale);
    context.consent.prompts = Purposes::new();
    let current = Prompt::new(in_force.version, context.locale, shown, None).beside(prompt.as_ref());
    let page = ServiceAnswers { asked, answers, prompt: current, service: service.name };
    let policy = HeaderValue::try_from(csp::with_form_target(callback.origin())).map_err(|_| AppError::Inner)?;
    let page = Html(pages::service_answers(&site, context.into(), page));
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response())
}

/// Confirmed answers.
///
/// Records the answers that the visitor confirmed on the page of `POST /connect/answer`, and redirects
/// to the callback of the service with a code.
#[utoipa::path(
    post,
    path = "/connect/save",
    operation_id = "saveAnswers",
    tag = "services",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "The fields of `POST /connect/answer`.",
    ),
    responses(
        (status = 303, description = "A redirect to the callback, with `code` and `state`.", headers(("Location", description = "The callback with the code."))),
        (status = 400, description = "A field is missing, repeated or invalid, or the service has no callback.", body = String, content_type = "text/plain"),
        (status = 403, description = "The form came from another site, or from an unknown one.", body = String, content_type = "text/plain"),
        (status = 503, description = "The database is unavailable, or there are too many codes.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn save(
    State(site): State<Arc<AppState>>,
    Extension(jar): Extension<Jar>,
    Extension(context): Extension<Arc<RequestContext>>,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, AppError> {
    let Posted { asked, answers, prompt, callback, .. } = Posted::parse(&site, form)?;
    let form = FormContext::new(site, jar, context)?;
    match consent::answer_for_partner(&form, answers, prompt, callback.origin().clone()).await {
        // What is in force goes to the service, which asks again.
        Ok(_) | Err(AppError::NotTaken) => {}
        Err(AppError::Choices) => return Err(AppError::Form),
        Err(error) => return Err(error),
    }
    Ok(to_callback(&connect::issue_code(&form, &asked, &callback).await?))
}

/// A form with answers, and the service that it is for.
struct Posted {
    asked: CodeRequest,
    answers: Answers,
    prompt: Option<Prompt>,
    service: Service,
    callback: Callback,
}

impl Posted {
    fn parse(site: &AppState, form: Result<Form<Fields>, FormRejection>) -> Result<Self, AppError> {
        let mut fields = form.map(|Form(fields)| fields).map_err(|_| AppError::Form)?;
        let asked = CodeRequest::take(&mut fields).ok_or(AppError::Form)?;
        fields.retain(|(name, _)| name != idempotency_key::FIELD);
        let (answers, prompt) = answers(&fields).ok_or(AppError::Form)?;
        let (service, callback) = connect::service(site, &asked.service)?;
        Ok(Self { asked, answers, prompt, service, callback })
    }
}

/// Redirects to a callback, and tells it nothing of where the visitor comes from.
fn to_callback(url: &str) -> Response {
    ([(header::REFERRER_POLICY, "no-referrer")], Redirect::to(url)).into_response()
}
