//! The headers that every response has.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use hyper::body::Body as _;

use crate::domain::web::csp;

/// Disables the features that no page needs, and passkeys in frames of others (W3C Permissions
/// Policy). The list has only names that browsers know, because they log a warning for others.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), \
                           clipboard-write=(), compute-pressure=(), display-capture=(), encrypted-media=(), \
                           fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
                           identity-credentials-get=(), idle-detection=(), keyboard-map=(), local-fonts=(), \
                           magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), \
                           picture-in-picture=(), publickey-credentials-create=(self), publickey-credentials-get=(self), \
                           screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), \
                           xr-spatial-tracking=()";

/// The headers and their defaults, which a handler may override.
const DEFAULTS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(csp::WITHOUT_SCRIPTS)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // `no-referrer` would make browsers send `Origin: null` with the site's own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS_POLICY)),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the defaults and `Strict-Transport-Security`, unless the headers have them: those of a page
/// from memory do.
pub(crate) fn add(hsts: Option<HeaderValue>, headers: &mut HeaderMap) {
    if headers.contains_key(header::X_CONTENT_TYPE_OPTIONS) {
        return;
    }
    headers.reserve(DEFAULTS.len() + 1);
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(value);
    }
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
}

/// Removes the body of a response to HEAD, and keeps its `Content-Length` (RFC 9110, 9.3.2).
pub(crate) fn strip_body(response: &mut Response) {
    let length = std::mem::take(response.body_mut()).size_hint().exact();
    if let Some(length) =
        length.filter(|length| *length > 0 && !response.headers().contains_key(header::CONTENT_LENGTH))
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
}

/// Whether compression shortens the body: HTML and JSON.
pub(crate) fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    content_type.starts_with(b"text/html") || content_type.starts_with(b"application/json")
}
