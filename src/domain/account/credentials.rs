//! Credentials and password rules, shared by form and server.

mod email;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::email::Email;

/// A password or one-time token.
///
/// It serialises as text and is never printed: `Debug` hides the value, and `Display` is missing.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The text, for code that compares or hashes it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Password {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The minimum length. NIST SP 800-63B-4 (3.1.1.2) asks for 15 characters with a password alone and
/// for 8 with a second factor. The list of common passwords and the rate limit make up for the
/// difference.
pub const MIN_PASSWORD_CHARS: usize = 12;

/// The maximum length: far above the 64 that NIST SP 800-63B-4 (3.1.1.2) requires, and still cheap
/// to hash.
pub const MAX_PASSWORD_CHARS: usize = 256;

/// Why a new password is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordWeakness {
    #[error("Password must be {} characters or more.", MIN_PASSWORD_CHARS)]
    Short,
    #[error("Password must be {} characters or fewer.", MAX_PASSWORD_CHARS)]
    Long,
    /// It is among the passwords that attackers try first.
    #[error("This password is too easy to guess. Choose another, such as a few unrelated words.")]
    Common,
}

/// Checks the length in Unicode code points, as NIST SP 800-63B-4 counts.
pub const fn length_weakness(characters: usize) -> Option<PasswordWeakness> {
    match characters {
        0..MIN_PASSWORD_CHARS => Some(PasswordWeakness::Short),
        MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => None,
        _ => Some(PasswordWeakness::Long),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed_but_crosses_the_wire() -> Result<(), serde_json::Error> {
        let secret = Password::from("hush".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret Some(Secret)");
        assert_eq!(serde_json::to_string(&secret)?, "\"hush\"");
        assert_eq!(serde_json::from_str::<Password>("\"hush\"")?.expose(), "hush");
        assert!(Password::default().is_empty() && !secret.is_empty());
        Ok(())
    }

    #[test]
    fn a_password_has_a_shortest_and_a_longest_length() {
        for (characters, weakness) in
            [(11, Some(PasswordWeakness::Short)), (12, None), (256, None), (257, Some(PasswordWeakness::Long))]
        {
            assert_eq!(length_weakness(characters), weakness, "{characters}");
        }
        assert_eq!(PasswordWeakness::Short.to_string(), "Password must be 12 characters or more.");
        assert_eq!(PasswordWeakness::Long.to_string(), "Password must be 256 characters or fewer.");
    }
}
