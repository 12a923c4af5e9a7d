//! Gives whatever was refused a face: a page for people, a sentence for machines. Inner failures are logged here.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::AppState,
    domain::{account::form_error::FormError, i18n::locale_path, web::error::AppError},
    http::{
        middleware::{locale, locale::EarlyLocale},
        partner_api,
        request_context::RequestContext,
        route_template,
    },
    pages,
    pages::Refused,
};

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(seconds) = again_after(self) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        // Of what was not read, nothing more is wanted (RFC 9110, 15.5.9 and 15.5.14).
        if matches!(self, Self::Timeout | Self::TooLarge) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// When it is worth trying again, in seconds (RFC 9110, 10.2.3).
fn again_after(refusal: AppError) -> Option<HeaderValue> {
    match refusal {
        AppError::Busy => Some(HeaderValue::from_static("5")),
        AppError::Unavailable => Some(HeaderValue::from_static("2")),
        AppError::Overloaded => Some(HeaderValue::from_static("1")),
        _ => None,
    }
}

impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        let mut response = match &self {
            Self::Refused(refusal) => return refusal.into_response(),
            Self::Correct(_) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
            Self::Wait { seconds } => {
                let mut response = AppError::TooManyAttempts.into_response();
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                response
            }
        };
        response.extensions_mut().insert(self);
        response
    }
}

/// What a refusal depends on beside its address: whether it is a page, and how the page looks.
const VARIES: &str = "accept, accept-language, cookie, sec-gpc, dnt, sec-fetch-site, referer";

/// Marks an answer that no person reads: it keeps its one line.
#[derive(Clone, Copy)]
pub(crate) struct PlainBody;

/// What is kept of a request for the case that it is refused.
pub(crate) struct RequestInfo {
    method: Method,
    address: Uri,
    wants_html: bool,
    spoken: EarlyLocale,
}

impl RequestInfo {
    /// Notes it.
    pub(crate) fn of(request: &Request) -> Self {
        let wants_html = accepts_html(request.headers());
        let spoken = locale::negotiate_early(request);
        Self { method: request.method().clone(), address: request.uri().clone(), wants_html, spoken }
    }

    /// The template of the route that it fell under: nothing that was typed gets into the log.
    fn route(&self) -> &'static str {
        let path = self.address.path();
        let (_, bare) = locale_path::split(path);
        let path = if locale::is_in_every_language(bare) { bare } else { path };
        let routes = route_template::all();
        routes.find(path).map_or("none", |found| routes.template(found))
    }

    /// Whether only the headers of the answer are.
    pub(crate) fn is_for_headers(&self) -> bool {
        self.method == Method::HEAD
    }
}

/// Gives every 4xx and 5xx its page or sentence. Nothing that an inner layer wrote into such an answer gets out.
pub(crate) fn give(
    site: &Arc<AppState>,
    asked: &RequestInfo,
    visitor: Option<Arc<RequestContext>>,
    response: &mut Response,
) {
    let status = response.status();
    tracing::debug!(method = %asked.method, route = asked.route(), status = status.as_u16(), "answered");
    let is_for_machines = response.extensions().get::<PlainBody>().is_some();
    if is_for_machines || !(status.is_client_error() || status.is_server_error()) {
        return;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static(VARIES));
    let EarlyLocale { locale, is_said: says_locale } = asked.spoken;
    let visitor = visitor.unwrap_or_else(|| RequestContext { locale, says_locale, ..RequestContext::default() }.into());
    let rejection = response.extensions_mut().remove::<FormError>();
    if let Some(FormError::Correct(correction)) = rejection {
        let (kind, body) = if asked.wants_html {
            ("text/html; charset=utf-8", pages::corrected(site, visitor, *correction))
        } else {
            let sentences = correction.problems.iter().map(|problem| format!("{problem}\n"));
            ("text/plain; charset=utf-8", sentences.collect())
        };
        let body = Bytes::from(body);
        write(response, kind, body);
        return;
    }
    let wait = rejection.as_ref().and_then(|rejection| match rejection {
        FormError::Wait { seconds } => Some(*seconds),
        _ => None,
    });
    let refusal = response.extensions_mut().remove::<AppError>();
    let refusal = refusal.unwrap_or_else(|| AppError::from_status(status.as_u16()));
    // A page sets its status alone.
    if let Some(seconds) = again_after(refusal).filter(|_| !response.headers().contains_key(header::RETRY_AFTER)) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    // That there is too much to do is told to the operator where it is found, and not once for each request beyond.
    let is_noted = status.is_server_error() && !refusal.is_overload();
    let reference = is_noted.then(|| {
        let reference = site.chance.token();
        let (method, route) = (&asked.method, asked.route());
        tracing::error!(%method, route, status = status.as_u16(), reference, "a request failed");
        reference
    });
    let (kind, body) = if partner_api::is_for_programs(asked.address.path()) {
        ("application/problem+json", Bytes::from(problem(refusal, status, reference.as_deref())))
    } else if asked.wants_html && refusal == AppError::Overloaded {
        let anyone = || RequestContext { locale, says_locale, ..RequestContext::default() }.into();
        let make = || pages::refused(site, anyone(), Refused { refusal, reference, wait });
        ("text/html; charset=utf-8", site.load.page(asked.spoken, make))
    } else if asked.wants_html {
        ("text/html; charset=utf-8", pages::refused(site, visitor, Refused { refusal, reference, wait }).into())
    } else {
        let reference = reference.map(|reference| format!("Reference: {reference}\n")).unwrap_or_default();
        let wait = wait.map(|seconds| format!("Please wait {seconds} seconds.\n")).unwrap_or_default();
        ("text/plain; charset=utf-8", format!("{refusal}\n{wait}{reference}").into())
    };
    write(response, kind, body);
}

/// A refusal as RFC 9457 has it, with the reference under which an inner failure was logged.
fn problem(refusal: AppError, status: StatusCode, reference: Option<&str>) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    let mut problem = serde_json::json!({
        "type": "about:blank",
        "title": title,
        "status": status.as_u16(),
        "detail": refusal.to_string(),
    });
    if let Some(reference) = reference {
        problem["reference"] = reference.into();
    }
    problem.to_string()
}

fn write(response: &mut Response, kind: &'static str, body: Bytes) {
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().remove(header::CONTENT_ENCODING);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    *response.body_mut() = Body::from(body);
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|accepts| accepts.to_str().is_ok_and(|a| a.contains("text/html")))
}
