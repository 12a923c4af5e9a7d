//! Forms: read whole before anything is done, answered with a redirect or with a refusal of the right status.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::{
    app::{AppState, form_result::FormResult},
    domain::{
        account::{
            form_error::FormError,
            security_event::{SecurityEvent, SecurityEventKind},
        },
        i18n::{locale::Locale, locale_path},
        web::{error::AppError, form_route, page::Page},
    },
    http::{
        middleware::{limits, set_cookie_gate::Jar},
        partner_api,
        request_context::RequestContext,
        routes::receipts,
    },
    store::Member,
};

/// The largest form, in bytes.
const LARGEST_FORM: usize = 16_384;

/// The most that the names of removed cookies may take in an address, in bytes: well under what an address may hold.
const LONGEST_GONE: usize = 1_500;

/// Marks the answer of a server function that failed.
const FAILED: HeaderName = HeaderName::from_static("serverfnerror");

/// The body of a form that was read whole.
#[derive(Clone)]
pub(super) struct FormBody(pub Bytes);

/// Reads a form whole, if the request is one. What a sibling's page hands on is read whole here too: further in stands nothing
/// that waits for a client.
///
/// # Errors
/// [`AppError::NotAForm`] and [`AppError::NotJson`] for what is neither; [`AppError::TooLarge`], [`AppError::Timeout`] and
/// [`AppError::Malformed`] for a body that cannot be read.
pub(super) async fn read(site: &AppState, request: &mut Request) -> Result<(), AppError> {
    let path = request.uri().path();
    let is_for_siblings = path == partner_api::CONSENT;
    let is_form = form_route::page_of(path).is_some() || path.parse() == Ok(Page::Verify);
    if !(is_form || is_for_siblings) || request.method() != axum::http::Method::POST {
        return Ok(());
    }
    let largest = if is_form { LARGEST_FORM } else { partner_api::LARGEST };
    if is_form && !says(request.headers(), "application/x-www-form-urlencoded") {
        return Err(AppError::NotAForm);
    }
    // No form of any page can say so, and a script must be let first.
    if is_for_siblings && !says(request.headers(), "application/json") {
        return Err(AppError::NotJson);
    }
    let body = std::mem::take(request.body_mut());
    let body = limits::read_whole(body, largest, site.bounds.body_timeout).await?;
    if is_form {
        request.extensions_mut().insert(FormBody(body.clone()));
        // Leptos would send whoever accepts HTML back to the page they came from and lose the refusal on the way.
        request.headers_mut().remove(header::ACCEPT);
    }
    *request.body_mut() = Body::from(body);
    Ok(())
}

/// The same answer, or the refusal of a server function with its status.
pub(super) async fn answered(response: Response) -> Response {
    if response.headers().contains_key(&FAILED) { refused(response).await } else { response }
}

/// Whether the headers say that the body is of that kind.
fn says(headers: &HeaderMap, kind: &str) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or_default();
    said.split(';').next().is_some_and(|said| said.trim().eq_ignore_ascii_case(kind))
}

/// The refusal or rejection that a failed server function wrote as its body.
async fn refused(response: Response) -> Response {
    let body = to_bytes(response.into_body(), LARGEST_FORM * 8).await.unwrap_or_default();
    let refusal = || serde_json::from_slice::<AppError>(&body).unwrap_or(AppError::Inner);
    serde_json::from_slice::<FormError>(&body).unwrap_or_else(|_| refusal().into()).into_response()
}

/// Whoever sent the form that a server function answers.
#[derive(Clone)]
pub(crate) struct FormContext {
    /// The server.
    pub site: Arc<AppState>,
    /// Their cookies.
    pub jar: Jar,
    /// Who they are.
    pub visitor: Arc<RequestContext>,
}

impl FormContext {
    /// The member.
    ///
    /// # Errors
    /// [`AppError::SignedOut`] if nobody is signed in.
    pub fn member(&self) -> Result<Arc<Member>, AppError> {
        self.visitor.member.clone().ok_or(AppError::SignedOut)
    }

