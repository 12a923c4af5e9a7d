//! Texts of purposes for readers, and their validation.

use super::{
    super::purpose::{Optional, Purpose},
    CookieField, InventoryViolation,
};
use crate::domain::{
    cookies::{collected::Collected, personal_data::PersonalData},
    policy::version::Version,
};

/// The text of a purpose for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeText {
    pub purpose: Purpose,
    /// The question; empty for an essential purpose.
    pub question: String,
    /// Its meaning on this site in plain words.
    pub description: String,
    /// What analytics collects beside the count of a page view; empty for every other purpose.
    pub collects: Vec<Collected>,
    /// The kinds of personal data, for records; empty if the publisher does not say.
    pub data: Vec<PersonalData>,
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
        if text.purpose != Purpose::Optional(Optional::Analytics) && !text.collects.is_empty() {
            wrong(CookieField::Collects, format!("only analytics collects anything, not {name}"));
        }
        // Visitors are asked again only if the text changes.
        let is_silent = |other: &PurposeText| {
            other.purpose == text.purpose && other.collects != text.collects && other.description == text.description
        };
        if let Some(other) = texts.iter().take(index).find(|other| is_silent(other)) {
            let what = format!("{name} collects something else than in edition {}, so describe it anew", other.since);
            wrong(CookieField::Description, what);
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
    use crate::domain::cookies::purpose::Essential;

    const FIRST: Version = Version { major: 1, minor: 0 };
    const SECOND: Version = Version { major: 1, minor: 1 };
    const SECURITY: Purpose = Purpose::Essential(Essential::Security);
    const CONSENT: Purpose = Purpose::Essential(Essential::Consent);
    const ANALYTICS: Purpose = Purpose::Optional(Optional::Analytics);

    fn text(purpose: Purpose, question: &str) -> PurposeText {
        PurposeText {
            purpose,
            question: question.to_owned(),
            description: "For you.".to_owned(),
            collects: Vec::new(),
            data: Vec::new(),
            since: FIRST,
        }
    }

    #[test]
    fn analytics_alone_collects_and_says_so_in_its_description() {
        let collects = vec![Collected::Country];
        let wrong = PurposeText { collects: collects.clone(), ..text(SECURITY, "") };
        let what = "only analytics collects anything, not security".to_owned();
        assert_eq!(purpose_violations(&[wrong]), [InventoryViolation { at: Some((0, CookieField::Collects)), what }]);
        let before = text(ANALYTICS, "May we?");
        let mut after = PurposeText { collects, since: SECOND, ..before.clone() };
        let what = "analytics collects something else than in edition 1.0, so describe it anew".to_owned();
        assert_eq!(
            purpose_violations(&[before.clone(), after.clone()]),
            [InventoryViolation { at: Some((1, CookieField::Description)), what }]
        );
        after.description = "Your country too.".to_owned();
        assert_eq!(purpose_violations(&[before, after]), []);
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
