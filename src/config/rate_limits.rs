//! The rate limits, as the settings have them.

/// The largest number of attempts that can be set. Its product with [`MAX_SECONDS`], added to
/// centuries of running time, fits into the nanoseconds of a `u64`.
pub(crate) const MAX_BURST: u32 = 10_000;

/// The longest time until one more attempt that can be set, in seconds.
pub(crate) const MAX_SECONDS: u32 = 86_400;

/// The largest number of forms a minute that can be set.
pub(crate) const MAX_FORMS: u32 = 1_000_000;

/// The rate limits.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// Password attempts at one account before each further one must wait.
    pub account_burst: u32,
    /// Seconds until the next attempt at that account.
    pub account_seconds: u32,
    /// Password attempts from one network before each further one must wait.
    pub address_burst: u32,
    /// Seconds until the next attempt from that network.
    pub address_seconds: u32,
    /// Forms a minute, for one network and for one account. Requests of scripts may be ten times as
    /// many.
    pub forms: u32,
}

/// What the settings have by default, which a test compares.
#[cfg(test)]
impl Default for RateLimits {
    /// Allows a few mistyped passwords, and some 1,445 guesses a day at one account. Passwords that
    /// are guessed within a thousand million tries are rejected at sign-up (OWASP Authentication
    /// Cheat Sheet, "Login Throttling").
    fn default() -> Self {
        Self { account_burst: 5, account_seconds: 60, address_burst: 20, address_seconds: 10, forms: 300 }
    }
}
