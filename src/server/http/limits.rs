//! Nothing too long or too large comes in.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::model::refusal::Refusal;

/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 2_048;

/// The most that all headers together may hold, in bytes. Browsers of people with many cookies send about 10,000.
const LARGEST_HEADERS: usize = 32_768;

/// Refuses addresses and headers beyond the limits. Bodies are measured where they are read.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > LONGEST_ADDRESS) {
        return Refusal::AddressTooLong.into_response();
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > LARGEST_HEADERS {
        return Refusal::HeadersTooLarge.into_response();
    }
    next.run(request).await
}
