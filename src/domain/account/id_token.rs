//! What a token of an identity provider must say (OpenID Connect Core 1.0, 3.1.3.7, and
//! Back-Channel Logout 1.0, 2.6). Its signature is verified before.

use serde::Deserialize;

use crate::domain::Timestamp;

/// How far the clocks of the two servers may differ, in seconds.
pub const SKEW: u64 = 60;

/// The greatest age of a logout token, in seconds.
pub const MAX_LOGOUT_AGE: u64 = 300;

/// The longest id, in bytes (Core, 2, for `sub`).
const MAX_ID_BYTES: usize = 255;

/// The claims of a token, as far as they count.
#[derive(Debug, Deserialize)]
pub struct Claims {
    iss: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    pub sub: Option<String>,
    /// The session at the provider.
    #[serde(default)]
    pub sid: Option<String>,
    #[serde(default)]
    jti: Option<String>,
    #[serde(default)]
    events: Events,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    email_verified: Option<Flag>,
}

/// What the userinfo endpoint says (Core, 5.3.2).
#[derive(Debug, Deserialize)]
pub struct UserInfo {
    sub: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Flag>,
}

/// The events of a token (RFC 8417).
#[derive(Debug, Default, Deserialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Option<LogoutEvent>,
}

/// An object, of which no field counts.
#[derive(Debug, Deserialize)]
struct LogoutEvent {}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// A boolean, which some providers send as a string.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Flag {
    Is(bool),
    Text(String),
}

impl Flag {
    fn is_set(&self) -> bool {
        match self {
            Self::Is(is) => *is,
            Self::Text(text) => text == "true",
        }
    }
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another client")]
    Audience,
    #[error("it was issued to another client")]
    AuthorizedParty,
    #[error("it names nobody")]
    Subject,
    #[error("it is of another sign-in, or of another kind")]
    Nonce,
    #[error("it has expired")]
    Expired,
    #[error("it is from the future, or too old")]
    IssuedAt,
    #[error("it is no logout token")]
    Event,
    #[error("it has no id")]
    TokenId,
}

/// Who signed in at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The id of the user at the provider, which never changes.
    pub sub: String,
    /// The session at the provider.
    pub sid: Option<String>,
}

/// What a logout token ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    pub sub: Option<String>,
    pub sid: Option<String>,
    /// The id of the token, which counts once.
    pub token: String,
    /// When the token has expired for sure.
    pub expires_at: Timestamp,
}

/// The address of a user, and whether the provider says that it is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedEmail {
    pub address: String,
    pub is_verified: bool,
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID_BYTES
}

impl Claims {
    /// What both kinds of token must say.
    fn check(&self, issuer: &str, client: &str, now: Timestamp) -> Result<(), ClaimError> {
        if self.iss != issuer {
            return Err(ClaimError::Issuer);
        }
        let (is_ours, is_one) = match &self.aud {
            Audience::One(one) => (one == client, true),
            Audience::Several(all) => (all.iter().any(|one| one == client), all.len() == 1),
        };
        if !is_ours {
            return Err(ClaimError::Audience);
        }
        if self.azp.as_ref().map_or(!is_one, |party| party != client) {
            return Err(ClaimError::AuthorizedParty);
        }
        if self.iat > now.plus_seconds(SKEW).0 {
            return Err(ClaimError::IssuedAt);
        }
        if Timestamp(self.exp).plus_seconds(SKEW) <= now { Err(ClaimError::Expired) } else { Ok(()) }
    }

    /// Who the ID token of a sign-in is about.
    ///
    /// # Errors
    /// [`ClaimError`] if the token does not count for this sign-in.
    pub fn signed_in(&self, issuer: &str, client: &str, nonce: &str, now: Timestamp) -> Result<Subject, ClaimError> {
        self.check(issuer, client, now)?;
        if self.nonce.as_deref() != Some(nonce) {
            return Err(ClaimError::Nonce);
        }
        let sub = self.sub.clone().filter(|sub| is_id(sub)).ok_or(ClaimError::Subject)?;
        Ok(Subject { sub, sid: self.sid.clone().filter(|sid| is_id(sid)) })
    }

