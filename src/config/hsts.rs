//! The setting `HARMONY_HSTS`.

use axum::http::HeaderValue;
use serde::Deserialize;

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
