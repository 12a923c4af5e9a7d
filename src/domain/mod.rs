//! Plain data and rules. Nothing here reads a file, a clock or a socket, or knows a framework: every
//! rule is a pure function with a table of tests. This layer imports from no other.

pub mod account;
pub mod analytics;
pub mod comparison;
pub mod compliance;
pub mod consent;
pub mod cookies;
pub mod i18n;
pub mod ledger;
pub mod partners;
pub mod policy;
pub mod retention;
pub mod web;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `seconds` later; stays at the end of time rather than wrapping.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "clamped to i64::MAX in the same expression")]
        let seconds = if seconds > i64::MAX as u64 { i64::MAX } else { seconds as i64 };
        Self(self.0.saturating_add(seconds))
    }

    /// The moment `seconds` earlier; stays at the beginning of time rather than wrapping.
    #[must_use]
    pub const fn minus_seconds(self, seconds: u64) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "clamped to i64::MAX in the same expression")]
        let seconds = if seconds > i64::MAX as u64 { i64::MAX } else { seconds as i64 };
        Self(self.0.saturating_sub(seconds))
    }

    /// The moment as RFC 3339 has it, in UTC; nothing for one that no calendar holds.
    pub fn rfc3339(self) -> Option<String> {
        time::OffsetDateTime::from_unix_timestamp(self.0).ok()?.format(&Rfc3339).ok()
    }

    /// The UTC calendar day, or the first day of the epoch for a moment that no calendar holds.
    pub fn day(self) -> time::Date {
        time::OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH).date()
    }
}
