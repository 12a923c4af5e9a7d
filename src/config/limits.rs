//! What clients may cost: password attempts and forms, connections and requests.

use std::time::Duration;

use super::raw::RawConfig;
use crate::config::{http_limits::HttpLimits, rate_limits::RateLimits};

/// What clients may cost.
#[derive(Clone, Copy, Debug)]
pub struct LimitsConfig {
    /// The limits of connections and requests.
    pub http: HttpLimits,
    /// The limits of password attempts and forms.
    pub rates: RateLimits,
}

impl LimitsConfig {
    /// The limits, whose ranges [`RawConfig::read`] has checked.
    pub(super) fn parse(raw: &RawConfig) -> Self {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let time = |seconds: u32| Duration::from_secs(seconds.into());
        Self {
            http: HttpLimits {
                connections: size(raw.max_connections),
                requests: size(raw.max_concurrent_requests),
                max_url_bytes: size(raw.max_url_bytes),
                max_header_bytes: size(raw.max_header_bytes),
                max_headers: size(raw.max_headers),
                header_read_timeout: time(raw.header_read_timeout),
                body_timeout: time(raw.body_timeout),
                request_timeout: time(raw.request_timeout),
                write_timeout: time(raw.write_timeout),
                shutdown_timeout: time(raw.shutdown_timeout),
            },
            rates: RateLimits {
                account_burst: raw.account_attempts,
                account_seconds: raw.account_attempt_seconds,
                address_burst: raw.client_ip_attempts,
                address_seconds: raw.client_ip_attempt_seconds,
                forms: raw.client_ip_forms,
            },
        }
    }
}
