//! The version number of an edition.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::from_text::from_text;

/// A policy version such as `1.1`: two numbers, compared as numbers (`1.10` is newer than `1.9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Version {
    /// Raised when the meaning of the policy changes.
    pub major: u16,
    /// Raised by every other edition.
    pub minor: u16,
}

/// The text is not of the form `major.minor`, in plain digits without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is two numbers with a full stop between them, such as 1.1")]
pub struct ParseVersionError;

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        let (major, minor) = text.split_once('.').ok_or(ParseVersionError)?;
        // `+1.01` parses as numbers but is a second address for one edition.
        let is_plain = |number: &str| number == "0" || number.starts_with(|first| matches!(first, '1'..='9'));
        let parse = |number: &str| number.parse().ok().filter(|_| is_plain(number)).ok_or(ParseVersionError);
        Ok(Self { major: parse(major)?, minor: parse(minor)? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_text(from)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_spelling() {
        for good in ["0.0", "1.0", "1.10", "65535.65535"] {
            assert_eq!(good.parse::<Version>().map(|v| v.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "1", "1.", ".1", "1.0.0", "01.0", "1.00", "+1.0", " 1.0", "1.0 ", "65536.0", "-1.0", "1.x"] {
            assert_eq!(bad.parse::<Version>(), Err(ParseVersionError), "{bad:?}");
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(Version { major: 1, minor: 10 } > Version { major: 1, minor: 9 });
    }
}
