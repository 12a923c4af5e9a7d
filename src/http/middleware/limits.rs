//! Nothing too long or too large comes in, and nothing that takes for ever.

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

/// Passes addresses and headers within the limits. Bodies are measured where they are read.
///
/// Any service of the domain may have set cookies that are beyond them. Who asks to delete all cookies may have too many of
/// them, and what needs none, such as a style sheet, goes on without.
///
/// # Errors
/// [`AppError::AddressTooLong`] and [`AppError::HeadersTooLarge`].
pub(in crate::http) fn check(
    limits: &HttpLimits,
    request: &mut Request,
    needs_cookies: impl FnOnce(&Request) -> bool,
) -> Result<(), AppError> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > limits.max_url_bytes) {
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
    let is_too_much = size > limits.max_header_bytes || request.headers().len() > limits.max_headers;
    if is_too_much { Err(AppError::HeadersTooLarge) } else { Ok(()) }
}

fn head_bytes(request: &Request) -> usize {
    request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// A body whole, of at most so many bytes, within that time.
///
/// # Errors
/// [`AppError::TooLarge`], before it is read where it says how long it is; [`AppError::Timeout`]; and [`AppError::Malformed`] for one
/// that breaks off.
pub(in crate::http) async fn read_body(body: Body, largest: usize, time: Duration) -> Result<Bytes, AppError> {
    if u64::try_from(largest).is_ok_and(|largest| body.size_hint().lower() > largest) {
        return Err(AppError::TooLarge);
    }
    tokio::time::timeout(time, collect(body, largest)).await.map_err(|_| AppError::Timeout)?
}

async fn collect(mut body: Body, largest: usize) -> Result<Bytes, AppError> {
    let mut whole = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| AppError::Malformed)?.into_data() else { continue };
        if whole.len() + data.len() > largest {
            return Err(AppError::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.into())
}
