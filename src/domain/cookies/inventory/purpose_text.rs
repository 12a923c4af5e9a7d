//! Purposes as the publisher describes them, and their validation.

use std::collections::{BTreeSet, HashMap};

use strum::VariantArray as _;

use super::{
    super::{
        declaration::{Declaration, FirstPartyCookie},
        purpose::{MAX_OPTIONAL_PURPOSES, Optional, Purpose},
        service_entry::ServiceEntry,
    },
    CookieField, InventoryViolation,
};
use crate::domain::{
    cookies::{collected::Collected, consent_mode::StorageType, personal_data::PersonalData},
    policy::version::Version,
};

/// The text of a purpose for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeText {
    pub purpose: Purpose,
    /// The name within a sentence; empty for an essential purpose.
    pub label: String,
    /// The question; empty for an essential purpose.
    pub question: String,
    /// Its meaning on this site in plain words.
    pub description: String,
    /// What analytics collects beside the count of a page view; empty for every other purpose.
    pub collects: Vec<Collected>,
    /// The storage types of Consent Mode that a yes grants; empty for an essential purpose.
    pub consent_mode: Vec<StorageType>,
    /// The kinds of personal data, for records; empty if the publisher does not say.
    pub data: Vec<PersonalData>,
    /// The edition that introduced this text.
    pub since: Version,
    /// The edition that dropped the purpose.
    pub until: Option<Version>,
}

/// The newest text of the purpose as of an edition, unless that edition has dropped it.
///
/// A purpose that the program needs has its first text under every older edition.
pub(super) fn text_as_of(texts: &[PurposeText], purpose: Purpose, version: Version) -> Option<&PurposeText> {
    let of_purpose = || texts.iter().filter(move |text| text.purpose == purpose);
    let newest = of_purpose().filter(|text| text.since <= version).max_by_key(|text| text.since);
    let is_bound = FirstPartyCookie::VARIANTS.iter().any(|own| own.purpose() == purpose);
    let text = newest.or_else(|| of_purpose().min_by_key(|text| text.since).filter(|_| is_bound))?;
    Some(text).filter(|text| text.until.is_none_or(|until| until > version))
}

/// Checks the texts one by one.
pub fn purpose_violations(texts: &[PurposeText]) -> Vec<InventoryViolation> {
    let mut found = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let mut wrong = |field, what: String| found.push(InventoryViolation { at: Some((index, field)), what });
        let name = text.purpose.as_str();
        let earlier = || texts.iter().take(index).filter(|other| other.purpose == text.purpose);
        if earlier().any(|other| other.since == text.since) {
            wrong(CookieField::Since, format!("{name} is described twice since edition {}", text.since));
        }
        if text.description.trim().is_empty() {
            wrong(CookieField::Description, format!("{name} has an empty description"));
        }
        if text.until.is_some_and(|until| until <= text.since) {
            wrong(CookieField::Until, format!("{name} must end with an edition after {}", text.since));
        }
        if text.purpose.is_essential() {
            check_essential(text, &mut wrong);
        } else if text.question.trim().is_empty() {
            wrong(CookieField::Question, format!("{name} waits for an answer, so it needs a question"));
        }
        if text.purpose != Purpose::Optional(Optional::ANALYTICS) && !text.collects.is_empty() {
            wrong(CookieField::Collects, format!("only analytics collects anything, not {name}"));
        }
        // Visitors are asked again only if the text changes.
        if let Some(other) = earlier().find(|other| other.description == text.description) {
            let since = other.since;
            if other.collects != text.collects {
                let what = format!("{name} collects something else than in edition {since}, so describe it anew");
                wrong(CookieField::Description, what);
            }
            if other.consent_mode != text.consent_mode {
                let what = format!("{name} grants something else than in edition {since}, so describe it anew");
                wrong(CookieField::ConsentMode, what);
            }
        }
    }
    let optional: BTreeSet<_> = texts.iter().filter_map(|text| text.purpose.optional()).collect();
    if optional.len() > MAX_OPTIONAL_PURPOSES {
        let what = format!("there are {} optional purposes, but {MAX_OPTIONAL_PURPOSES} at most", optional.len());
        found.push(InventoryViolation { at: None, what });
    }
    found
}

