//! Percent-encoding of values in a query (RFC 3986, 2.1).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Encodes everything but letters, digits, `-` and `_`.
pub(crate) fn percent_encode(octets: &[u8]) -> String {
    percent_encoding::percent_encode(octets, UNRESERVED).to_string()
}
