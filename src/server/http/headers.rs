//! The headers that every answer carries.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};

/// The content security policy of a page without scripts: nothing loads but our own style and images.
const NO_SCRIPTS: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                          frame-ancestors 'none'; base-uri 'none'";

/// Set where an inner layer set nothing else.
const ALWAYS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_SCRIPTS)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("browsing-topics=(), interest-cohort=()")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds them.
pub(super) fn add(response: &mut Response) {
    let headers = response.headers_mut();
    headers.reserve(ALWAYS.len());
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
}

/// The content security policy of a page whose inline scripts bear this nonce and load our WebAssembly.
///
/// `reload` is the address of the watching build tool's socket, while there is one.
pub(crate) fn with_scripts(nonce: &str, reload: Option<&str>) -> String {
    let reload = reload.map(|address| format!(" {address}")).unwrap_or_default();
    format!("{NO_SCRIPTS}; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; connect-src 'self'{reload}")
}

/// Whether an answer is text, which compression shortens.
pub(super) fn say_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"text/html") || kind.starts_with(b"application/json")
}
