//! No other site can make a browser change anything here.
//!
//! Browsers say with every request where it comes from, and a page cannot make them lie: by `Sec-Fetch-Site` (W3C Fetch
//! Metadata) and by `Origin` (RFC 6454), which they have sent with every form post since 2020. Whatever changes something
//! must show at least one of the two, and neither may name another site
//! ([why there are no tokens in forms](../../../docs/decisions/0012-csrf-check-without-tokens.md)). A browser that sends neither, as
//! Lynx and w3m do, can only read; its owner is told so, and not that another site had sent the form.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
};

use crate::domain::web::{error::AppError, host::Hosts};

/// Passes whatever only reads, and whatever comes from this site.
///
/// # Errors
/// [`AppError::Foreign`] for what comes from elsewhere, and [`AppError::NoOrigin`] for what does not say where it comes from.
pub(crate) fn check(hosts: &Hosts, request: &Request) -> Result<(), AppError> {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads { Ok(()) } else { is_same_origin(hosts, request.headers()) }
}

/// Whether the request comes from a page of the host that it names, as far as its headers tell. What is said twice must be true
/// twice.
fn is_same_origin(hosts: &Hosts, headers: &HeaderMap) -> Result<(), AppError> {
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    let sites = headers.get_all(HeaderName::from_static("sec-fetch-site"));
    let origins = headers.get_all(header::ORIGIN);
    if sites.iter().next().is_none() && origins.iter().next().is_none() {
        return Err(AppError::NoOrigin);
    }
    let is_own = sites.iter().all(|site| site.as_bytes() == b"same-origin")
        && origins.iter().all(|origin| hosts.is_own(origin.as_bytes(), host));
    if is_own { Ok(()) } else { Err(AppError::Foreign) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::web::origin::Origin;

    #[test]
    fn only_requests_that_show_where_they_come_from_pass() {
        let own = "https://harmony.example";
        let hosts = own.parse::<Origin>().map(|origin| Hosts::from_origin(&origin)).unwrap_or_default();
        let nowhere: (&[&str], &[&str]) = (&[], &[]);
        for (sites, origins, passes) in [
            (nowhere.0, nowhere.1, false),
            (&["same-origin"], &[], true),
            (&[], &[own], true),
            // Whoever reads and alters plain http on its way is another site (RFC 6454, 8.3).
            (&[], &["http://harmony.example"], false),
            (&["same-origin"], &["http://harmony.example"], false),
            (&["same-origin"], &[own], true),
            (&["cross-site"], &[], false),
            (&["same-site"], &[], false),
            (&["none"], &[], false),
            (&["Same-Origin"], &[], false),
            (&["cross-site"], &[own], false),
            (&["same-origin", "cross-site"], &[], false),
            (&["same-origin"], &["https://evil.example"], false),
            (&[], &[own, "https://evil.example"], false),
            (&[], &["null"], false),
            (&[], &[""], false),
            (&[], &["https://harmony.example.evil.example"], false),
            (&[], &["https://harmony.example:444"], false),
            (&[], &["https://harmony.example:443"], false),
            (&[], &["https://evil.example/https://harmony.example"], false),
            (&[], &["ftp://harmony.example"], false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("harmony.example"));
            for site in sites {
                headers.append("sec-fetch-site", HeaderValue::from_static(site));
            }
            for origin in origins {
                headers.append(header::ORIGIN, HeaderValue::from_static(origin));
            }
            let refusal = if (sites, origins) == nowhere { AppError::NoOrigin } else { AppError::Foreign };
            let expected = if passes { Ok(()) } else { Err(refusal) };
            assert_eq!(is_same_origin(&hosts, &headers), expected, "{sites:?} {origins:?}");
        }
    }
}
