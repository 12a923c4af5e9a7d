//! A signed-in browser: how long its session lasts, and how a remember token is classified.
//!
//! Two cookies identify it, and a third one where the browser has a key of its device
//! (`device_key`). The session cookie contains a token for this visit. It ends when the
//! browser is closed, after [`IDLE`] without a request, and after [`LONGEST`] in any case (OWASP
//! Session Management Cheat Sheet, "Session Expiration"). A persistent session also has a remember
//! token for a single use: it yields a new session token and the next remember token. A used token
//! that comes back was copied, and ends the session.

use std::time::Duration;

use crate::domain::{Timestamp, account::device_key::Binding, analytics::Device};

/// The idle timeout of a session token.
pub const IDLE: Duration = Duration::from_hours(12);

/// The absolute timeout of a session token.
pub const LONGEST: Duration = Duration::from_hours(7 * 24);

/// The longest persistent session, counted from the sign-in.
pub const LONGEST_REMEMBERED: Duration = Duration::from_hours(180 * 24);

/// How long a remember token that was just used counts as the same use. Several pages may open at
/// one moment, or a response may be lost.
pub const GRACE: Duration = Duration::from_secs(30);

/// How often at most the time of the last use is stored.
pub const NOTED_EVERY: Duration = Duration::from_mins(1);

/// How long after a sign-in a newer one replaces it if its cookies were never used: long enough for
/// a few tries with cookies blocked.
pub const TRIED_WITHIN: Duration = Duration::from_mins(10);

/// How long a sign-in confirms sensitive actions of an account without a password.
pub const RECENT: Duration = Duration::from_mins(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The internal id, also in the remember cookie: it allows ending the session and nothing else.
    pub id: String,
    pub account: String,
    pub device: Device,
    /// The browser, among those that have signed in to the account.
    pub device_id: String,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When the tokens were issued.
    pub token_issued_at: Timestamp,
    /// When it last requested a page, to within [`NOTED_EVERY`].
    pub last_used_at: Timestamp,
    /// Whether it persists when the browser is closed.
    pub is_persistent: bool,
    /// The key of the device, if the browser has one.
    pub binding: Option<Binding>,
}

impl Session {
    /// Whether the session token is still valid.
    pub fn token_holds(&self, now: Timestamp) -> bool {
        now < self.token_ends_at()
    }

    /// Whether the remember token is still valid, given a token lifetime.
    pub fn remember_holds(&self, now: Timestamp, lifetime: Duration) -> bool {
        self.is_persistent && now < self.remember_expires_at(lifetime)
    }

    /// Whether the user signed in a moment ago. A sign-in in the future says nothing: the clock was
    /// set back.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        self.created_at <= now && now < self.created_at.plus_seconds(RECENT.as_secs())
    }

    /// Whether to store a use at that time: the first use, and then from time to time.
    pub fn is_use_to_be_noted(&self, now: Timestamp) -> bool {
        !self.is_used() || self.last_used_at.plus_seconds(NOTED_EVERY.as_secs()) <= now
    }

    /// Whether the session was used. A browser that stored the cookies uses it with the page after
    /// the sign-in.
    fn is_used(&self) -> bool {
        self.last_used_at != self.created_at
    }

    /// Whether a newer session of the account replaces this one: its cookies never arrived, and the
    /// same kind of device signs in again soon.
    pub fn is_lost_to(&self, next: &Self) -> bool {
        let is_soon = next.created_at < self.created_at.plus_seconds(TRIED_WITHIN.as_secs());
        !self.is_used() && self.device == next.device && self.id != next.id && is_soon
    }

    /// Whether both sessions come from a double submit of the sign-in form.
    pub fn is_same_press(&self, next: &Self) -> bool {
        self.is_lost_to(next) && next.created_at < self.created_at.plus_seconds(GRACE.as_secs())
    }

    /// When both tokens have expired.
    pub fn expires_at(&self, lifetime: Duration) -> Timestamp {
        let by_token = self.token_ends_at();
        if self.is_persistent { by_token.max(self.remember_expires_at(lifetime)) } else { by_token }
    }

    fn token_ends_at(&self) -> Timestamp {
        self.last_used_at.plus_seconds(IDLE.as_secs()).min(self.token_issued_at.plus_seconds(LONGEST.as_secs()))
    }

    fn remember_expires_at(&self, lifetime: Duration) -> Timestamp {
        let at_most = self.created_at.plus_seconds(LONGEST_REMEMBERED.as_secs());
        self.token_issued_at.plus_seconds(lifetime.as_secs()).min(at_most)
    }
}

/// The classification of a presented remember token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// The latest token.
    Current,
    /// The token before it, within [`GRACE`] of its use: the same use again.
    Grace,
    /// Any other token, copied or guessed. The session ends.
    Replayed,
}

