//! Purposes of cookies. Essential ones are always on; optional ones are off until the visitor
//! grants them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

/// A purpose that the site cannot work without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Essential {
    /// Identifies a signed-in user.
    Authentication,
    /// Protects visitors and the site.
    Security,
    /// Remembers the answers about optional purposes.
    Consent,
}

/// A purpose that needs consent.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[strum(const_into_str, serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Optional {
    /// Remembers settings such as the colour theme.
    Preferences,
    /// Counts visits.
    Analytics,
}

impl Optional {
    /// Every optional purpose, in the order of the questions.
    pub const ALL: [Self; 2] = [Self::Preferences, Self::Analytics];
}

/// One value for each optional purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PerPurpose<T> {
    pub preferences: T,
    pub analytics: T,
}

impl<T> PerPurpose<T> {
    /// Calls `value` for each purpose.
    pub fn from_fn(mut value: impl FnMut(Optional) -> T) -> Self {
        Self { preferences: value(Optional::Preferences), analytics: value(Optional::Analytics) }
    }

    pub const fn as_ref(&self) -> PerPurpose<&T> {
        PerPurpose { preferences: &self.preferences, analytics: &self.analytics }
    }

    /// Maps each value.
    pub fn map<U>(self, mut turn: impl FnMut(T) -> U) -> PerPurpose<U> {
        PerPurpose { preferences: turn(self.preferences), analytics: turn(self.analytics) }
    }
}

impl<T: Copy> PerPurpose<T> {
    /// The same value for every purpose.
    pub const fn all(value: T) -> Self {
        Self { preferences: value, analytics: value }
    }

    /// The value for one purpose.
    pub const fn get(self, purpose: Optional) -> T {
        match purpose {
            Optional::Preferences => self.preferences,
            Optional::Analytics => self.analytics,
        }
    }

    /// Replaces the value for one purpose.
    #[must_use]
    pub const fn with(mut self, purpose: Optional, value: T) -> Self {
        match purpose {
            Optional::Preferences => self.preferences = value,
            Optional::Analytics => self.analytics = value,
        }
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Always on.
    Essential(Essential),
    /// Off until granted.
    Optional(Optional),
}

impl FromStr for Purpose {
    type Err = strum::ParseError;

    fn from_str(name: &str) -> Result<Self, strum::ParseError> {
        name.parse().map(Self::Essential).or_else(|_| name.parse().map(Self::Optional))
    }
}

impl Purpose {
    /// Every purpose, in the order of the pages.
    pub const ALL: [Self; 5] = [
        Self::Essential(Essential::Authentication),
        Self::Essential(Essential::Security),
        Self::Essential(Essential::Consent),
        Self::Optional(Optional::Preferences),
        Self::Optional(Optional::Analytics),
    ];

    /// The name of the purpose in files, forms and cookies.
    pub const fn into_str(self) -> &'static str {
        match self {
            Self::Essential(purpose) => purpose.into_str(),
            Self::Optional(purpose) => purpose.into_str(),
        }
    }

    /// Whether a cookie of this purpose needs no decision.
    pub const fn is_essential(self) -> bool {
        matches!(self, Self::Essential(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_is_found_by_its_own_name_and_nothing_else_is() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.into_str().parse(), Ok(purpose));
        }
        for name in ["", "Analytics", "marketing", "analytics "] {
            assert!(name.parse::<Purpose>().is_err(), "{name:?}");
        }
    }
    #[test]
    fn a_value_is_found_under_the_purpose_that_it_was_put_under() {
        let names = PerPurpose::from_fn(|purpose| purpose.into_str());
        for purpose in Optional::ALL {
            assert_eq!(names.get(purpose), purpose.into_str());
            assert_eq!(names.map(str::len).get(purpose), purpose.into_str().len());
            let other = names.with(purpose, "other");
            for each in Optional::ALL {
                assert_eq!(other.get(each), if each == purpose { "other" } else { each.into_str() });
            }
        }
    }
}