    /// The member, also one whose account is disabled.
    ///
    /// # Errors
    /// [`AppError::SignedOut`] if nobody is signed in.
    pub fn owner(&self) -> Result<Arc<Member>, AppError> {
        self.visitor.owner().cloned().ok_or(AppError::SignedOut)
    }

    /// What happens with this form, as it is kept.
    pub fn activity(&self, event: SecurityEventKind) -> SecurityEvent {
        SecurityEvent { event, at: self.site.now(), device: Some(self.visitor.device), count: 1 }
    }
}

/// Whoever sent the form that a server function answers.
///
/// # Errors
/// [`AppError::Unavailable`] if it may be a member who could not be looked up: what they ask for would be done for a guest.
/// [`AppError::Inner`] outside of a request.
pub(crate) fn sender() -> Result<FormContext, AppError> {
    let (site, jar) = use_context::<Arc<AppState>>().zip(use_context::<Jar>()).ok_or(AppError::Inner)?;
    let visitor = use_context::<Arc<RequestContext>>().unwrap_or_default();
    visitor.unrecognised.map_or(Ok(()), Err)?;
    Ok(FormContext { site, jar, visitor })
}

/// Answers a form with the page to look at next (RFC 9110, 15.4.4), what it says there, and which cookies are gone.
///
/// Only names that the page can check against the next request are handed on; the page says nothing of others.
///
/// # Errors
/// [`AppError::Inner`] if the address cannot be a header, which no page's can.
pub(crate) fn see_other(page: Page, done: &FormResult) -> Result<(), AppError> {
    // In the language of the page that the form was on: it is that of the address that the form was sent to.
    let visitor = use_context::<Arc<RequestContext>>().unwrap_or_default();
    let page = visitor.address(page);
    let mut address = format!("{page}?notice={}", done.notice.name());
    let names: Vec<_> = done.gone.iter().map(|name| encode(name)).collect();
    let gone: usize = names.iter().map(|name| name.len() + 1).sum();
    // Names too long for an address are left out: the list of cookies on the page shows what is there.
    if !names.is_empty() && gone < LONGEST_GONE {
        address = format!("{address}&gone={}", names.join(","));
    }
    if let Some(record) = done.receipt {
        let site = expect_context::<Arc<AppState>>();
        address = format!("{address}&receipt={}", encode(receipts::ticket(&site.seal, record).as_bytes()));
    }
    if visitor.was_signed_out && done.notice.is_of_a_choice() {
        address.push_str("&session=over");
    }
    redirect(&address)
}

/// Answers a form with a page in a language.
///
/// # Errors
/// [`AppError::Inner`] if the address cannot be a header, which no page's can.
pub(crate) fn lead_to(page: Page, locale: Locale) -> Result<(), AppError> {
    redirect(&locale_path::join(locale, &page.to_string()))
}

fn redirect(address: &str) -> Result<(), AppError> {
    let response = expect_context::<ResponseOptions>();
    response.set_status(StatusCode::SEE_OTHER);
    response.insert_header(header::LOCATION, HeaderValue::from_str(address).map_err(|_| AppError::Inner)?);
    Ok(())
}

/// Asks the browser to drop whatever scripts stored for this site (W3C Clear Site Data).
///
/// Nothing else: `"cookies"` reaches beyond this host, and the gate has removed the cookies that go;
/// `"cache"` stalls a browser with a large cache for seconds, and pages that show anything of a
/// member are `no-store` already.
pub(crate) fn clear_site_data() {
    let what = HeaderValue::from_static("\"storage\"");
    expect_context::<ResponseOptions>().insert_header(HeaderName::from_static("clear-site-data"), what);
}

/// Octets as a part of an address: everything but letters, digits, `-` and `_` as `%XX`.
pub(crate) fn encode(octets: &[u8]) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    percent_encode(octets, KEPT).to_string()
}
