//! The headers that every answer carries.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use hyper::body::Body as _;

use crate::domain::web::csp;

/// What no page of a policy ever asks a browser for (W3C Permissions Policy). Every name is one that browsers know: of others they
/// complain in their console.
const NO_FEATURES: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), \
                           clipboard-write=(), compute-pressure=(), display-capture=(), encrypted-media=(), \
                           fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
                           identity-credentials-get=(), idle-detection=(), keyboard-map=(), local-fonts=(), \
                           magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), \
                           picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), \
                           screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), \
                           xr-spatial-tracking=()";

/// Set where an inner layer set nothing else.
const ALWAYS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(csp::WITHOUT_SCRIPTS)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(NO_FEATURES)),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds them, and what browsers are told of https.
pub(crate) fn add(https: Option<HeaderValue>, response: &mut Response) {
    let headers = response.headers_mut();
    headers.reserve(ALWAYS.len() + 1);
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    if let Some(https) = https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, https);
    }
}

/// Takes the body off an answer, and says how long it would have been (RFC 9110, 9.3.2).
pub(crate) fn strip_body(response: &mut Response) {
    let length = std::mem::take(response.body_mut()).size_hint().exact();
    if let Some(length) =
        length.filter(|length| *length > 0 && !response.headers().contains_key(header::CONTENT_LENGTH))
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
}

/// Whether an answer is text, which compression shortens.
pub(crate) fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"text/html") || kind.starts_with(b"application/json")
}
