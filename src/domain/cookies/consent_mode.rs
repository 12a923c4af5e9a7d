//! Grants in the terms of Google's Consent Mode v2, for partner services that use them.
//!
//! What the site needs is always granted: `functionality_storage` and `security_storage`. The other
//! storage types are granted with the optional purpose that the publisher binds them to, and denied
//! without one.

use std::collections::BTreeMap;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::purpose::Optional;

/// A storage type that depends on consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum StorageType {
    AdStorage,
    AdUserData,
    AdPersonalization,
    AnalyticsStorage,
    PersonalizationStorage,
}

impl StorageType {
    /// What a purpose grants unless the publisher says otherwise.
    pub fn defaults(purpose: Optional) -> &'static [Self] {
        match purpose {
            Optional::PREFERENCES => &[Self::PersonalizationStorage],
            Optional::ANALYTICS => &[Self::AnalyticsStorage],
            _ => &[],
        }
    }
}

/// The storage types that the site cannot work without.
const ALWAYS_GRANTED: [&str; 2] = ["functionality_storage", "security_storage"];

/// Each storage type, and whether it is granted.
pub fn grants(granted: impl IntoIterator<Item = StorageType>) -> BTreeMap<&'static str, bool> {
    let optional = StorageType::VARIANTS.iter().map(|storage| (storage.into_str(), false));
    let granted = granted.into_iter().map(|storage| (storage.into_str(), true));
    optional.chain(granted).chain(ALWAYS_GRANTED.map(|name| (name, true))).collect()
}

pub const fn word(is_granted: bool) -> &'static str {
    if is_granted { "granted" } else { "denied" }
}

/// The state as one attribute: `name=granted` or `name=denied`, separated by spaces.
pub fn state(granted: impl IntoIterator<Item = StorageType>) -> String {
    let words = grants(granted).into_iter().map(|(name, is_granted)| format!("{name}={}", word(is_granted)));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_purpose_grants_is_denied() {
        let denied = "ad_personalization=denied ad_storage=denied ad_user_data=denied analytics_storage=denied \
                      functionality_storage=granted personalization_storage=denied security_storage=granted";
        assert_eq!(state([]), denied);
        for storage in StorageType::VARIANTS {
            let name = storage.into_str();
            let granted = denied.replace(&format!("{name}=denied"), &format!("{name}=granted"));
            assert_eq!(state([*storage, *storage]), granted);
        }
    }
}
