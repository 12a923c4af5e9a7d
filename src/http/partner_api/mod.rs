//! The API for partner services: what a visitor chose, and answers that a visitor gives there.
//!
//! [`find`] checks the origin of each request to [`PARTNER_CONSENT`] and [`PARTNER_FINDINGS`], and
//! of the measurements that partner services send, in place of the CSRF check.
//! [`add_cors_headers`] lets that origin alone read the response (WHATWG Fetch, CORS). [`keys`] is
//! for any client.
//!
//! Services on other domains get a decision by a one-use code: [`connect`] is what the visitor's
//! browser requests for it, and [`exchange`] what the service's server does.

pub(crate) mod connect;
pub(crate) mod consent;
mod consent_response;
pub(crate) mod exchange;
pub(crate) mod findings;
pub(crate) mod keys;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::AppState,
    domain::{
        partners,
        web::{
            error::AppError,
            host::Hosts,
            origin::Origin,
            path::{MEASUREMENTS, PARTNER_CONSENT, PARTNER_FINDINGS},
        },
    },
    http::request::single,
};

/// A request from the page of a listed service.
#[derive(Clone, Debug)]
pub(crate) struct PartnerService {
    pub origin: Origin,
    /// Whether the browser stores our cookies there. From a cross-site page it does not: they are
    /// `SameSite=Lax`.
    pub can_be_kept: bool,
}

/// The service, or why its page may not use the API.
pub(crate) type PartnerCheck = Result<PartnerService, AppError>;

/// Checks a request to the API, or a measurement from the page of another origin.
pub(crate) fn find(site: &AppState, hosts: &Hosts, request: &Request) -> Option<PartnerCheck> {
    let (path, headers) = (request.uri().path(), request.headers());
    let is_measurement =
        || path == MEASUREMENTS && *request.method() == Method::POST && is_from_elsewhere(hosts, headers);
    let is_partner = [PARTNER_CONSENT, PARTNER_FINDINGS].contains(&path) || is_measurement();
    is_partner.then(|| listed_service(site, headers).ok_or(AppError::Unlisted))
}

/// Whether the request names an origin that is not this site's.
fn is_from_elsewhere(hosts: &Hosts, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    headers.get_all(header::ORIGIN).iter().any(|origin| !hosts.is_own(origin.as_bytes(), host))
}

/// The service whose origin the request names, once and byte for byte.
fn listed_service(site: &AppState, headers: &HeaderMap) -> Option<PartnerService> {
    let origin = single(headers, &header::ORIGIN)?;
    let in_force = site.current_version();
    let origin = partners::admitted(&in_force.content.services, in_force.version, origin.as_bytes())?.clone();
    // The browser sets this header, and a page cannot change it (W3C Fetch Metadata).
    let from = headers.get(HeaderName::from_static("sec-fetch-site")).map(HeaderValue::as_bytes);
    Some(PartnerService { origin, can_be_kept: from != Some(b"cross-site") })
}

/// Answers a CORS preflight.
pub(crate) async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// Lets the page of a listed origin read the response. `Vary` keeps caches from mixing origins up.
pub(crate) fn add_cors_headers(found: Option<&PartnerCheck>, response: &mut Response) {
    let Some(found) = found else { return };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let request_headers = "cookie, accept-language, sec-gpc, dnt, sec-fetch-site";
    headers.append(header::VARY, HeaderValue::from_static(request_headers));
    if let Ok(partner) = found
        && let Ok(origin) = HeaderValue::from_str(partner.origin.as_str())
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
}
