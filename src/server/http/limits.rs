//! Nothing too long or too large comes in, and nothing that takes for ever.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, Method, header},
};
use hyper::body::Body as _;

use crate::model::refusal::Refusal;

/// Where every cookie is deleted.
const DELETE_ALL: &str = "/api/cookies/delete_all";

/// How much one client, and all of them together, may cost. The settings say what each is unless it is set.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many connections there may be at once.
    pub connections: usize,
    /// How many requests may be worked on at once, beside what is answered from memory.
    pub requests: usize,
    /// The longest address, in bytes.
    pub url_bytes: usize,
    /// The most that all headers together may hold, in bytes. Browsers of people with many cookies send about 10,000.
    pub header_bytes: usize,
    /// The most headers.
    pub header_count: usize,
    /// How long headers may take to arrive, and a connection to send any.
    pub header_time: Duration,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long a request may take in all.
    pub request_time: Duration,
    /// How long a client may take nothing of its answer.
    pub answer_time: Duration,
    /// How long what has begun may go on when the server is told to stop.
    pub stop_time: Duration,
}

/// Takes the cookies off a request that needs none, if they are more than the limit: any service of the domain may have set
/// them, and a style sheet is the same with and without.
pub(super) fn take_off_cookies(bounds: &Bounds, request: &mut Request, needs_none: impl FnOnce(&Request) -> bool) {
    if head_bytes(request) > bounds.header_bytes && needs_none(request) {
        request.headers_mut().remove(header::COOKIE);
    }
}

fn head_bytes(request: &Request) -> usize {
    request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Passes addresses and headers within the limits. Bodies are measured where they are read. Who asks to delete all cookies may
/// have too many of them.
///
/// # Errors
/// [`Refusal::AddressTooLong`] and [`Refusal::HeadersTooLarge`].
pub(super) fn check(bounds: &Bounds, request: &Request) -> Result<(), Refusal> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > bounds.url_bytes) {
        return Err(Refusal::AddressTooLong);
    }
    let deletes_them = request.uri().path() == DELETE_ALL && *request.method() == Method::POST;
    let cookies = || request.headers().get_all(header::COOKIE).iter().map(HeaderValue::len).sum::<usize>();
    let counted = head_bytes(request).saturating_sub(if deletes_them { cookies() } else { 0 });
    let is_too_much = counted > bounds.header_bytes || request.headers().len() > bounds.header_count;
    if is_too_much { Err(Refusal::HeadersTooLarge) } else { Ok(()) }
}

/// A body whole, of at most so many bytes, within that time.
///
/// # Errors
/// [`Refusal::TooLarge`], before it is read where it says how long it is; [`Refusal::Timeout`]; and [`Refusal::Malformed`] for one
/// that breaks off.
pub(super) async fn read_whole(body: Body, largest: usize, time: Duration) -> Result<Bytes, Refusal> {
    if u64::try_from(largest).is_ok_and(|largest| body.size_hint().lower() > largest) {
        return Err(Refusal::TooLarge);
    }
    tokio::time::timeout(time, collect(body, largest)).await.map_err(|_| Refusal::Timeout)?
}

async fn collect(mut body: Body, largest: usize) -> Result<Bytes, Refusal> {
    let mut whole = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Refusal::Malformed)?.into_data() else { continue };
        if whole.len() + data.len() > largest {
            return Err(Refusal::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.into())
}
