//! Nothing too long or too large comes in, and nothing that takes for ever.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, Method, header},
};
use hyper::body::Body as _;

use crate::domain::web::{error::AppError, form_route::DELETE_ALL};

/// How much one client, and all of them together, may cost. The settings say what each is unless it is set.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// How many connections there may be at once.
    pub connections: usize,
    /// How many requests may be worked on at once, beside what is answered from memory.
    pub requests: usize,
    /// The longest address, in bytes.
    pub max_url_bytes: usize,
    /// The most that all headers together may hold, in bytes. Browsers of people with many cookies send about 10,000.
    pub max_header_bytes: usize,
    /// The most headers.
    pub max_headers: usize,
    /// How long headers may take to arrive, and a connection to send any.
    pub header_read_timeout: Duration,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// How long a client may take nothing of its answer.
    pub write_timeout: Duration,
    /// How long what has begun may go on when the server is told to stop.
    pub shutdown_timeout: Duration,
}

/// Passes addresses and headers within the limits. Bodies are measured where they are read.
///
/// Any service of the domain may have set cookies that are beyond them. Who asks to delete all cookies may have too many of
/// them, and what needs none, such as a style sheet, goes on without.
///
/// # Errors
/// [`AppError::AddressTooLong`] and [`AppError::HeadersTooLarge`].
pub(crate) fn check(
    bounds: &HttpLimits,
    request: &mut Request,
    needs_cookies: impl FnOnce(&Request) -> bool,
) -> Result<(), AppError> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > bounds.max_url_bytes) {
        return Err(AppError::AddressTooLong);
    }
    let mut size = head_bytes(request);
    if size > bounds.max_header_bytes {
        if request.uri().path() == DELETE_ALL && *request.method() == Method::POST {
            let cookies: usize = request.headers().get_all(header::COOKIE).iter().map(HeaderValue::len).sum();
            size -= cookies;
        } else if !needs_cookies(request) {
            request.headers_mut().remove(header::COOKIE);
            size = head_bytes(request);
        }
    }
    let is_too_much = size > bounds.max_header_bytes || request.headers().len() > bounds.max_headers;
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
pub(crate) async fn read_whole(body: Body, largest: usize, time: Duration) -> Result<Bytes, AppError> {
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
