//! By what the decisions of visitors are published.

use crate::domain::cookies::purpose::Optional;

/// A dimension of the published decisions. Each decision is in one group of each dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChoiceDimension {
    /// The groups are the outcomes for the purpose.
    Purpose(Optional),
    /// The edition of the policy.
    Version,
    /// The partner service on whose page the visitor decided.
    Service,
}

impl ChoiceDimension {
    /// Every dimension, in the order of the page.
    pub const ALL: [Self; 4] =
        [Self::Purpose(Optional::Preferences), Self::Purpose(Optional::Analytics), Self::Version, Self::Service];

    /// The name in the published files.
    pub const fn into_str(self) -> &'static str {
        match self {
            Self::Purpose(purpose) => purpose.into_str(),
            Self::Version => "version",
            Self::Service => "service",
        }
    }
}
