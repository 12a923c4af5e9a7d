//! Plain data and rules without I/O: no file, clock, socket or framework. Every rule is a pure
//! function with a table of tests. This layer imports from no other.

pub mod account;
pub mod analytics;
pub mod comparison;
pub mod compliance;
pub mod consent;
pub mod cookies;
mod from_text;
pub mod i18n;
pub mod ledger;
pub mod partners;
pub mod policy;
pub mod publisher;
pub mod retention;
pub mod web;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

/// A Unix timestamp in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Adds seconds, saturating.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "clamped to i64::MAX in the same expression")]
        let seconds = if seconds > i64::MAX as u64 { i64::MAX } else { seconds as i64 };
        Self(self.0.saturating_add(seconds))
    }

    /// Subtracts seconds, saturating.
    #[must_use]
    pub const fn minus_seconds(self, seconds: u64) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "clamped to i64::MAX in the same expression")]
        let seconds = if seconds > i64::MAX as u64 { i64::MAX } else { seconds as i64 };
        Self(self.0.saturating_sub(seconds))
    }

    /// The first second of the UTC day.
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(86_400)))
    }

    /// Formats as RFC 3339 in UTC; `None` outside the calendar's range.
    pub fn rfc3339(self) -> Option<String> {
        time::OffsetDateTime::from_unix_timestamp(self.0).ok()?.format(&Rfc3339).ok()
    }

    /// The UTC date; 1970-01-01 outside the calendar's range.
    pub fn day(self) -> time::Date {
        time::OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH).date()
    }
}
