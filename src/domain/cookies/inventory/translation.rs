//! Translations of cookies and purposes. Facts exist in the original alone.

use std::collections::{HashMap, HashSet};

use super::{InventoryHistory, Purpose, PurposeText};
use crate::domain::{
    cookies::{
        declaration::Declaration,
        service_entry::{ServiceEntry, StorageKind},
    },
    policy::version::Version,
};

/// The translation of a cookie's declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieTranslation {
    pub name: String,
    /// The edition that introduced the original.
    pub since: Version,
    pub description: String,
}

/// The translation of what a partner service declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryTranslation {
    pub service: String,
    pub kind: StorageKind,
    pub name: String,
    /// The edition that introduced the original.
    pub since: Version,
    pub description: String,
}

/// What identifies an entry of a service, with its edition.
type DatedKey<'e> = (&'e str, StorageKind, &'e str, Version);

impl EntryTranslation {
    pub fn key(&self) -> DatedKey<'_> {
        (&self.service, self.kind, &self.name, self.since)
    }
}

/// The translation of a purpose's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeTranslation {
    pub purpose: Purpose,
    /// The edition that introduced the original.
    pub since: Version,
    /// Empty for an essential purpose.
    pub label: String,
    /// Empty for an essential purpose.
    pub question: String,
    /// Its meaning on this site.
    pub description: String,
}

/// The translation of the inventory into one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InventoryTranslation {
    pub cookies: Vec<CookieTranslation>,
    pub services: Vec<EntryTranslation>,
    pub purposes: Vec<PurposeTranslation>,
}

impl InventoryTranslation {
    /// Finds the translation of a cookie's declaration.
    pub fn cookie(&self, name: &str, since: Version) -> Option<&CookieTranslation> {
        self.cookies.iter().find(|words| (words.name.as_str(), words.since) == (name, since))
    }

    /// The descriptions of what services declare.
    fn entries(&self) -> HashMap<DatedKey<'_>, &str> {
        self.services.iter().map(|words| (words.key(), words.description.as_str())).collect()
    }

    /// Finds the translation of a purpose's text.
    pub fn purpose(&self, purpose: Purpose, since: Version) -> Option<&PurposeTranslation> {
        self.purposes.iter().find(|words| (words.purpose, words.since) == (purpose, since))
    }
}

impl InventoryHistory {
    /// Applies a translation; entries without one stay in the original language.
    #[must_use]
    pub fn translated(&self, translation: &InventoryTranslation) -> Self {
        let mut worded = self.clone();
        for declaration in &mut worded.declarations {
            if let Some(words) = translation.cookie(&declaration.name, declaration.since) {
                declaration.description.clone_from(&words.description);
            }
        }
        let entries = translation.entries();
        for entry in &mut worded.services {
            if let Some(description) = entries.get(&dated_key(entry)) {
                (*description).clone_into(&mut entry.description);
            }
        }
        for text in &mut worded.purposes {
            if let Some(words) = translation.purpose(text.purpose, text.since) {
                text.label.clone_from(&words.label);
                text.question.clone_from(&words.question);
                text.description.clone_from(&words.description);
            }
        }
        worded
    }

    /// The entries of these editions without a translation, in the publisher's terms.
    pub fn untranslated(&self, translation: &InventoryTranslation, editions: &[Version]) -> Vec<String> {
        let inventories: Vec<_> = editions.iter().map(|version| self.as_of(*version)).collect();
        let is_declared = |one: &&Declaration| {
            inventories
                .iter()
                .any(|inventory| inventory.declarations().iter().chain(inventory.former()).any(|other| other == *one))
        };
        let is_said = |one: &&PurposeText| inventories.iter().any(|inventory| inventory.purposes().contains(one));
        let cookies = self.declarations.iter().filter(|one| translation.cookie(&one.name, one.since).is_none());
        let cookies =
            cookies.filter(is_declared).map(|one| format!("the cookie {} of edition {}", one.name, one.since));
        let purposes =
            self.purposes.iter().filter(|one| translation.purpose(one.purpose, one.since).is_none()).filter(is_said);
        let purposes = purposes.map(|one| format!("the purpose {} of edition {}", one.purpose.as_str(), one.since));
        let known = translation.entries();
        let shown: HashSet<_> = inventories.iter().flat_map(|one| one.services().all().iter().map(dated_key)).collect();
        let entries = self.services.iter().filter(|entry| {
            let key = dated_key(entry);
            shown.contains(&key) && !known.contains_key(&key)
        });
        let entries = entries.map(|entry| {
            let ServiceEntry { service, name, storage, since, .. } = entry;
            format!("the {} {name} of {service} of edition {since}", storage.kind().into_str())
        });
        purposes.chain(cookies).chain(entries).collect()
    }

