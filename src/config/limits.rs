//! How much of everything the site takes: attempts to give a password, and what a client may cost.

use std::time::Duration;

use super::{Config, ConfigError};
use crate::{
    app::rate_limit::{LARGEST_BURST, LONGEST_PAUSE, MOST_FORMS, RateLimits},
    http::middleware::limits::HttpLimits,
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
            ("HARMONY_ADDRESS_ATTEMPTS", self.address_attempts),
            ("HARMONY_ADDRESS_ATTEMPT_SECONDS", self.address_attempt_seconds),
            ("HARMONY_ADDRESS_FORMS", self.address_forms),
        ] {
            let largest = match name {
                "HARMONY_ADDRESS_FORMS" => MOST_FORMS,
                _ if name.ends_with("SECONDS") => LONGEST_PAUSE,
                _ => LARGEST_BURST,
            };
            if !(1..=largest).contains(&value) {
                return Err(ConfigError::Limit { name, smallest: 1, largest });
            }
        }
        Ok(RateLimits {
            account_burst: self.account_attempts,
            account_seconds: self.account_attempt_seconds,
            address_burst: self.address_attempts,
            address_seconds: self.address_attempt_seconds,
            forms: self.address_forms,
        })
    }

    /// How much one client, and all of them together, may cost.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] if one of the numbers would shut out what browsers send, or bound nothing.
    pub fn bounds(&self) -> Result<HttpLimits, ConfigError> {
        for (name, value, smallest, largest) in [
            ("HARMONY_CONNECTIONS", self.connections, 1, 1_000_000),
            ("HARMONY_REQUESTS", self.requests, 1, 1_000_000),
            // The longest address that an answer of the site leads to is a little shorter.
            ("HARMONY_URL_BYTES", self.url_bytes, 2_048, 32_768),
            ("HARMONY_HEADER_BYTES", self.header_bytes, 8_192, 1_048_576),
            ("HARMONY_HEADER_COUNT", self.header_count, 32, 1_000),
            ("HARMONY_HEADER_SECONDS", self.header_seconds, 1, LONGEST),
            ("HARMONY_BODY_SECONDS", self.body_seconds, 1, LONGEST),
            ("HARMONY_REQUEST_SECONDS", self.request_seconds, 1, LONGEST),
            ("HARMONY_ANSWER_SECONDS", self.answer_seconds, 1, LONGEST),
            ("HARMONY_STOP_SECONDS", self.stop_seconds, 1, LONGEST),
        ] {
            if !(smallest..=largest).contains(&value) {
                return Err(ConfigError::Limit { name, smallest, largest });
            }
        }
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let time = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(HttpLimits {
            connections: size(self.connections),
            requests: size(self.requests),
            url_bytes: size(self.url_bytes),
            header_bytes: size(self.header_bytes),
            header_count: size(self.header_count),
            header_time: time(self.header_seconds),
            body_time: time(self.body_seconds),
            request_time: time(self.request_seconds),
            answer_time: time(self.answer_seconds),
            stop_time: time(self.stop_seconds),
        })
    }
}
