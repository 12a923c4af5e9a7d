//! Purposes of cookies. Essential ones are always on and known to the program; optional ones are
//! declared by the publisher, and off until the visitor grants them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::from_text::from_text;

/// How many optional purposes a site may declare. With them all, the consent cookie stays within
/// the 4,096 bytes that browsers store (RFC 6265bis, 5.6).
pub const MAX_OPTIONAL_PURPOSES: usize = 32;

/// The longest name of an optional purpose, in bytes.
pub const MAX_PURPOSE_NAME: usize = 24;

/// Names that mean something else in forms and in the published files.
const RESERVED: [&str; 9] =
    ["all", "key", "prompt", "return_to", "version", "service", "decisions", "state", "code_challenge"];

/// Whether a name means something else in forms and in the published files.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// A purpose that the site cannot work without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Essential {
    /// Identifies a signed-in user.
    Authentication,
    /// Protects visitors and the site.
    Security,
    /// Remembers the answers about optional purposes.
    Consent,
}

/// The name of a purpose that needs consent: a lower-case letter, then letters, digits, `-` and
/// `_`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Optional([u8; MAX_PURPOSE_NAME]);

impl Optional {
    /// Remembers settings such as the colour theme. The cookies of settings are bound to it.
    pub const PREFERENCES: Self = Self::from_ascii(b"preferences");

    /// Counts visits. The analytics cookie is bound to it.
    pub const ANALYTICS: Self = Self::from_ascii(b"analytics");

    /// Pads the name with zeros, which no name contains.
    const fn from_ascii(name: &[u8]) -> Self {
        let mut bytes = [0; MAX_PURPOSE_NAME];
        let (to, _) = bytes.split_at_mut(name.len());
        to.copy_from_slice(name);
        Self(bytes)
    }

    /// The name in files, forms and cookies.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(MAX_PURPOSE_NAME);
        // A name is ASCII, so this never fails.
        self.0.get(..length).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for Optional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Optional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no name of an optional purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of an optional purpose is at most {MAX_PURPOSE_NAME} letters a-z, digits, \"-\" and \"_\", begins \
     with a letter, and is none of those that the program needs itself"
)]
pub struct ParsePurposeError;

impl FromStr for Optional {
    type Err = ParsePurposeError;

    fn from_str(name: &str) -> Result<Self, ParsePurposeError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        let is_valid = name.len() <= MAX_PURPOSE_NAME
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(is_name)
            && !is_reserved(name)
            && name.parse::<Essential>().is_err();
        if is_valid { Ok(Self::from_ascii(name.as_bytes())) } else { Err(ParsePurposeError) }
    }
}

impl<'de> Deserialize<'de> for Optional {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_text(from)
    }
}

impl From<Optional> for String {
    fn from(purpose: Optional) -> Self {
        purpose.as_str().to_owned()
    }
}

/// A value for each of some optional purposes.
pub type PerPurpose<T> = BTreeMap<Optional, T>;

/// A set of optional purposes.
pub type Purposes = BTreeSet<Optional>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Always on.
    Essential(Essential),
    /// Off until granted.
    Optional(Optional),
}

impl FromStr for Purpose {
    type Err = ParsePurposeError;

    fn from_str(name: &str) -> Result<Self, ParsePurposeError> {
        name.parse().map(Self::Essential).or_else(|_| name.parse().map(Self::Optional))
    }
}

impl Purpose {
    /// The name of the purpose in files, forms and cookies.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Essential(purpose) => purpose.into_str(),
            Self::Optional(purpose) => purpose.as_str(),
        }
    }

    /// The essential purposes, in the order of the pages.
    pub fn essential() -> impl Iterator<Item = Self> {
        Essential::VARIANTS.iter().copied().map(Self::Essential)
    }

    /// Whether a cookie of this purpose needs no decision.
    pub const fn is_essential(self) -> bool {
        matches!(self, Self::Essential(_))
    }

    pub const fn optional(self) -> Option<Optional> {
        match self {
            Self::Essential(_) => None,
            Self::Optional(purpose) => Some(purpose),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_purpose_is_found_by_its_own_name() {
        let own = [Optional::PREFERENCES, Optional::ANALYTICS].map(Purpose::Optional);
        for purpose in Purpose::essential().chain(own) {
            assert_eq!(purpose.as_str().parse(), Ok(purpose));
        }
        let longest = "a".repeat(MAX_PURPOSE_NAME);
        for name in ["a", "social-media", "ads_2", &longest] {
            assert_eq!(name.parse::<Optional>().map(String::from).as_deref(), Ok(name));
            assert_eq!(serde_json::from_str::<Optional>(&format!("{name:?}")).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_is_no_name_or_means_something_else_is_refused() {
        let too_long = "a".repeat(MAX_PURPOSE_NAME + 1);
        for name in ["", "Analytics", "analytics ", "1st", "-a", "a.b", "a~b", "a:b", "a\0", "caf\u{e9}", &too_long] {
            assert!(name.parse::<Purpose>().is_err(), "{name:?}");
        }
        for name in RESERVED.into_iter().chain(["authentication", "security", "consent"]) {
            assert!(name.parse::<Optional>().is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn names_are_ordered_as_their_texts(one in "[a-z][a-z0-9_-]{0,23}", other in "[a-z][a-z0-9_-]{0,23}") {
            if let (Ok(first), Ok(second)) = (one.parse::<Optional>(), other.parse::<Optional>()) {
                prop_assert_eq!(first.cmp(&second), one.cmp(&other));
                prop_assert_eq!(first.as_str(), one);
            }
        }
    }
}
