//! The prompt snapshot: the prompt as a text that can be hashed, stored and compared.

use std::sync::Arc;

use crate::{
    domain::{
        consent::snapshot::{Fingerprint, PromptContent, PromptPurpose},
        cookies::{declaration::FirstPartyCookie, purpose::PerPurpose},
        ledger::record::RecordText,
    },
    system::digest::{sha256, sha256_hex},
};

/// The prompt of an edition with its canonical text and hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptSnapshot {
    pub shown: PromptContent,
    /// The canonical JSON with its hash.
    pub text: Arc<RecordText>,
    /// The fingerprints that answers refer to.
    pub fingerprints: Arc<PerPurpose<Fingerprint>>,
}

impl PromptSnapshot {
    pub(crate) fn new(shown: PromptContent) -> Self {
        let text = serde_json::to_string(&shown).unwrap_or_default();
        let fingerprints = shown.purposes.iter().map(|(purpose, prompt)| (*purpose, fingerprint(prompt)));
        let fingerprints = Arc::new(fingerprints.collect());
        let text = Arc::new(RecordText { hash: sha256_hex(&text), text, original: None });
        Self { shown, text, fingerprints }
    }

    /// Creates the snapshot of a translated prompt. Answers refer to the fingerprints of the
    /// original, which prevails, so a change of language asks nobody again.
    pub(crate) fn translating(original: &Self, shown: PromptContent) -> Self {
        let translation = Self::new(shown);
        let RecordText { text, hash, .. } = translation.text.as_ref().clone();
        let text = Arc::new(RecordText { text, hash, original: Some(Arc::clone(&original.text)) });
        Self { fingerprints: Arc::clone(&original.fingerprints), text, ..translation }
    }
}

/// The fingerprint of a purpose's prompt. A new name of a first-party cookie does not change it:
/// the cookie is the same.
pub fn fingerprint(shown: &PromptPurpose) -> Fingerprint {
    let mut shown = shown.clone();
    for cookie in &mut shown.cookies {
        if let Some(own) = FirstPartyCookie::from_name(&cookie.name) {
            own.label().clone_into(&mut cookie.name);
        }
    }
    let text = serde_json::to_string(&shown).unwrap_or_default();
    let bytes = sha256(&text);
    Fingerprint(bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        consent::snapshot::{PromptCookie, PromptEntry},
        cookies::{
            declaration::SameSite,
            purpose::Optional,
            service_entry::{Party, Retention, StatedAttributes, StorageKind},
        },
        policy::version::Version,
    };

    fn purpose() -> PromptPurpose {
        PromptPurpose {
            name: "analytics".to_owned(),
            question: "May we count?".to_owned(),
            description: "Adds \"one\".".to_owned(),
            cookies: vec![PromptCookie {
                name: "a".to_owned(),
                max_age: Some(60),
                http_only: true,
                secure: false,
                same_site: SameSite::Lax,
                path: "/".to_owned(),
                set_by: "Us".to_owned(),
                description: "Ä".to_owned(),
            }],
            services: Vec::new(),
        }
    }

    const TEXT: &str = r#"{"name":"analytics","question":"May we count?","description":"Adds \"one\".","cookies":[{"name":"a","max_age":60,"http_only":true,"secure":false,"same_site":"Lax","path":"/","set_by":"Us","description":"Ä"}]}"#;

    #[test]
    fn the_canonical_text_is_this_and_reads_back_as_what_was_shown() {
        let purposes = PerPurpose::from([(Optional::PREFERENCES, purpose()), (Optional::ANALYTICS, purpose())]);
        let version = Version { major: 1, minor: 1 };
        let shown = PromptContent { version, locale: "en".to_owned(), policy: sha256_hex("a"), purposes };
        let written = PromptSnapshot::new(shown.clone());
        let policy = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
        let text = format!(
            r#"{{"version":"1.1","locale":"en","policy":"{policy}","purposes":{{"analytics":{TEXT},"preferences":{TEXT}}}}}"#
        );
        assert_eq!(written.text.text, text);
        assert_eq!(written.text.hash, sha256_hex(&text));
        assert_eq!(serde_json::from_str::<PromptContent>(&written.text.text).ok(), Some(shown));
    }

    #[test]
    fn a_fingerprint_is_the_beginning_of_the_hash_and_differs_with_each_thing_that_is_shown() {
        let first = fingerprint(&purpose());
        assert_eq!(first.to_string(), sha256_hex(TEXT)[..16]);
        let changed = |change: fn(&mut PromptPurpose)| {
            let mut shown = purpose();
            change(&mut shown);
            fingerprint(&shown)
        };
        let other_ways: [fn(&mut PromptPurpose); 11] = [
            |shown| shown.question.push('?'),
            |shown| shown.description.clear(),
            |shown| shown.cookies.clear(),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.name.push('b')),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.max_age = None),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.http_only = false),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.secure = true),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.same_site = SameSite::Strict),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.path.push('a')),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.set_by.push('s')),
            |shown| shown.cookies.iter_mut().for_each(|cookie| cookie.description.push('.')),
        ];
        for change in other_ways {
            assert_ne!(changed(change), first);
        }
        assert_eq!(changed(|_| ()), first);
    }

    #[test]
    fn what_a_service_declares_is_part_of_the_canonical_text() {
        let entry = PromptEntry {
            service: "shop".to_owned(),
            kind: StorageKind::LocalStorage,
            name: "cart_*".to_owned(),
            kept: Retention::Seconds(60),
            attributes: StatedAttributes::default(),
            party: Some(Party::First),
            set_by: None,
            description: "Ä".to_owned(),
        };
        let cookie = PromptEntry {
            kind: StorageKind::Cookie,
            kept: Retention::UntilDeleted,
            attributes: StatedAttributes { secure: Some(true), ..StatedAttributes::default() },
            party: None,
            set_by: Some("Us".to_owned()),
            ..entry.clone()
        };
        let shown = PromptPurpose { cookies: Vec::new(), services: vec![cookie, entry], ..purpose() };
        let text = serde_json::to_string(&shown).unwrap_or_default();
        let entries = r#""services":[{"service":"shop","kind":"cookie","name":"cart_*","kept":"until_deleted","secure":true,"set_by":"Us","description":"Ä"},{"service":"shop","kind":"local storage","name":"cart_*","kept":{"seconds":60},"party":"first","description":"Ä"}]}"#;
        assert!(text.ends_with(entries), "{text}");
        assert_eq!(serde_json::from_str::<PromptPurpose>(&text).ok().as_ref(), Some(&shown));
        let less = PromptPurpose { services: Vec::new(), ..shown.clone() };
        assert_ne!(fingerprint(&less), fingerprint(&shown));
    }
}
