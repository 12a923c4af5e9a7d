//! The country of a client, the finest location that is ever counted.

use std::{fmt, str::FromStr};

/// A country or territory, as its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The country is not known, or not counted. ISO 3166-1 reserves the code for users, and the
    /// Unicode CLDR calls it the unknown region.
    pub const UNKNOWN: Self = Self(*b"ZZ");
}

impl Default for Country {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// The text is not the code of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a country is two capital letters")]
pub struct ParseCountryError;

impl FromStr for Country {
    type Err = ParseCountryError;

    fn from_str(code: &str) -> Result<Self, ParseCountryError> {
        match *code.as_bytes() {
            [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => Ok(Self([first, second])),
            _ => Err(ParseCountryError),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(f, "{first}{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capital_letters() {
        for code in ["DE", "TN", "ZZ"] {
            assert_eq!(code.parse::<Country>().map(|country| country.to_string()).as_deref(), Ok(code));
        }
        for wrong in ["", "D", "de", "DEU", "D1", "\u{c4}", "D\u{c4}", " DE"] {
            assert_eq!(wrong.parse::<Country>(), Err(ParseCountryError), "{wrong:?}");
        }
    }
}