/// An essential purpose is always on: nothing is asked, granted or dropped.
fn check_essential(text: &PurposeText, wrong: &mut impl FnMut(CookieField, String)) {
    let name = text.purpose.as_str();
    if !text.question.is_empty() {
        wrong(CookieField::Question, format!("{name} is always on, so there is nothing to ask"));
    }
    if !text.label.is_empty() {
        wrong(CookieField::Label, format!("the program names {name} itself, in every language"));
    }
    if !text.consent_mode.is_empty() {
        wrong(CookieField::ConsentMode, format!("{name} is always on, so it grants nothing by consent"));
    }
    if text.until.is_some() {
        wrong(CookieField::Until, format!("the program needs {name}, so it cannot end"));
    }
}

/// A violation for each essential purpose without a text.
pub fn undescribed_purposes(described: impl IntoIterator<Item = Purpose>) -> Vec<InventoryViolation> {
    let mut missing: Vec<_> = Purpose::essential().collect();
    for purpose in described {
        missing.retain(|other| *other != purpose);
    }
    let what = |purpose: Purpose| format!("there is no [[purpose]] that describes {}", purpose.as_str());
    missing.into_iter().map(|purpose| InventoryViolation { at: None, what: what(purpose) }).collect()
}

/// A violation for each declaration of an optional purpose that its edition does not describe.
pub fn purposeless_cookies(declarations: &[Declaration], texts: &[PurposeText]) -> Vec<InventoryViolation> {
    let violation = |(index, one): (usize, &Declaration)| {
        let is_replaced = |end| {
            declarations.iter().any(|other| other.name == one.name && other.since > one.since && other.since <= end)
        };
        purposeless(texts, (&one.name, one.purpose), (one.since, one.until), is_replaced)
            .map(|(field, what)| InventoryViolation { at: Some((index, field)), what })
    };
    declarations.iter().enumerate().filter_map(violation).collect()
}

/// A violation for each entry of a service for an optional purpose that its edition does not
/// describe.
pub fn purposeless_entries(entries: &[ServiceEntry], texts: &[PurposeText]) -> Vec<InventoryViolation> {
    let mut editions: HashMap<_, Vec<Version>> = HashMap::new();
    for entry in entries {
        editions.entry(entry.key()).or_default().push(entry.since);
    }
    let violation = |(index, entry): (usize, &ServiceEntry)| {
        let later = editions.get(&entry.key()).into_iter().flatten().filter(|since| **since > entry.since);
        let is_replaced = |end| later.clone().any(|since| *since <= end);
        purposeless(texts, (entry.name.as_str(), entry.purpose), (entry.since, entry.until), is_replaced)
            .map(|(field, what)| InventoryViolation { at: Some((index, field)), what })
    };
    entries.iter().enumerate().filter_map(violation).collect()
}

