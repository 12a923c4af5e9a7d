//! What an account is known by, and what its password must be: rules that the form and the server share.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest e-mail address in bytes (RFC 5321, 4.5.3.1.3: a path of 256 with its two angle brackets).
const LONGEST_EMAIL: usize = 254;

/// The longest part before the `@` in bytes (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An e-mail address as an account is found by it: trimmed and in lower case, so that one person has one spelling.
///
/// It is closed: whoever holds one knows that it was read by [`Email::parse`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// The address that was typed, if it may be one. Only a letter sent to it tells whether it is (OWASP Input
    /// Validation Cheat Sheet, "Email Address Validation").
    pub fn parse(typed: &str) -> Option<Self> {
        let email = typed.trim().to_lowercase();
        let (local, domain) = email.rsplit_once('@')?;
        let fits = email.len() <= LONGEST_EMAIL && (1..=LONGEST_LOCAL).contains(&local.len());
        let reads = local.chars().all(may_stand_before_the_at) && domain.split('.').all(is_label);
        (fits && reads).then_some(Self(email))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// No quotes and nothing that would need them: the few addresses that are written so are not worth the traps.
fn may_stand_before_the_at(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !"@\"<>()[],;:\\`".contains(character)
}

/// One step of a domain: letters of any script, digits, and hyphens within (RFC 1123, 2.1; RFC 5890 for the scripts).
fn is_label(label: &str) -> bool {
    let letters = label.chars().all(|character| character.is_alphanumeric() || character == '-');
    letters && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
}

/// What a person typed and nobody may see: a password or a one-time token.
///
/// It crosses the wire as the text it is, and is never printed: `Debug` tells that it is a secret, and there is no
/// `Display`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for those few who must compare or hash it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The fewest characters of a password. NIST SP 800-63B-4 (3.1.1.2) asks for 15 where nothing else stands at the door
/// and for 8 beside a second factor; a list of common ones and slowed guessing make up for what lies between.
pub const SHORTEST_PASSWORD: usize = 12;

/// The most characters of a password: far beyond the 64 that NIST SP 800-63B-4 (3.1.1.2) wants allowed, and little work.
pub const LONGEST_PASSWORD: usize = 256;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Weakness {
    /// It has too few characters.
    #[error("The password is shorter than {} characters.", SHORTEST_PASSWORD)]
    Short,
    /// It has too many characters.
    #[error("The password is longer than {} characters.", LONGEST_PASSWORD)]
    Long,
    /// It is among those that a guesser tries first.
    #[error(
        "That password is among those that are tried first. Choose another; a few unrelated words make a good one."
    )]
    Common,
}

/// What is wrong with a password of so many characters (Unicode code points, as NIST SP 800-63B-4 counts).
pub const fn length_weakness(characters: usize) -> Option<Weakness> {
    match characters {
        0..SHORTEST_PASSWORD => Some(Weakness::Short),
        SHORTEST_PASSWORD..=LONGEST_PASSWORD => None,
        _ => Some(Weakness::Long),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_read_in_one_spelling() {
        for (typed, read) in [
            (" Anna@Example.ORG\n", "anna@example.org"),
            ("a@localhost", "a@localhost"),
            ("anna+cookies@mail.example.org", "anna+cookies@mail.example.org"),
            ("o'neill_1@xn--bcher-kva.example", "o'neill_1@xn--bcher-kva.example"),
            ("Åsa@BÜCHER.example", "åsa@bücher.example"),
            ("用户@例子.广告", "用户@例子.广告"),
        ] {
            assert_eq!(Email::parse(typed).as_ref().map(Email::as_str), Some(read), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for local in
            ["", "a@b", "a b", "a\tb", "a\0", "\"a\"", "<a", "a,b", "a;b", "a:b", "(a)b", "[a]", "a\\b", "a\u{a0}b"]
        {
            assert_eq!(Email::parse(&format!("{local}@example.org")), None, "{local:?}");
        }
        for domain in
            ["", " ", "b c", "b..c", ".b", "b.", "-b", "b-.c", "b_c", "b/c", "[127.0.0.1]", "b>", "b\u{202e}c"]
        {
            assert_eq!(Email::parse(&format!("anna@{domain}")), None, "{domain:?}");
        }
        assert_eq!(Email::parse("anna"), None);
    }

    #[test]
    fn an_address_has_a_longest_length_as_a_whole_and_before_its_at() {
        assert!(Email::parse(&format!("{}@{}", "a".repeat(64), "d".repeat(189))).is_some());
        assert!(Email::parse(&format!("{}@{}", "a".repeat(64), "d".repeat(190))).is_none());
        assert!(Email::parse(&format!("{}@b", "a".repeat(65))).is_none());
        assert!(Email::parse(&format!("{}@b", "å".repeat(32))).is_some());
        assert!(Email::parse(&format!("{}@b", "å".repeat(33))).is_none());
    }

    #[test]
    fn a_secret_is_not_printed_but_crosses_the_wire() -> Result<(), serde_json::Error> {
        let secret = Secret::from("hush".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret Some(Secret)");
        assert_eq!(serde_json::to_string(&secret)?, "\"hush\"");
        assert_eq!(serde_json::from_str::<Secret>("\"hush\"")?.expose(), "hush");
        assert!(Secret::default().is_empty() && !secret.is_empty());
        Ok(())
    }

    #[test]
    fn a_password_has_a_shortest_and_a_longest_length() {
        for (characters, weakness) in
            [(11, Some(Weakness::Short)), (12, None), (256, None), (257, Some(Weakness::Long))]
        {
            assert_eq!(length_weakness(characters), weakness, "{characters}");
        }
        assert_eq!(Weakness::Short.to_string(), "The password is shorter than 12 characters.");
        assert_eq!(Weakness::Long.to_string(), "The password is longer than 256 characters.");
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(typed in ".*") {
            prop_assert!(Email::parse(&typed).is_none_or(|email| email.as_str().contains('@')));
        }

        #[test]
        fn an_address_is_read_as_itself(typed in "[ ]?[\\PC--@]{1,20}@[\\p{L}\\p{N}-]{1,9}(\\.\\p{L}+)? ?") {
            if let Some(email) = Email::parse(&typed) {
                prop_assert_eq!(Email::parse(email.as_str()), Some(email.clone()));
                prop_assert_eq!(email.to_string().matches('@').count(), 1);
            }
        }
    }
}
