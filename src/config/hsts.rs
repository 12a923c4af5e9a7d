//! The setting `HARMONY_HSTS`.

use axum::http::HeaderValue;

/// The hosts that browsers are told to reach by https only (RFC 6797).
///
/// The header never asks for preloading: that is a decision of the domain's owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hsts {
    /// None. A proxy in front may send the header.
    Off,
    /// The host of the site. The hosts below it may belong to others.
    #[default]
    Host,
    /// The host and all hosts below it.
    Subdomains,
}

impl Hsts {
    /// The value of `Strict-Transport-Security` for a site with that origin, for two years.
    pub fn header(self, origin: &str) -> Option<HeaderValue> {
        let value = match self {
            Self::Off => return None,
            Self::Host => "max-age=63072000",
            Self::Subdomains => "max-age=63072000; includeSubDomains",
        };
        origin.starts_with("https://").then(|| HeaderValue::from_static(value))
    }
}
