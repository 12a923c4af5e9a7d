//! The limits of the HTTP server.

use std::time::Duration;

/// The limits of the HTTP server. `config::limits` has the defaults.
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
