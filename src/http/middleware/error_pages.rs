//! Gives each error a body: a page for browsers, `application/problem+json` for the API, and plain
//! text otherwise. Logs server errors.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use memchr::memmem;

use super::request_telemetry::RequestId;
use crate::{
    app::request_context::{RequestContext, RequestLocale},
    domain::{
        account::form_error::FormError,
        web::{csp, error::AppError, page::Page, path},
    },
    http::{
        error_response::{PlainBody, retry_after},
        state::HttpState,
    },
    pages,
    pages::Refused,
};

/// What an error page depends on besides its URL.
const VARY: &str = "accept, accept-language, cookie, sec-gpc, dnt, sec-fetch-site, referer";

/// What an error page needs to know of the request.
pub(super) struct RequestInfo {
    is_head: bool,
    is_partner_api: bool,
    accepts_html: bool,
    id: RequestId,
}

impl RequestInfo {
    pub(super) fn new(request: &Request, id: RequestId) -> Self {
        Self {
            is_head: *request.method() == Method::HEAD,
            is_partner_api: path::is_partner_api(request.uri().path()),
            accepts_html: accepts_html(request.headers()),
            id,
        }
    }

    /// Whether the response is sent without its body.
    pub(super) const fn is_head(&self) -> bool {
        self.is_head
    }
}

/// Writes the body of each 4xx and 5xx response. Nothing that a handler wrote into it gets out.
pub(super) fn render(
    http: &HttpState,
    info: &RequestInfo,
    context: Option<Arc<RequestContext>>,
    response: &mut Response,
) {
    let status = response.status();
    tracing::debug!(status = status.as_u16(), "responded");
    let is_plain = response.extensions().get::<PlainBody>().is_some();
    if is_plain || !(status.is_client_error() || status.is_server_error()) {
        return;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static(VARY));
    let context = context.unwrap_or_default();
    let locale = RequestLocale { locale: context.locale, in_path: context.locale_in_path };
    let wait = match response.extensions_mut().remove::<FormError>() {
        Some(FormError::Correct(errors)) => {
            let (content_type, body) = if info.accepts_html {
                if matches!(errors.page, Page::SignIn | Page::AddPasskey) && http.app.passkeys.is_some() {
                    let policy = HeaderValue::from_static(csp::WITH_SCRIPT_FILES);
                    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
                }
                ("text/html; charset=utf-8", pages::corrected(&http.app, context, *errors))
            } else {
                let sentences = errors.problems.iter().map(|problem| format!("{problem}\n"));
                ("text/plain; charset=utf-8", sentences.collect())
            };
            write(response, content_type, body.into());
            return;
        }
        Some(FormError::Wait { seconds }) => Some(seconds),
        Some(FormError::Refused(_)) | None => None,
    };
    let error = response.extensions_mut().remove::<AppError>();
    let error = error.unwrap_or_else(|| match context.page {
        // A page can set no more than its status.
        Some(Page::Confirm | Page::Unsubscribe) if status == StatusCode::GONE => AppError::LinkExpired,
        _ => AppError::from_status(status.as_u16()),
    });
    // A page that sets its status by itself sets no `Retry-After`.
    if let Some(seconds) = retry_after(error).filter(|_| !response.headers().contains_key(header::RETRY_AFTER)) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    // Overload is logged once where it begins, and not for each request.
    let is_logged = status.is_server_error() && !error.is_no_fault();
    let reference = is_logged.then(|| {
        tracing::error!(status = status.as_u16(), "request failed");
        info.id.to_string()
    });
    let (content_type, body) = if info.is_partner_api {
        ("application/problem+json", problem_json(error, status, reference.as_deref()).into())
    } else if info.accepts_html && error == AppError::Overloaded {
        let context = RequestContext::in_locale(locale).into();
        let render = || pages::refused(&http.app, context, Refused { refusal: error, reference, wait });
        ("text/html; charset=utf-8", http.load_shed.page(locale, render))
    } else if info.accepts_html {
        let page = pages::refused(&http.app, context, Refused { refusal: error, reference, wait });
        ("text/html; charset=utf-8", page.into())
    } else {
        let reference = reference.map(|reference| format!("Reference: {reference}\n")).unwrap_or_default();
        let wait = wait.map(|seconds| format!("Please wait {seconds} seconds.\n")).unwrap_or_default();
        ("text/plain; charset=utf-8", format!("{error}\n{wait}{reference}").into())
    };
    write(response, content_type, body);
}

/// The problem details of an error (RFC 9457), with the reference under which it was logged.
fn problem_json(error: AppError, status: StatusCode, reference: Option<&str>) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    let mut problem = serde_json::json!({
        "type": "about:blank",
        "title": title,
        "status": status.as_u16(),
        "detail": error.to_string(),
    });
    if let Some(reference) = reference {
        problem["reference"] = reference.into();
    }
    problem.to_string()
}

fn write(response: &mut Response, content_type: &'static str, body: Bytes) {
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().remove(header::CONTENT_ENCODING);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    *response.body_mut() = Body::from(body);
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let is_html = |accepts: &str| memmem::find(accepts.as_bytes(), b"text/html").is_some();
    headers.get_all(header::ACCEPT).iter().any(|accepts| accepts.to_str().is_ok_and(is_html))
}
