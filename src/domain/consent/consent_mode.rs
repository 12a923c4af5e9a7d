//! Grants in the terms of Google's Consent Mode v2, for partner services that use them.
//!
//! The purposes map like this: `authentication` to `functionality_storage`, `preferences` to
//! `personalization_storage`, `security` to `security_storage`, `analytics` to `analytics_storage`.
//! Essential purposes are always granted. No purpose is for advertising, so all of that is denied.

use crate::domain::cookies::purpose::PerPurpose;

/// Each storage type, and whether it is granted.
pub const fn grants(granted: PerPurpose<bool>) -> [(&'static str, bool); 7] {
    [
        ("ad_storage", false),
        ("ad_user_data", false),
        ("ad_personalization", false),
        ("analytics_storage", granted.analytics),
        ("functionality_storage", true),
        ("personalization_storage", granted.preferences),
        ("security_storage", true),
    ]
}

pub const fn word(is_granted: bool) -> &'static str {
    if is_granted { "granted" } else { "denied" }
}

/// The state as one attribute: `name=granted` or `name=denied`, separated by spaces.
pub fn state(granted: PerPurpose<bool>) -> String {
    grants(granted).map(|(name, is_granted)| format!("{name}={}", word(is_granted))).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_its_own_word_and_advertising_is_always_denied() {
        for (preferences, analytics, personalization, counting) in [
            (false, false, "denied", "denied"),
            (true, false, "granted", "denied"),
            (false, true, "denied", "granted"),
            (true, true, "granted", "granted"),
        ] {
            let expected = format!(
                "ad_storage=denied ad_user_data=denied ad_personalization=denied analytics_storage={counting} \
                 functionality_storage=granted personalization_storage={personalization} security_storage=granted"
            );
            assert_eq!(state(PerPurpose { preferences, analytics }), expected);
        }
    }
}
