//! Device Bound Session Credentials (W3C draft): a browser that signs in creates a key, which stays
//! on the device, and signs challenges with it. Each signature gets it a cookie of a few minutes,
//! without which the session's other cookies are of no use.

use std::time::Duration;

use crate::domain::Timestamp;

/// How long a challenge may be answered.
pub const CHALLENGE_SECONDS: u64 = 300;

/// How long a bound session needs no cookie of its key: the browser fetches the first one while it
/// already loads the page after the sign-in.
pub const GRACE: Duration = Duration::from_mins(1);

/// How much longer than its lifetime in the browser a cookie is valid: it may be on its way when
/// that lifetime ends.
pub const LEEWAY: Duration = Duration::from_mins(1);

/// The longest signed answer to a challenge, in bytes. Chromium's have fewer than 700.
pub const MAX_TOKEN_BYTES: usize = 2_048;

/// The longest public key as text, in bytes: two numbers of 32 bytes in Base64, and a dot.
pub const MAX_KEY_BYTES: usize = 87;

/// The key to which a session is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The public key, which also identifies the session to the browser.
    pub key: String,
    pub bound_at: Timestamp,
}

/// What a request says of the key of its browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyEvidence<'a> {
    /// The value of the cookie, if the server signed it.
    pub cookie: Option<&'a str>,
    /// Whether the request has the cookie at all, with any value.
    pub has_cookie: bool,
    /// Whether the browser says that it has the key and could not fetch the cookie
    /// (`Secure-Session-Skipped`).
    pub was_skipped: bool,
}

/// Whether a request comes from the browser with the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    Proven,
    /// The browser can prove it with a later request: it says so, or it has an expired cookie and
    /// fetches the next one as soon as that is gone.
    Later,
    /// The browser does not have the key: the cookies were copied, or it dropped the key.
    Missing,
}

impl Binding {
    /// Judges a request of the session.
    pub fn judge(&self, evidence: KeyEvidence<'_>, now: Timestamp) -> KeyStatus {
        let is_proven =
            evidence.cookie.and_then(parse).is_some_and(|(key, expires_at)| key == self.key && now < expires_at);
        if is_proven || self.is_new(now) {
            KeyStatus::Proven
        } else if evidence.was_skipped || evidence.has_cookie {
            KeyStatus::Later
        } else {
            KeyStatus::Missing
        }
    }

    /// Whether the session was bound a moment ago, by a clock that may differ from this one a
    /// little.
    fn is_new(&self, now: Timestamp) -> bool {
        let grace = GRACE.as_secs();
        self.bound_at.minus_seconds(grace) < now && now < self.bound_at.plus_seconds(grace)
    }

    /// The value of a cookie of the key, to be signed.
    pub fn cookie_value(&self, lifetime: Duration, now: Timestamp) -> String {
        until(&self.key, now.plus_seconds((lifetime + LEEWAY).as_secs()))
    }
}

/// A challenge for the browser of a session, to be signed. `subject` names the session.
pub fn challenge(subject: &str, now: Timestamp) -> String {
    until(subject, now.plus_seconds(CHALLENGE_SECONDS))
}

fn until(subject: &str, expires_at: Timestamp) -> String {
    format!("{subject}.{}", expires_at.0)
}

/// The subject of a challenge that can still be answered.
pub fn subject(challenge: &str, now: Timestamp) -> Option<&str> {
    parse(challenge).filter(|(_, expires_at)| now < *expires_at).map(|(subject, _)| subject)
}

fn parse(value: &str) -> Option<(&str, Timestamp)> {
    let (subject, expires_at) = value.rsplit_once('.')?;
    Some((subject, Timestamp(expires_at.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "x.y";
    const MINUTE: Duration = Duration::from_mins(1);

    fn judge(cookie: Option<&str>, now: i64) -> KeyStatus {
        let binding = Binding { key: KEY.into(), bound_at: Timestamp(1_000) };
        let evidence = KeyEvidence { cookie, has_cookie: cookie.is_some(), was_skipped: false };
        binding.judge(evidence, Timestamp(now))
    }

    #[test]
    fn a_cookie_of_the_key_is_valid_a_minute_longer_than_it_lives() {
        let binding = Binding { key: KEY.into(), bound_at: Timestamp(1_000) };
        let value = binding.cookie_value(10 * MINUTE, Timestamp(5_000));
        assert_eq!(value, "x.y.5660");
        for (value, now, status) in [
            (&*value, 5_000, KeyStatus::Proven),
            (&*value, 5_659, KeyStatus::Proven),
            (&*value, 5_660, KeyStatus::Later),
            (&*value, i64::MAX, KeyStatus::Later),
            ("x.z.5660", 5_000, KeyStatus::Later),
            ("x.y.", 5_000, KeyStatus::Later),
            ("x.y", 5_000, KeyStatus::Later),
            ("", 5_000, KeyStatus::Later),
        ] {
            assert_eq!(judge(Some(value), now), status, "{value} at {now}");
        }
    }

    #[test]
    fn without_a_cookie_a_bound_session_counts_for_a_moment_and_then_where_the_browser_has_the_key() {
        for (now, status) in [
            (1_000, KeyStatus::Proven),
            (1_059, KeyStatus::Proven),
            (1_060, KeyStatus::Missing),
            (941, KeyStatus::Proven),
            (940, KeyStatus::Missing),
            (i64::MAX, KeyStatus::Missing),
        ] {
            assert_eq!(judge(None, now), status, "at {now}");
        }
        let binding = Binding { key: KEY.into(), bound_at: Timestamp(1_000) };
        let skipped = KeyEvidence { was_skipped: true, ..KeyEvidence::default() };
        assert_eq!(binding.judge(skipped, Timestamp(2_000)), KeyStatus::Later);
        // A cookie that the server did not sign, or that the browser sends twice.
        let forged = KeyEvidence { has_cookie: true, ..KeyEvidence::default() };
        assert_eq!(binding.judge(forged, Timestamp(2_000)), KeyStatus::Later);
    }

    #[test]
    fn a_challenge_is_of_one_session_for_five_minutes() {
        let challenge = challenge("s", Timestamp(1_000));
        for (now, found) in [(1_000, Some("s")), (1_299, Some("s")), (1_300, None), (i64::MAX, None)] {
            assert_eq!(subject(&challenge, Timestamp(now)), found, "at {now}");
        }
        for junk in ["", ".", "s", "s.", "s.x", ".x"] {
            assert_eq!(subject(junk, Timestamp(0)), None, "{junk:?}");
        }
    }
}