/// What is wrong with an entry for an optional purpose that no text describes as long as the entry
/// applies.
fn purposeless(
    texts: &[PurposeText],
    (name, purpose): (&str, Purpose),
    (since, until): (Version, Option<Version>),
    is_replaced: impl Fn(Version) -> bool,
) -> Option<(CookieField, String)> {
    if purpose.is_essential() {
        return None;
    }
    if text_as_of(texts, purpose, since).is_none() {
        let purpose = purpose.as_str();
        let what = format!("{name} is for {purpose}, but no [[purpose]] describes that in edition {since}");
        return Some((CookieField::Purpose, what));
    }
    let mut described = texts.iter().filter(|text| text.purpose == purpose);
    let end = described.find_map(|text| text.until.filter(|end| *end > since))?;
    let what = format!("{} ends with edition {end}, so {name} must end with it or serve another", purpose.as_str());
    (until.is_none_or(|until| until > end) && !is_replaced(end)).then_some((CookieField::Until, what))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
pub(crate) mod tests {
    use super::*;
    use crate::domain::cookies::{
        declaration::{Attributes, Lifetime, SameSite},
        purpose::Essential,
    };

    const SECURITY: Purpose = Purpose::Essential(Essential::Security);
    const CONSENT: Purpose = Purpose::Essential(Essential::Consent);
    const ANALYTICS: Purpose = Purpose::Optional(Optional::ANALYTICS);

    /// The purposes that the program knows.
    pub(crate) fn known() -> Vec<Purpose> {
        let optional = [Optional::PREFERENCES, Optional::ANALYTICS].map(Purpose::Optional);
        Purpose::essential().chain(optional).collect()
    }

    /// A text without a mistake, since edition 1 and `minor`.
    pub(in crate::domain) fn text(purpose: Purpose, description: &str, minor: u16) -> PurposeText {
        let of_optional = |text: &str| if purpose.is_essential() { String::new() } else { text.to_owned() };
        PurposeText {
            purpose,
            label: of_optional("this"),
            question: of_optional("May we?"),
            description: description.to_owned(),
            collects: Vec::new(),
            data: Vec::new(),
            consent_mode: Vec::new(),
            since: Version { major: 1, minor },
            until: None,
        }
    }

    fn named(name: &str) -> Purpose {
        name.parse().unwrap()
    }

    fn wrong(text: PurposeText, field: CookieField, what: &str) {
        let expected = InventoryViolation { at: Some((0, field)), what: what.to_owned() };
        assert_eq!(purpose_violations(&[text]), [expected]);
    }

    #[test]
    fn analytics_alone_collects() {
        let collects = vec![Collected::Country];
        let text = PurposeText { collects, ..text(SECURITY, "For you.", 0) };
        wrong(text, CookieField::Collects, "only analytics collects anything, not security");
    }

    #[test]
    fn a_yes_means_more_only_with_another_description() {
        let before = text(ANALYTICS, "For you.", 0);
        let since = Version { major: 1, minor: 1 };
        let collecting = PurposeText { collects: vec![Collected::Country], since, ..before.clone() };
        let granting = PurposeText { consent_mode: vec![StorageType::AdStorage], since, ..before.clone() };
        for (mut after, field, what) in [
            (
                collecting,
                CookieField::Description,
                "analytics collects something else than in edition 1.0, so describe it anew",
            ),
            (
                granting,
                CookieField::ConsentMode,
                "analytics grants something else than in edition 1.0, so describe it anew",
            ),
        ] {
            let expected = InventoryViolation { at: Some((1, field)), what: what.to_owned() };
            assert_eq!(purpose_violations(&[before.clone(), after.clone()]), [expected]);
            after.description = "That too.".to_owned();
            assert_eq!(purpose_violations(&[before.clone(), after]), []);
        }
    }

    #[test]
    fn every_essential_purpose_is_described() {
        let texts: Vec<_> = known().into_iter().map(|purpose| text(purpose, "For you.", 0)).collect();
        assert_eq!(purpose_violations(&texts), []);
        assert_eq!(undescribed_purposes(Purpose::essential()), []);
        for purpose in Purpose::essential() {
            let others = known().into_iter().filter(|other| *other != purpose);
            let what = format!("there is no [[purpose]] that describes {}", purpose.as_str());
            assert_eq!(undescribed_purposes(others), [InventoryViolation { at: None, what }]);
        }
    }

    #[test]
    fn an_optional_purpose_has_a_question_and_an_essential_one_has_nothing_to_ask() {
        let (security, analytics) = (text(SECURITY, "For you.", 0), text(ANALYTICS, "For you.", 0));
        let asking = PurposeText { question: "May we?".to_owned(), ..security.clone() };
        wrong(asking, CookieField::Question, "security is always on, so there is nothing to ask");
        let labelled = PurposeText { label: "safety".to_owned(), ..security.clone() };
        wrong(labelled, CookieField::Label, "the program names security itself, in every language");
        let granting = PurposeText { consent_mode: vec![StorageType::AdStorage], ..security.clone() };
        wrong(granting, CookieField::ConsentMode, "security is always on, so it grants nothing by consent");
        let ending = PurposeText { until: Some(Version { major: 1, minor: 1 }), ..security };
        wrong(ending, CookieField::Until, "the program needs security, so it cannot end");
        let silent = PurposeText { question: " ".to_owned(), ..analytics.clone() };
        wrong(silent, CookieField::Question, "analytics waits for an answer, so it needs a question");
        let over = PurposeText { until: Some(Version { major: 1, minor: 0 }), ..analytics };
        wrong(over, CookieField::Until, "analytics must end with an edition after 1.0");
        wrong(text(CONSENT, "\n", 0), CookieField::Description, "consent has an empty description");
    }

    #[test]
    fn a_purpose_is_described_once_for_an_edition() {
        let (first, later) = (text(SECURITY, "For you.", 0), text(SECURITY, "For you.", 1));
        assert_eq!(purpose_violations(&[first.clone(), later.clone()]), []);
        let what = "security is described twice since edition 1.1".to_owned();
        let twice = [later.clone(), first, later];
        assert_eq!(purpose_violations(&twice), [InventoryViolation { at: Some((2, CookieField::Since)), what }]);
    }

    #[test]
    fn there_are_only_so_many_optional_purposes() {
        let texts = |count: usize| -> Vec<_> {
            (0..count).map(|index| text(named(&format!("purpose-{index}")), "For you.", 0)).collect()
        };
        assert_eq!(purpose_violations(&texts(MAX_OPTIONAL_PURPOSES)), []);
        let what = "there are 33 optional purposes, but 32 at most".to_owned();
        assert_eq!(purpose_violations(&texts(33)), [InventoryViolation { at: None, what }]);
    }

    #[test]
    fn a_cookie_serves_a_purpose_for_as_long_as_that_is_described() {
        let version = |minor| Version { major: 1, minor };
        let cookie = |since, until: Option<u16>| Declaration {
            name: "__Host-ad".to_owned(),
            purpose: named("advertising"),
            lifetime: Lifetime::Session,
            attributes: Attributes { http_only: true, secure: true, same_site: SameSite::Lax, path: "/".to_owned() },
            set_by: "Us".to_owned(),
            description: "For you.".to_owned(),
            since: version(since),
            until: until.map(version),
            no_host_prefix_because: None,
        };
        let described = text(named("advertising"), "Ads.", 1);
        let ended = PurposeText { until: Some(version(3)), ..described.clone() };
        let early = "__Host-ad is for advertising, but no [[purpose]] describes that in edition 1.0";
        let late = "advertising ends with edition 1.3, so __Host-ad must end with it or serve another";
        let after = "__Host-ad is for advertising, but no [[purpose]] describes that in edition 1.3";
        for (cookie, text, expected) in [
            (cookie(1, None), &described, None),
            (cookie(0, None), &described, Some((CookieField::Purpose, early))),
            (cookie(1, Some(3)), &ended, None),
            (cookie(1, Some(2)), &ended, None),
            (cookie(1, None), &ended, Some((CookieField::Until, late))),
            (cookie(1, Some(4)), &ended, Some((CookieField::Until, late))),
            (cookie(3, None), &ended, Some((CookieField::Purpose, after))),
        ] {
            let found = purposeless_cookies(&[cookie], std::slice::from_ref(text));
            let found: Vec<_> = found.iter().map(|one| (one.at.map(|(_, field)| field), one.what.as_str())).collect();
            assert_eq!(found, expected.map(|(field, what)| (Some(field), what)).into_iter().collect::<Vec<_>>());
        }
    }
}
