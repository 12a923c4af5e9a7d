//! Session tokens, which authenticate a browser, and their cookies. The store holds only hashes of
//! them.

use crate::{
    app::{AppState, cookie_jar::Jar},
    domain::{
        analytics::on_view::VISIT,
        cookies::declaration::{EssentialCookie, FirstPartyCookie},
    },
    system::{
        digest::{hex, sha256_hex},
        rng::Rng,
    },
};

/// Generates 256 random bits as 64 hexadecimal digits.
pub(super) fn generate(rng: &Rng) -> String {
    hex(&rng.bytes::<32>())
}

/// The hash of a token, for the store. A plain SHA-256 suffices, as nobody can guess 256 random
/// bits.
pub(crate) fn hash(token: &str) -> String {
    sha256_hex(token)
}

/// The two tokens of a session.
pub(super) struct SessionTokens {
    /// The value of the session cookie.
    pub session: String,
    /// The second part of the remember cookie's value.
    pub remember: String,
}

impl SessionTokens {
    /// Generates the tokens of a new session.
    pub fn generate(rng: &Rng) -> Self {
        Self { session: generate(rng), remember: generate(rng) }
    }

    /// Derives the tokens that replace a used remember token.
    ///
    /// The server's key derives them from the used token. Two simultaneous requests therefore get
    /// the same tokens, and a browser that lost a response gets them again. Without the key, a
    /// token reveals nothing about the next one.
    pub fn derived_from(site: &AppState, used: &str) -> Self {
        Self {
            session: site.cookie_signer.derive(FirstPartyCookie::Session.label(), used),
            remember: site.cookie_signer.derive(FirstPartyCookie::Remember.label(), used),
        }
    }
}

/// The value of the remember cookie.
pub(super) fn remember_value(session: &str, token: &str) -> String {
    format!("{session}.{token}")
}

/// Splits the value of a remember cookie into the session's id and the token.
pub(super) fn parse_remember(value: &str) -> Option<(&str, &str)> {
    value.split_once('.').filter(|(id, token)| !id.is_empty() && !token.is_empty())
}

/// Whether the request contains a cookie that may authenticate a user.
pub(crate) fn has_auth_cookies(jar: &Jar) -> bool {
    FirstPartyCookie::AUTH_COOKIES.into_iter().any(|cookie| jar.carries(cookie))
}

/// Removes the cookies that authenticate a user, in the request and in the response.
///
/// After the browser's back button, Chromium restores a page of the user even with `no-store`,
/// unless a response set an `HttpOnly` cookie meanwhile. A removal does not always count. The
/// response therefore sets a cookie that contains nothing new.
pub(crate) fn remove_auth_cookies(jar: &Jar) {
    if jar.carries(FirstPartyCookie::Session) {
        jar.set(EssentialCookie::Visit, VISIT.into());
    }
    for cookie in FirstPartyCookie::AUTH_COOKIES {
        jar.remove_first_party(cookie);
    }
    if jar.carries(FirstPartyCookie::Bound) {
        jar.remove_first_party(FirstPartyCookie::Bound);
    }
}
