//! Why a cookie exists. Essential purposes are always on; optional ones are off until the visitor grants them.

use serde::{Deserialize, Serialize};

/// A purpose that the site cannot work without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Essential {
    /// Recognises a signed-in member.
    Authentication,
    /// Keeps visitors and the site safe.
    Security,
    /// Remembers what the visitor decided about the optional purposes.
    Consent,
}

/// A purpose that waits for a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optional {
    /// Remembers settings such as the colour theme.
    Preferences,
    /// Counts visits.
    Analytics,
}

impl Optional {
    /// Every optional purpose, in the order in which they are asked.
    pub const ALL: [Self; 2] = [Self::Preferences, Self::Analytics];

    /// The field's word for it, as it stands in tables, forms and cookies.
    pub const fn name(self) -> &'static str {
        Purpose::Optional(self).name()
    }
}

/// Why a cookie exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Always on.
    Essential(Essential),
    /// Off until granted.
    Optional(Optional),
}

impl Purpose {
    /// Every purpose, in the order in which pages list them.
    pub const ALL: [Self; 5] = [
        Self::Essential(Essential::Authentication),
        Self::Essential(Essential::Security),
        Self::Essential(Essential::Consent),
        Self::Optional(Optional::Preferences),
        Self::Optional(Optional::Analytics),
    ];

    /// The field's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Essential(Essential::Authentication) => "authentication",
            Self::Essential(Essential::Security) => "security",
            Self::Essential(Essential::Consent) => "consent",
            Self::Optional(Optional::Preferences) => "preferences",
            Self::Optional(Optional::Analytics) => "analytics",
        }
    }

    /// The purpose of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
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
            assert_eq!(Purpose::parse(purpose.name()), Some(purpose));
        }
        for name in ["", "Analytics", "marketing", "analytics "] {
            assert_eq!(Purpose::parse(name), None, "{name:?}");
        }
    }
}