    /// The entries of services, by what a translation names.
    pub fn entry_keys(&self) -> impl Iterator<Item = DatedKey<'_>> {
        self.services.iter().map(dated_key)
    }

    /// Whether the edition introduced a declaration of the cookie.
    pub fn has_cookie(&self, name: &str, since: Version) -> bool {
        self.declarations.iter().any(|one| (one.name.as_str(), one.since) == (name, since))
    }

    /// Whether the edition introduced a text of the purpose.
    pub fn has_purpose(&self, purpose: Purpose, since: Version) -> bool {
        self.purposes.iter().any(|one| (one.purpose, one.since) == (purpose, since))
    }
}

fn dated_key(entry: &ServiceEntry) -> DatedKey<'_> {
    let (service, kind, name) = entry.key();
    (service, kind, name, entry.since)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use std::time::Duration;

    use strum::VariantArray as _;

    use super::*;
    use crate::domain::cookies::{
        declaration::{Attributes, Declaration, EssentialCookie, FirstPartyCookie, Lifetime, SameSite},
        inventory::{
            InventoryViolation,
            purpose_text::tests::{known, text},
        },
    };

    const FIRST: Version = Version { major: 1, minor: 0 };
    const SECOND: Version = Version { major: 1, minor: 1 };

    /// The server's own cookies and every purpose, with a second entry for one of each since the
    /// second edition.
    fn history() -> Result<InventoryHistory, Vec<InventoryViolation>> {
        let declaration = |own: FirstPartyCookie, since| Declaration {
            name: own.into_str().to_owned(),
            purpose: own.purpose(),
            lifetime: Lifetime::Persistent(Duration::from_mins(1)),
            attributes: Attributes { http_only: true, secure: true, same_site: SameSite::Lax, path: "/".to_owned() },
            set_by: "Us".to_owned(),
            description: "For you.".to_owned(),
            since,
            until: None,
            no_host_prefix_because: None,
        };
        let mut declarations: Vec<_> = FirstPartyCookie::VARIANTS.iter().map(|own| declaration(*own, FIRST)).collect();
        declarations.push(declaration(FirstPartyCookie::Visit, SECOND));
        let mut texts: Vec<_> = known().into_iter().map(|purpose| text(purpose, "For you.", 0)).collect();
        texts.push(text(FirstPartyCookie::Analytics.purpose(), "For you.", 1));
        InventoryHistory::new(declarations, texts)
    }

    #[test]
    fn words_go_to_the_entry_of_their_name_and_edition_and_change_no_fact() -> Result<(), Vec<InventoryViolation>> {
        let history = history()?;
        let analytics = FirstPartyCookie::Analytics.purpose();
        let cookie = CookieTranslation {
            name: "__Host-Http-visit".to_owned(),
            since: FIRST,
            description: "Für Sie.".to_owned(),
        };
        let purpose = PurposeTranslation {
            purpose: analytics,
            since: SECOND,
            label: "das".to_owned(),
            question: "Dürfen wir?".to_owned(),
            description: "Für Sie.".to_owned(),
        };
        let translation = InventoryTranslation { cookies: vec![cookie], purposes: vec![purpose], ..Default::default() };
        let worded = history.translated(&translation);
        for (version, of_the_cookie, of_the_purpose) in
            [(FIRST, "Für Sie.", "For you."), (SECOND, "For you.", "Für Sie.")]
        {
            let (inventory, original) = (worded.as_of(version), history.as_of(version));
            assert_eq!(inventory.essential(EssentialCookie::Visit).description, of_the_cookie);
            assert_eq!(inventory.purpose(analytics).unwrap().description, of_the_purpose);
            let facts = |one: &Declaration| (one.name.clone(), one.purpose, one.lifetime, one.attributes.clone());
            let all = |inventory: &super::super::Inventory| -> Vec<_> {
                inventory.declarations().iter().map(facts).collect()
            };
            assert_eq!(all(&inventory), all(&original));
        }
        let missing = history.untranslated(&translation, &[FIRST, SECOND]);
        assert_eq!(missing.len(), FirstPartyCookie::VARIANTS.len() + known().len());
        assert!(missing.contains(&"the cookie __Host-Http-visit of edition 1.1".to_owned()));
        assert!(missing.contains(&"the purpose analytics of edition 1.0".to_owned()));
        let missing = history.untranslated(&translation, &[SECOND]);
        assert_eq!(missing.len(), FirstPartyCookie::VARIANTS.len() + known().len() - 1);
        assert!(!missing.contains(&"the purpose analytics of edition 1.0".to_owned()), "only the first said it");
        Ok(())
    }
}