    /// What a logout token ends.
    ///
    /// # Errors
    /// [`ClaimError`] if the token is not one, or does not count any more.
    pub fn logged_out(&self, issuer: &str, client: &str, now: Timestamp) -> Result<Logout, ClaimError> {
        self.check(issuer, client, now)?;
        if Timestamp(self.iat) < now.minus_seconds(MAX_LOGOUT_AGE) {
            return Err(ClaimError::IssuedAt);
        }
        if self.events.logout.is_none() {
            return Err(ClaimError::Event);
        }
        // With a nonce it could be an ID token (2.4).
        if self.nonce.is_some() {
            return Err(ClaimError::Nonce);
        }
        let token = self.jti.clone().filter(|id| is_id(id)).ok_or(ClaimError::TokenId)?;
        let [sub, sid] = [&self.sub, &self.sid].map(|id| id.clone().filter(|id| is_id(id)));
        if sub.is_none() && sid.is_none() {
            return Err(ClaimError::Subject);
        }
        // Afterwards it is too old.
        let expires_at = Timestamp(self.iat).plus_seconds(MAX_LOGOUT_AGE + 1);
        Ok(Logout { sub, sid, token, expires_at })
    }

    /// The address in the token.
    pub fn claimed_email(&self) -> Option<ClaimedEmail> {
        claimed(self.email.as_ref(), self.email_verified.as_ref())
    }
}

impl UserInfo {
    /// The address of that user. None if the answer is about another one: an access token may have
    /// been swapped (Core, 5.3.2).
    pub fn claimed_email(&self, of: &Subject) -> Option<ClaimedEmail> {
        claimed(self.email.as_ref(), self.email_verified.as_ref()).filter(|_| self.sub == of.sub)
    }
}

