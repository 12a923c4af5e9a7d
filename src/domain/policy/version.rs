//! The number of an edition of the policy.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A policy version such as `1.1`: two numbers, compared as numbers (`1.10` is newer than `1.9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Raised when the meaning of the policy changes.
    pub major: u16,
    /// Raised by every other edition.
    pub minor: u16,
}

/// The text is not of the form `major.minor`, in plain digits without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is two numbers with a full stop between them, such as 1.1")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (major, minor) = text.split_once('.').ok_or(NotAVersion)?;
        let version =
            Self { major: major.parse().map_err(|_| NotAVersion)?, minor: minor.parse().map_err(|_| NotAVersion)? };
        // `+1.01` parses as numbers but is a second address for one edition.
        if version.to_string() == text { Ok(version) } else { Err(NotAVersion) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl TryFrom<String> for Version {
    type Error = NotAVersion;

    fn try_from(text: String) -> Result<Self, NotAVersion> {
        text.parse()
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
            assert_eq!(bad.parse::<Version>(), Err(NotAVersion), "{bad:?}");
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(Version { major: 1, minor: 10 } > Version { major: 1, minor: 9 });
    }
}
