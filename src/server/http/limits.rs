//! Nothing too long or too large comes in.

use axum::extract::Request;

use crate::model::refusal::Refusal;

/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 2_048;

/// The most that all headers together may hold, in bytes. Browsers of people with many cookies send about 10,000.
const LARGEST_HEADERS: usize = 32_768;

/// Passes addresses and headers within the limits. Bodies are measured where they are read.
///
/// # Errors
/// [`Refusal::AddressTooLong`] and [`Refusal::HeadersTooLarge`].
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > LONGEST_ADDRESS) {
        return Err(Refusal::AddressTooLong);
    }
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > LARGEST_HEADERS { Err(Refusal::HeadersTooLarge) } else { Ok(()) }
}
