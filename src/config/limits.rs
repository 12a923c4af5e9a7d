//! How much of everything the site takes: attempts to give a password, and what a client may cost.

use std::time::Duration;

use super::{Config, ConfigError};
use crate::config::{
    http_limits::HttpLimits,
    rate_limits::{MAX_BURST, MAX_FORMS, MAX_SECONDS, RateLimits},
};

/// The longest time that can be set for a client, in seconds.
const LONGEST: u32 = 3_600;

impl Config {
    /// The rate limits.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] if one of the numbers is 0 or beyond what can be counted.
    pub fn limits(&self) -> Result<RateLimits, ConfigError> {
        for (name, value) in [
            ("HARMONY_ACCOUNT_ATTEMPTS", self.account_attempts),
            ("HARMONY_ACCOUNT_ATTEMPT_SECONDS", self.account_attempt_seconds),
            ("HARMONY_CLIENT_IP_ATTEMPTS", self.client_ip_attempts),
            ("HARMONY_CLIENT_IP_ATTEMPT_SECONDS", self.client_ip_attempt_seconds),
            ("HARMONY_CLIENT_IP_FORMS", self.client_ip_forms),
        ] {
            let largest = match name {
                "HARMONY_CLIENT_IP_FORMS" => MAX_FORMS,
                _ if name.ends_with("SECONDS") => MAX_SECONDS,
                _ => MAX_BURST,
            };
            if !(1..=largest).contains(&value) {
                return Err(ConfigError::Limit { name, smallest: 1, largest });
            }
        }
        Ok(RateLimits {
            account_burst: self.account_attempts,
            account_seconds: self.account_attempt_seconds,
            address_burst: self.client_ip_attempts,
            address_seconds: self.client_ip_attempt_seconds,
            forms: self.client_ip_forms,
        })
    }

    /// How much one client, and all of them together, may cost.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] if one of the numbers would shut out what browsers send, or bound nothing.
    pub fn bounds(&self) -> Result<HttpLimits, ConfigError> {
        for (name, value, smallest, largest) in [
            ("HARMONY_MAX_CONNECTIONS", self.max_connections, 1, 1_000_000),
            ("HARMONY_MAX_CONCURRENT_REQUESTS", self.max_concurrent_requests, 1, 1_000_000),
            // The longest address that an answer of the site leads to is a little shorter.
            ("HARMONY_MAX_URL_BYTES", self.max_url_bytes, 2_048, 32_768),
            ("HARMONY_MAX_HEADER_BYTES", self.max_header_bytes, 8_192, 1_048_576),
            ("HARMONY_MAX_HEADERS", self.max_headers, 32, 1_000),
            ("HARMONY_HEADER_READ_TIMEOUT", self.header_read_timeout, 1, LONGEST),
            ("HARMONY_BODY_TIMEOUT", self.body_timeout, 1, LONGEST),
            ("HARMONY_REQUEST_TIMEOUT", self.request_timeout, 1, LONGEST),
            ("HARMONY_WRITE_TIMEOUT", self.write_timeout, 1, LONGEST),
            ("HARMONY_SHUTDOWN_TIMEOUT", self.shutdown_timeout, 1, LONGEST),
        ] {
            if !(smallest..=largest).contains(&value) {
                return Err(ConfigError::Limit { name, smallest, largest });
            }
        }
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let time = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(HttpLimits {
            connections: size(self.max_connections),
            requests: size(self.max_concurrent_requests),
            max_url_bytes: size(self.max_url_bytes),
            max_header_bytes: size(self.max_header_bytes),
            max_headers: size(self.max_headers),
            header_read_timeout: time(self.header_read_timeout),
            body_timeout: time(self.body_timeout),
            request_timeout: time(self.request_timeout),
            write_timeout: time(self.write_timeout),
            shutdown_timeout: time(self.shutdown_timeout),
        })
    }
}
