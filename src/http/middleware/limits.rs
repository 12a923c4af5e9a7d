//! Limits of a request's URL, headers and body.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, Method, header},
};
use hyper::body::Body as _;

use crate::{
    config::http_limits::HttpLimits,
    domain::web::{error::AppError, form_route::DELETE_ALL},
};

/// Checks the URL and the headers. [`read_body`] checks the body.
///
/// Any service of the domain may have set too many cookies. So a request to delete all cookies may
/// exceed the limit, and a request that needs no cookies, such as for a style sheet, loses them.
///
/// # Errors
/// - [`AppError::AddressTooLong`] if the URL is too long.
/// - [`AppError::HeadersTooLarge`] if the headers are too many or too large.
pub(in crate::http) fn check(
    limits: &HttpLimits,
    request: &mut Request,
    needs_cookies: impl FnOnce(&Request) -> bool,
) -> Result<(), AppError> {
    if request.uri().path_and_query().is_some_and(|path| path.as_str().len() > limits.max_url_bytes) {
        return Err(AppError::AddressTooLong);
    }
    let mut size = head_bytes(request);
    if size > limits.max_header_bytes {
        if request.uri().path() == DELETE_ALL && *request.method() == Method::POST {
            let cookies: usize = request.headers().get_all(header::COOKIE).iter().map(HeaderValue::len).sum();
            size -= cookies;
        } else if !needs_cookies(request) {
            request.headers_mut().remove(header::COOKIE);
            size = head_bytes(request);
        }
    }
    let exceeds = size > limits.max_header_bytes || request.headers().len() > limits.max_headers;
    if exceeds { Err(AppError::HeadersTooLarge) } else { Ok(()) }
}

fn head_bytes(request: &Request) -> usize {
    request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Reads the whole body.
///
/// # Errors
/// - [`AppError::TooLarge`] if the body is larger than `max_bytes`. The server reads nothing if the
///   declared length is too large.
/// - [`AppError::Timeout`] if the body takes longer than `timeout`.
/// - [`AppError::Malformed`] if the body is incomplete.
pub(in crate::http) async fn read_body(body: Body, max_bytes: usize, timeout: Duration) -> Result<Bytes, AppError> {
    if u64::try_from(max_bytes).is_ok_and(|max_bytes| body.size_hint().lower() > max_bytes) {
        return Err(AppError::TooLarge);
    }
    tokio::time::timeout(timeout, collect(body, max_bytes)).await.map_err(|_| AppError::Timeout)?
}

async fn collect(mut body: Body, max_bytes: usize) -> Result<Bytes, AppError> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| AppError::Malformed)?.into_data() else { continue };
        if bytes.len() + data.len() > max_bytes {
            return Err(AppError::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}
