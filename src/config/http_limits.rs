//! The limits of the HTTP server.

use std::time::Duration;

/// The limits of the HTTP server. `config::settings` has the defaults.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// How many connections there may be at once.
    pub connections: usize,
    /// How many requests may be in progress at once, without those answered from the page cache.
    pub requests: usize,
    /// The longest URL, in bytes.
    pub max_url_bytes: usize,
    /// The largest size of all headers, in bytes. Browsers with many cookies send about 10,000.
    pub max_header_bytes: usize,
    /// The largest number of headers.
    pub max_headers: usize,
    /// How long headers may take to arrive, and how long a connection may be idle before them.
    pub header_read_timeout: Duration,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// How long a client may read nothing of its response.
    pub write_timeout: Duration,
    /// How long requests in progress may take when the server stops.
    pub shutdown_timeout: Duration,
}
