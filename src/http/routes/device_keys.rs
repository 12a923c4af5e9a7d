//! The routes of Device Bound Session Credentials. Browsers post to them by themselves.
//!
//! A browser ends the binding at any answer but 200, a challenge and a 5xx, so neither route has a
//! rate limit or a redirect.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{
        AppState,
        accounts::{device_keys, device_keys::Refresh},
        cookie_jar::{Jar, build},
    },
    domain::{
        cookies::declaration::FirstPartyCookie,
        web::{error::AppError, path},
    },
    http::{error_response::PlainBody, request::text},
};

/// The header with a signed challenge.
const RESPONSE: HeaderName = HeaderName::from_static("secure-session-response");

/// The header that names a session.
const SESSION_ID: HeaderName = HeaderName::from_static("sec-secure-session-id");

/// The header with a challenge.
const CHALLENGE: HeaderName = HeaderName::from_static("secure-session-challenge");

/// What the browser is to do with its key.
#[derive(Serialize, ToSchema)]
pub(crate) struct Instructions {
    session_identifier: String,
    refresh_url: &'static str,
    scope: Scope,
    credentials: [Credential; 1],
    /// The sites whose links wait for the cookie: without `*`, a user who follows a link of another
    /// site would not be signed in on that page.
    allowed_refresh_initiators: [&'static str; 1],
}

#[derive(Serialize, ToSchema)]
struct Scope {
    include_site: bool,
}

/// The cookie that the key is for.
#[derive(Serialize, ToSchema)]
struct Credential {
    r#type: &'static str,
    name: String,
    attributes: String,
}

/// Binds a session to a key of the device.
///
/// For browsers with Device Bound Session Credentials, after a sign-in.
#[utoipa::path(
    post,
    path = "/device-key/start",
    operation_id = "bindSession",
    tag = "person",
    params(("secure-session-response" = String, Header, description = "The challenge of the sign-in, signed.")),
    responses(
        (status = 200, description = "The session is bound.", body = Instructions),
        (status = 400, description = "The token is not right, or the session is bound.", body = String, content_type = "text/plain"),
        (status = 404, description = "The site binds no sessions.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn start(
    State(site): State<Arc<AppState>>,
    Extension(jar): Extension<Jar>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let binding = device_keys::register(&site, &jar, unquoted(&headers, &RESPONSE)).await?;
    instructions(&jar, binding.key)
}

/// Sets the next cookie of a key.
///
/// For browsers with Device Bound Session Credentials, while the session lasts.
#[utoipa::path(
    post,
    path = "/device-key/refresh",
    operation_id = "refreshBoundSession",
    tag = "person",
    params(
        ("sec-secure-session-id" = String, Header, description = "The identifier of the session."),
        ("secure-session-response" = Option<String>, Header, description = "A challenge, signed."),
    ),
    responses(
        (status = 200, description = "The cookie is set.", body = Instructions),
        (status = 403, description = "The challenge to sign.", headers(("secure-session-challenge" = String))),
        (status = 404, description = "No session is bound to the key.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn refresh(
    State(site): State<Arc<AppState>>,
    Extension(jar): Extension<Jar>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let key = unquoted(&headers, &SESSION_ID).to_owned();
    let token = headers.contains_key(&RESPONSE).then(|| unquoted(&headers, &RESPONSE));
    match device_keys::refresh(&site, &jar, key.clone(), token).await? {
        Refresh::Done(binding) => instructions(&jar, binding.key),
        Refresh::Challenge(challenge) => {
            let challenge = format!("\"{challenge}\";id=\"{key}\"");
            Ok((StatusCode::FORBIDDEN, Extension(PlainBody), [(CHALLENGE, challenge)]).into_response())
        }
    }
}

fn instructions(jar: &Jar, key: String) -> Result<Response, AppError> {
    let declaration = jar.inventory().first_party(FirstPartyCookie::Bound).ok_or(AppError::NotFound)?;
    let mut cookie = build(declaration, String::new());
    cookie.set_max_age(None);
    let cookie = cookie.to_string();
    let attributes = cookie.split_once("; ").map(|(_, attributes)| attributes.to_owned()).unwrap_or_default();
    let instructions = Instructions {
        session_identifier: key,
        refresh_url: path::DEVICE_KEY_REFRESH,
        scope: Scope { include_site: false },
        credentials: [Credential { r#type: "cookie", name: declaration.name.clone(), attributes }],
        allowed_refresh_initiators: ["*"],
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(instructions)).into_response())
}

/// The text of a header, without the quotation marks of a string (RFC 9651, 3.3.3).
fn unquoted<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    text(headers, name).trim_matches('"')
}