fn claimed(email: Option<&String>, is_verified: Option<&Flag>) -> Option<ClaimedEmail> {
    Some(ClaimedEmail { address: email?.clone(), is_verified: is_verified.is_some_and(Flag::is_set) })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

    use serde_json::{Value, from_value, json};

    use super::*;

    const NOW: i64 = 1_000_000;
    const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

    /// The claims with another value of one of them; null removes it.
    fn with(claims: &Value, name: &str, value: &Value) -> Value {
        let mut all = claims.clone();
        let map = all.as_object_mut().unwrap();
        if value.is_null() {
            map.remove(name)
        } else {
            map.insert(name.into(), value.clone())
        };
        all
    }

    fn sign_in(claims: &Value) -> Option<Result<Subject, ClaimError>> {
        let claims: Claims = from_value(claims.clone()).ok()?;
        Some(claims.signed_in("https://a", "c", "n", Timestamp(NOW)))
    }

    fn logout(claims: &Value) -> Option<Result<Logout, ClaimError>> {
        let claims: Claims = from_value(claims.clone()).ok()?;
        Some(claims.logged_out("https://a", "c", Timestamp(NOW)))
    }

    #[test]
    fn an_id_token_counts_only_with_every_claim_right() {
        let good = json!({
            "iss": "https://a", "aud": "c", "sub": "s", "nonce": "n", "iat": NOW, "exp": NOW + 300, "sid": "i"
        });
        let subject = Subject { sub: "s".into(), sid: Some("i".into()) };
        assert_eq!(sign_in(&good), Some(Ok(subject)));
        let skew = i64::try_from(SKEW).unwrap();
        for (name, value, expected) in [
            ("iss", json!("https://a/"), Some(ClaimError::Issuer)),
            ("aud", json!("d"), Some(ClaimError::Audience)),
            ("aud", json!(["d"]), Some(ClaimError::Audience)),
            ("aud", json!(["c"]), None),
            ("aud", json!(["c", "d"]), Some(ClaimError::AuthorizedParty)),
            ("azp", json!("d"), Some(ClaimError::AuthorizedParty)),
            ("azp", json!("c"), None),
            ("sub", json!(""), Some(ClaimError::Subject)),
            ("sub", json!("x".repeat(256)), Some(ClaimError::Subject)),
            ("sub", json!(null), Some(ClaimError::Subject)),
            ("nonce", json!("m"), Some(ClaimError::Nonce)),
            ("nonce", json!(null), Some(ClaimError::Nonce)),
            ("exp", json!(NOW - skew), Some(ClaimError::Expired)),
            ("exp", json!(NOW - skew + 1), None),
            ("exp", json!(i64::MAX), None),
            ("iat", json!(NOW + skew + 1), Some(ClaimError::IssuedAt)),
            ("iat", json!(NOW + skew), None),
        ] {
            let found = sign_in(&with(&good, name, &value)).unwrap();
            assert_eq!(found.err(), expected, "{name} {value}");
        }
        for (name, value) in [
            ("iss", json!(null)),
            ("aud", json!(null)),
            ("exp", json!(null)),
            ("exp", json!("soon")),
            ("iat", json!("x")),
            ("sub", json!(7)),
        ] {
            assert_eq!(sign_in(&with(&good, name, &value)), None, "{name} {value}");
        }
    }

    #[test]
    fn a_logout_token_counts_only_with_every_claim_right() {
        let good = json!({
            "iss": "https://a", "aud": "c", "sub": "s", "sid": "i", "jti": "j", "iat": NOW, "exp": NOW + 120,
            "events": { LOGOUT_EVENT: {} }
        });
        let ended = logout(&good).unwrap().unwrap();
        assert_eq!((ended.sub.as_deref(), ended.sid.as_deref(), ended.token.as_str()), (Some("s"), Some("i"), "j"));
        let age = i64::try_from(MAX_LOGOUT_AGE).unwrap();
        assert_eq!(ended.expires_at, Timestamp(NOW + age + 1), "until it is too old");
        for (name, value, expected) in [
            ("nonce", json!("n"), Some(ClaimError::Nonce)),
            ("events", json!(null), Some(ClaimError::Event)),
            ("events", json!({}), Some(ClaimError::Event)),
            ("jti", json!(null), Some(ClaimError::TokenId)),
            ("jti", json!(""), Some(ClaimError::TokenId)),
            ("sub", json!(null), None),
            ("sid", json!(null), None),
            ("iat", json!(NOW - age - 1), Some(ClaimError::IssuedAt)),
            ("iat", json!(NOW - age), None),
            ("exp", json!(NOW - 60), Some(ClaimError::Expired)),
            ("iss", json!("https://b"), Some(ClaimError::Issuer)),
            ("aud", json!("d"), Some(ClaimError::Audience)),
        ] {
            let found = logout(&with(&good, name, &value)).unwrap();
            assert_eq!(found.err(), expected, "{name} {value}");
        }
        assert_eq!(logout(&with(&good, "events", &json!({ LOGOUT_EVENT: true }))), None);
        let neither = with(&with(&good, "sub", &json!(null)), "sid", &json!(null));
        assert_eq!(logout(&neither), Some(Err(ClaimError::Subject)));
        // Neither kind can stand in for the other.
        assert_eq!(sign_in(&good), Some(Err(ClaimError::Nonce)));
    }

    #[test]
    fn an_address_is_confirmed_only_if_the_provider_says_so_of_that_user() {
        let of = Subject { sub: "s".into(), sid: None };
        for (said, expected) in [
            (json!({ "sub": "s", "email": "a@b.example", "email_verified": true }), Some(true)),
            (json!({ "sub": "s", "email": "a@b.example", "email_verified": "true" }), Some(true)),
            (json!({ "sub": "s", "email": "a@b.example", "email_verified": "no" }), Some(false)),
            (json!({ "sub": "s", "email": "a@b.example" }), Some(false)),
            (json!({ "sub": "t", "email": "a@b.example", "email_verified": true }), None),
            (json!({ "sub": "s" }), None),
        ] {
            let info: UserInfo = from_value(said.clone()).unwrap();
            assert_eq!(info.claimed_email(&of).map(|email| email.is_verified), expected, "{said}");
        }
    }
}
