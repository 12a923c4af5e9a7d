//! The door for sibling services: what their pages may ask, and who may.
//!
//! Every request comes by here ([`find`]), since the check of where a form comes from ([`crate::http::middleware::csrf`]) lets these
//! through and nothing else. [`admit`] tells browsers whom to hand the answer to (WHATWG Fetch, CORS): the very origin that
//! asked, if it is listed, and else nobody. [`consent`] is what they ask, [`keys`] and [`script`] are for everybody.

mod consent;
mod consent_response;
pub(crate) mod embed;
mod keys;
mod script;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::options,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::AppState,
    domain::{
        partners,
        web::{error::AppError, origin::Origin},
    },
};

/// The one address that listed origins may use.
pub(super) const CONSENT: &str = "/api/v1/consent";

/// The largest body that is posted there, in bytes: an answer takes about sixty.
pub(super) const LARGEST: usize = 1_024;

/// The page of a listed service that asks.
#[derive(Clone, Debug)]
pub(super) struct PartnerService {
    /// Its origin.
    pub origin: Origin,
    /// Whether the browser may keep a cookie that is set there: from another site it keeps none of ours, which are
    /// `SameSite=Lax`, and sends none.
    pub can_be_kept: bool,
}

/// Who asks at the address for siblings, or that whoever asks may not.
pub(super) type Found = Result<PartnerService, AppError>;

/// The script for their pages.
pub(super) fn routes() -> Router {
    script::routes()
}

/// What their pages and servers ask.
pub(super) fn described() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(consent::show, consent::decide))
        .routes(routes!(keys::show))
        .route(CONSENT, options(preflight))
}

/// Whether what stands at that path is for programs alone, refusals too.
pub(super) fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/v1/")
}

/// Who asks, if it is at the address for siblings.
pub(super) fn find(site: &AppState, request: &Request) -> Option<Found> {
    (request.uri().path() == CONSENT).then(|| recognise(site, request.headers()).ok_or(AppError::Unlisted))
}

/// The listed origin that a request names, once and letter for letter.
fn recognise(site: &AppState, headers: &HeaderMap) -> Option<PartnerService> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return None };
    let in_force = site.current_version();
    let origin = partners::admitted(&in_force.content.services, in_force.version, origin.as_bytes())?.clone();
    // A browser says so itself, and a page cannot make it lie (W3C Fetch Metadata).
    let from = headers.get(HeaderName::from_static("sec-fetch-site")).map(HeaderValue::as_bytes);
    Some(PartnerService { origin, can_be_kept: from != Some(b"cross-site") })
}

/// Answers a browser that asks before it asks: which methods and headers there are.
async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// Lets the page that asked read the answer, if its origin is listed; nobody else may, and no cache may mix them up.
pub(super) fn admit(found: Option<&Found>, response: &mut Response) {
    let Some(found) = found else { return };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let told = "cookie, accept-language, sec-gpc, dnt, sec-fetch-site";
    headers.append(header::VARY, HeaderValue::from_static(told));
    if let Ok(sibling) = found
        && let Ok(origin) = HeaderValue::from_str(sibling.origin.as_str())
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
}
