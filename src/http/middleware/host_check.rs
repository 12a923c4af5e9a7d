//! Rejects a request that does not name a host of this site.
//!
//! The CSRF check compares the origin of a form with this host, so the host must be one that the
//! operator listed. A foreign name that resolves to this server (DNS rebinding) reaches nothing.

use axum::{extract::Request, http::header};

use crate::{
    domain::web::{error::AppError, host::Hosts, path},
    http::request::single,
};

/// Checks the host. Health checks pass: load balancers request them by IP address.
///
/// # Errors
/// [`AppError::Malformed`] if the request names no host, more than one, or another one in its
/// target (RFC 9112, 3.2); [`AppError::Misdirected`] if the host is not listed (RFC 9110, 15.5.20).
pub(super) fn check(hosts: &Hosts, request: &Request) -> Result<(), AppError> {
    if path::is_health_check(request.uri().path()) {
        return Ok(());
    }
    let host = single(request.headers(), &header::HOST).ok_or(AppError::Malformed)?.as_bytes();
    let target = request.uri().authority();
    if target.is_some_and(|target| !target.as_str().as_bytes().eq_ignore_ascii_case(host)) {
        return Err(AppError::Malformed);
    }
    if hosts.contains(host) { Ok(()) } else { Err(AppError::Misdirected) }
}
