//! What analytics collects beside the count of a page view, if the current edition says so.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// The names are those of `collects` in the publisher's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Collected {
    /// The country of the client.
    Country,
    /// The performance of the page, which a script measures.
    Performance,
}

impl Collected {
    pub const ALL: &'static [Self] = Self::VARIANTS;
}
