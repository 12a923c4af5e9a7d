//! Passkeys: what a form sends of them, and how many an account may have.

use serde::{Deserialize, Serialize};

/// The most passkeys of an account.
pub const MAX_PASSKEYS: usize = 20;

/// How long a challenge can be answered, in seconds: 15 minutes.
pub const CHALLENGE_LIFETIME_SECONDS: u64 = 15 * 60;

/// What a page needs to have the browser ask an authenticator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyChallenge {
    /// The options for the browser, as JSON.
    pub options: String,
    /// The challenge for the form, signed.
    pub signed: String,
}

/// What the script of a page sends: the challenge as the page has it, and what the authenticator
/// answered, as JSON (W3C Web Authentication Level 3, 5.1.8). Both are empty without the script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyAnswer {
    pub challenge: String,
    pub credential: String,
}

impl PasskeyAnswer {
    /// Whether an authenticator answered.
    pub fn is_given(&self) -> bool {
        !self.credential.is_empty()
    }
}
