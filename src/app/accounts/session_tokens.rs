//! Tokens: what recognises a browser, made by chance and kept as a hash.

use crate::{
    app::AppState,
    domain::cookies::declaration::FirstPartyCookie,
    system::{
        digest::{hex, sha256_hex},
        rng::Rng,
    },
};

/// 256 random bits as 64 hexadecimal digits.
pub(super) fn make(chance: &Rng) -> String {
    hex(&chance.bytes::<32>())
}

/// What is stored of a token. A plain hash will do: nobody can guess 256 random bits.
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
    /// New ones, for a sign-in.
    pub fn make(chance: &Rng) -> Self {
        Self { session: make(chance), remember: make(chance) }
    }

    /// The ones that follow a remember token when it is used.
    ///
    /// They are made from it with the server's key, so that two requests that use it at one moment are given the same,
    /// and an answer that got lost can be given again; whoever does not hold the key learns nothing from one about the next.
    pub fn after(site: &AppState, used: &str) -> Self {
        Self {
            session: site.seal.derive(FirstPartyCookie::Session.into_str(), used),
            remember: site.seal.derive(FirstPartyCookie::Remember.into_str(), used),
        }
    }
}

/// The value of the remember cookie.
pub(super) fn remember_value(session: &str, token: &str) -> String {
    format!("{session}.{token}")
}

/// The session's id and the token in the value of a remember cookie.
pub(super) fn read_remember(value: &str) -> Option<(&str, &str)> {
    value.split_once('.').filter(|(id, token)| !id.is_empty() && !token.is_empty())
}
