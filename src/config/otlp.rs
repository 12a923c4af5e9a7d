//! The setting `OTEL_EXPORTER_OTLP_ENDPOINT`.

use axum::http::Uri;

/// The OTLP collector that traces are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(String);

impl Collector {
    /// Parses an endpoint such as `http://127.0.0.1:4318`: scheme, host, port and an optional path.
    /// TLS is not supported.
    pub fn parse(endpoint: &str) -> Option<Self> {
        let uri: Uri = endpoint.parse().ok()?;
        let is_plain = uri.scheme_str() == Some("http") && uri.query().is_none() && !endpoint.contains('@');
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        (is_plain && has_host).then(|| Self(format!("{}/v1/traces", endpoint.trim_end_matches('/'))))
    }

    /// The URL that spans are posted to.
    pub fn url(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_an_address_without_tls_and_without_a_password() {
        for (address, endpoint) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("http://collector.example/otlp", "http://collector.example/otlp/v1/traces"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ] {
            assert_eq!(Collector::parse(address), Some(Collector(endpoint.into())), "{address}");
        }
        for address in ["", "127.0.0.1:4318", "https://127.0.0.1:4318", "http://", "/v1", "http://a:b@c", "http://a/?b"]
        {
            assert_eq!(Collector::parse(address), None, "{address}");
        }
    }
}
