//! Texts of purposes for readers, and their validation.

use super::{super::purpose::Purpose, CookieField, InventoryViolation};
use crate::domain::policy::version::Version;

/// The text of a purpose for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeText {
    pub purpose: Purpose,
    /// The question; empty for an essential purpose.
    pub question: String,
    /// Its meaning on this site in plain words.
    pub description: String,
    /// The edition that introduced this text.
    pub since: Version,
}

/// Checks the texts one by one.
pub fn purpose_violations(texts: &[PurposeText]) -> Vec<InventoryViolation> {
    let mut found = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let mut wrong = |field, what: String| found.push(InventoryViolation { at: Some((index, field)), what });
        let name = text.purpose.into_str();
        let is_same = |other: &PurposeText| (other.purpose, other.since) == (text.purpose, text.since);
        if texts.iter().take(index).any(is_same) {
            wrong(CookieField::Since, format!("{name} is described twice since edition {}", text.since));
        }
        if text.description.trim().is_empty() {
            wrong(CookieField::Description, format!("{name} has an empty description"));
        }
        if text.purpose.is_essential() && !text.question.is_empty() {
            wrong(CookieField::Question, format!("{name} is always on, so there is nothing to ask"));
        }
        if !text.purpose.is_essential() && text.question.trim().is_empty() {
            wrong(CookieField::Question, format!("{name} waits for an answer, so it needs a question"));
        }
    }
    found
}

/// A violation for each purpose without a text.
pub fn undescribed_purposes(described: impl IntoIterator<Item = Purpose>) -> Vec<InventoryViolation> {
    let mut missing = Purpose::ALL.to_vec();
    for purpose in described {
        missing.retain(|other| *other != purpose);
    }
    let what = |purpose: Purpose| format!("there is no [[purpose]] that describes {}", purpose.into_str());
    missing.into_iter().map(|purpose| InventoryViolation { at: None, what: what(purpose) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cookies::purpose::{Essential, Optional};

    const FIRST: Version = Version { major: 1, minor: 0 };
    const SECOND: Version = Version { major: 1, minor: 1 };
    const SECURITY: Purpose = Purpose::Essential(Essential::Security);
    const CONSENT: Purpose = Purpose::Essential(Essential::Consent);
    const ANALYTICS: Purpose = Purpose::Optional(Optional::Analytics);

    fn text(purpose: Purpose, question: &str) -> PurposeText {
        PurposeText { purpose, question: question.to_owned(), description: "For you.".to_owned(), since: FIRST }
    }

    #[test]
    fn every_purpose_is_described_and_the_optional_ones_have_a_question() {
        let texts = Purpose::ALL.map(|purpose| text(purpose, if purpose.is_essential() { "" } else { "May we?" }));
        assert_eq!(purpose_violations(&texts), []);
        assert_eq!(undescribed_purposes(Purpose::ALL), []);
        for purpose in Purpose::ALL {
            let others = Purpose::ALL.into_iter().filter(|other| *other != purpose);
            let what = format!("there is no [[purpose]] that describes {}", purpose.into_str());
            assert_eq!(undescribed_purposes(others), [InventoryViolation { at: None, what }]);
        }
        for (wrong, field, what) in [
            (text(SECURITY, "May we?"), CookieField::Question, "security is always on, so there is nothing to ask"),
            (text(ANALYTICS, " "), CookieField::Question, "analytics waits for an answer, so it needs a question"),
            (
                PurposeText { description: "\n".to_owned(), ..text(CONSENT, "") },
                CookieField::Description,
                "consent has an empty description",
            ),
        ] {
            assert_eq!(
                purpose_violations(&[wrong]),
                [InventoryViolation { at: Some((0, field)), what: what.to_owned() }]
            );
        }
        let later = PurposeText { since: SECOND, ..text(SECURITY, "") };
        assert_eq!(purpose_violations(&[text(SECURITY, ""), later.clone()]), []);
        let what = "security is described twice since edition 1.1".to_owned();
        let twice = [later.clone(), text(SECURITY, ""), later];
        assert_eq!(purpose_violations(&twice), [InventoryViolation { at: Some((2, CookieField::Since)), what }]);
    }
}
