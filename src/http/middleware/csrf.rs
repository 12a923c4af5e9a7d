//! Prevents cross-site request forgery.
//!
//! Browsers name the source of each request in `Sec-Fetch-Site` (W3C Fetch Metadata) and `Origin`
//! (RFC 6454), and pages cannot change these headers. Browsers have sent `Origin` with every form
//! post since 2020. A request that changes something needs at least one of the two, and neither may
//! name another site
//! ([why there are no tokens in forms](../../../docs/decisions/0012-csrf-check-without-tokens.md)).
//!
//! Lynx and w3m send neither, so they can only read. Their users get an error of their own, which
//! does not blame another site.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
};

use crate::domain::web::{error::AppError, host::Hosts, path};

/// Accepts a safe method, any request from a page of this site, and what partner services on other
/// domains, mail providers and identity providers send.
///
/// # Errors
/// - [`AppError::Foreign`] if the request comes from another site.
/// - [`AppError::NoOrigin`] if the request names no source.
pub(crate) fn check(hosts: &Hosts, request: &Request) -> Result<(), AppError> {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // The first only shows a page, and checks its origin itself. The others read no cookie: a
    // server sends them, with a code, with the token of a message, or with a signed token.
    let is_safe = is_safe
        || matches!(request.uri().path(), path::CONNECT_ANSWER | path::PARTNER_CONNECT | path::UNSUBSCRIBE)
        || request.uri().path().starts_with(path::PROVIDER_LOGOUT);
    if is_safe { Ok(()) } else { check_headers(hosts, request.headers()) }
}

/// Checks that each `Sec-Fetch-Site` and each `Origin` names this site.
fn check_headers(hosts: &Hosts, headers: &HeaderMap) -> Result<(), AppError> {
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
            // A network attacker can write pages of plain http, so it is another site (RFC 6454,
            // 8.3).
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
            let error = if (sites, origins) == nowhere { AppError::NoOrigin } else { AppError::Foreign };
            let expected = if passes { Ok(()) } else { Err(error) };
            assert_eq!(check_headers(&hosts, &headers), expected, "{sites:?} {origins:?}");
        }
    }
}
