//! By what the decisions of visitors are published.

use crate::domain::cookies::purpose::Optional;

/// A dimension of the published decisions. Each decision is in at most one group of each dimension.
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
    /// Every dimension of a site with these optional purposes, in the order of the page.
    pub fn all(purposes: impl IntoIterator<Item = Optional>) -> Vec<Self> {
        purposes.into_iter().map(Self::Purpose).chain([Self::Version, Self::Service]).collect()
    }

    /// The name in the published files.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Purpose(purpose) => purpose.as_str(),
            Self::Version => "version",
            Self::Service => "service",
        }
    }
}
