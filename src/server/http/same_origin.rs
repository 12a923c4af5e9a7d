//! No other site can make a browser change anything here.
//!
//! Browsers say with every request where it comes from, and a page cannot make them lie: by `Sec-Fetch-Site` (W3C Fetch
//! Metadata) and by `Origin` (RFC 6454), which they have sent with every form post since 2020. Whatever changes something
//! must show at least one of the two, and neither may name another site.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, Method, header},
};

use crate::model::refusal::Refusal;

/// Passes whatever only reads, and whatever comes from this site.
///
/// # Errors
/// [`Refusal::Foreign`].
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads || is_same_origin(request.headers()) { Ok(()) } else { Err(Refusal::Foreign) }
}

/// Whether the request comes from a page of this host, as far as its headers tell.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site")).map(|site| site.as_bytes() == b"same-origin");
    let origin = headers.get(header::ORIGIN).map(|origin| {
        let host = headers.get(header::HOST).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
        let origin = origin.as_bytes();
        let origin_host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
        !host.is_empty() && origin_host == Some(host)
    });
    match (site, origin) {
        (None, None) => false,
        (site, origin) => site != Some(false) && origin != Some(false),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_requests_that_show_where_they_come_from_pass() {
        let own = "https://harmony.example";
        for (site, origin, passes) in [
            (None, None, false),
            (Some("same-origin"), None, true),
            (None, Some(own), true),
            (None, Some("http://harmony.example"), true),
            (Some("same-origin"), Some(own), true),
            (Some("cross-site"), None, false),
            (Some("same-site"), None, false),
            (Some("none"), None, false),
            (Some("cross-site"), Some(own), false),
            (Some("same-origin"), Some("https://evil.example"), false),
            (None, Some("null"), false),
            (None, Some(""), false),
            (None, Some("https://harmony.example.evil.example"), false),
            (None, Some("https://harmony.example:444"), false),
            (None, Some("https://evil.example/https://harmony.example"), false),
            (None, Some("ftp://harmony.example"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("harmony.example"));
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_same_origin(&headers), passes, "{site:?} {origin:?}");
        }
    }
}
