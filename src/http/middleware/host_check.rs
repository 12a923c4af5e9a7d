//! A request names a host, and it is one of this site's. What is wrong with it is refused before anything is done.
//!
//! Whatever is compared with the host, such as where a form comes from, is compared with a name that the operator gave. Whoever leads
//! a name of their own to this server's address (DNS rebinding) gets nothing from it.

use axum::{extract::Request, http::header};

use crate::{app::AppState, domain::web::error::AppError, http::routes::health};

/// Passes what names a host of the site, once, and what only asks how the server is: balancers ask that by its bare address.
///
/// # Errors
/// [`AppError::Malformed`] if no host is named, more than one is, or the address of the request says another (RFC 9112, 3.2);
/// [`AppError::Misdirected`] if it is none of the site's (RFC 9110, 15.5.20).
pub(crate) fn check(site: &AppState, request: &Request) -> Result<(), AppError> {
    if health::stands_at(request.uri().path()) {
        return Ok(());
    }
    let mut named = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return Err(AppError::Malformed) };
    let host = host.as_bytes();
    let target = request.uri().authority();
    if target.is_some_and(|target| !target.as_str().as_bytes().eq_ignore_ascii_case(host)) {
        return Err(AppError::Malformed);
    }
    if site.hosts.contains(host) { Ok(()) } else { Err(AppError::Misdirected) }
}
