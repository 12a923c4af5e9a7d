//! The headers that every answer carries.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use hyper::body::Body as _;
use serde::Deserialize;

/// What every content security policy begins with: nothing loads but our own style and images.
macro_rules! nothing_but_our_own {
    () => {
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    };
}

/// The content security policy of an answer without scripts. If one ran all the same, it could write no markup either (W3C Trusted
/// Types). What looks at a page from within, as Lighthouse does, may fetch `robots.txt`.
const NO_SCRIPTS: &str =
    concat!(nothing_but_our_own!(), "; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'");

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
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_SCRIPTS)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(NO_FEATURES)),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// For which hosts browsers are told to keep to https (RFC 6797). None is put on the lists that browsers are shipped with: that is for
/// the owner of the domain to decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hsts {
    /// For none: what stands in front tells them, or nobody does.
    Off,
    /// For the host of the site. The hosts below it may be of others.
    #[default]
    Host,
    /// For the hosts below it too.
    Subdomains,
}

impl Hsts {
    /// What a site that is reached under that origin tells browsers, if it tells them anything: for two years.
    pub fn header(self, origin: &str) -> Option<HeaderValue> {
        let value = match self {
            Self::Off => return None,
            Self::Host => "max-age=63072000",
            Self::Subdomains => "max-age=63072000; includeSubDomains",
        };
        origin.starts_with("https://").then(|| HeaderValue::from_static(value))
    }
}

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
pub(crate) fn no_transform(response: &mut Response) {
    let length = std::mem::take(response.body_mut()).size_hint().exact();
    if let Some(length) =
        length.filter(|length| *length > 0 && !response.headers().contains_key(header::CONTENT_LENGTH))
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
}

/// The content security policy of a page whose inline scripts bear this nonce and load our WebAssembly.
///
/// `reload` is the address of the watching build tool's socket, while there is one. Trusted Types are not required here: the island
/// puts the page that answers a form in place, which it reads as markup.
pub(crate) fn with_scripts(nonce: &str, reload: Option<&str>) -> String {
    let nothing_else = nothing_but_our_own!();
    let reload = reload.map(|address| format!(" {address}")).unwrap_or_default();
    format!("{nothing_else}; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; connect-src 'self'{reload}")
}

/// Whether an answer is text, which compression shortens.
pub(crate) fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"text/html") || kind.starts_with(b"application/json")
}