/// Classifies a presented remember token by the issued ones; all three are hashes.
pub fn classify(
    presented: &str,
    current: &str,
    before: Option<&str>,
    token_issued_at: Timestamp,
    now: Timestamp,
) -> TokenUse {
    if presented == current {
        TokenUse::Current
    } else if before == Some(presented) && now < token_issued_at.plus_seconds(GRACE.as_secs()) {
        TokenUse::Grace
    } else {
        TokenUse::Replayed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    const MONTH: Duration = Duration::from_hours(30 * 24);

    fn session(created_at: i64, token_issued_at: i64, last_used_at: i64, is_persistent: bool) -> Session {
        Session {
            id: "s".into(),
            account: "a".into(),
            device: Device::Computer,
            device_id: "d".into(),
            created_at: Timestamp(created_at),
            token_issued_at: Timestamp(token_issued_at),
            last_used_at: Timestamp(last_used_at),
            is_persistent,
            binding: None,
        }
    }

    #[test]
    fn a_session_token_ends_when_idle_and_at_its_longest() {
        for (last_used_at, now, holds) in [
            (0, 0, true),
            (0, 12 * HOUR - 1, true),
            (0, 12 * HOUR, false),
            (7 * DAY - 1, 7 * DAY - 1, true),
            (7 * DAY - 1, 7 * DAY, false),
            (0, i64::MAX, false),
        ] {
            for is_persistent in [true, false] {
                let found = session(0, 0, last_used_at, is_persistent).token_holds(Timestamp(now));
                assert_eq!(found, holds, "used at {last_used_at}, now {now}");
            }
        }
    }

    #[test]
    fn a_remember_token_lives_as_declared_and_never_beyond_the_longest() {
        for (created_at, token_issued_at, now, is_persistent, holds) in [
            (0, 0, 30 * DAY - 1, true, true),
            (0, 0, 30 * DAY, true, false),
            (0, 0, 0, false, false),
            (0, 170 * DAY, 180 * DAY - 1, true, true),
            (0, 170 * DAY, 180 * DAY, true, false),
        ] {
            let session = session(created_at, token_issued_at, token_issued_at, is_persistent);
            assert_eq!(session.remember_holds(Timestamp(now), MONTH), holds, "made at {token_issued_at}, now {now}");
        }
    }

    #[test]
    fn a_session_is_over_when_nothing_of_it_holds() {
        assert_eq!(session(0, 0, 0, false).expires_at(MONTH), Timestamp(12 * HOUR));
        assert_eq!(session(0, 0, 0, true).expires_at(MONTH), Timestamp(30 * DAY));
        assert_eq!(
            session(0, 180 * DAY - 1, 180 * DAY - 1, true).expires_at(MONTH),
            Timestamp(180 * DAY - 1 + 12 * HOUR)
        );
    }

    #[test]
    fn a_sign_in_that_nobody_used_is_over_with_the_next_one_of_the_same_kind_of_device() {
        let next = |at, device| Session { id: "next".into(), device, ..session(at, at, at, false) };
        for (last_used_at, at, device, is_lost, is_same_press) in [
            (0, 0, Device::Computer, true, true),
            (0, 29, Device::Computer, true, true),
            (0, 30, Device::Computer, true, false),
            (0, 599, Device::Computer, true, false),
            (0, 600, Device::Computer, false, false),
            (0, 1, Device::Phone, false, false),
            (1, 1, Device::Computer, false, false),
        ] {
            let (before, next) = (session(0, 0, last_used_at, true), next(at, device));
            let found = (before.is_lost_to(&next), before.is_same_press(&next));
            assert_eq!(found, (is_lost, is_same_press), "used at {last_used_at}, again at {at} on {device:?}");
        }
        assert!(!session(0, 0, 0, true).is_lost_to(&session(0, 0, 0, true)), "not to itself");
    }

    #[test]
    fn a_sign_in_is_recent_for_ten_minutes() {
        for (created_at, now, is_recent) in
            [(0, 0, true), (0, 599, true), (0, 600, false), (1, 0, false), (0, i64::MAX, false)]
        {
            let found = session(created_at, now, now, true).is_recent(Timestamp(now));
            assert_eq!(found, is_recent, "signed in at {created_at}, now {now}");
        }
    }

    #[test]
    fn the_first_use_is_noted_and_then_one_a_minute() {
        for (last_used_at, now, is_noted) in [(0, 0, true), (0, 99, true), (1, 1, false), (1, 60, false), (1, 61, true)]
        {
            assert_eq!(
                session(0, 0, last_used_at, true).is_use_to_be_noted(Timestamp(now)),
                is_noted,
                "{last_used_at} {now}"
            );
        }
    }

    #[test]
    fn a_used_token_is_the_same_use_for_a_moment_and_a_theft_after_it() {
        for (presented, before, now, expected) in [
            ("b", Some("a"), 1_000, TokenUse::Current),
            ("b", None, 99_999, TokenUse::Current),
            ("a", Some("a"), 1_000, TokenUse::Grace),
            ("a", Some("a"), 1_029, TokenUse::Grace),
            ("a", Some("a"), 1_030, TokenUse::Replayed),
            ("a", None, 1_000, TokenUse::Replayed),
            ("x", Some("a"), 1_000, TokenUse::Replayed),
            ("", Some("a"), 1_000, TokenUse::Replayed),
        ] {
            let found = classify(presented, "b", before, Timestamp(1_000), Timestamp(now));
            assert_eq!(found, expected, "{presented:?} after {before:?} at {now}");
        }
    }
}
