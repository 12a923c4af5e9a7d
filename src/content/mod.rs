//! The publisher's files, read and checked: from text under `content/` to the types of the model, in three steps.
//!
//! 1. `source` reads a file: small enough, and UTF-8.
//! 2. `edition` (with `front_matter`, `markdown` and `outline`) turns an edition of the policy into a typed tree;
//!    `cookies` (with `fields` and `lifetime`) turns `cookies.toml` into the history of the inventory; `services` turns
//!    `services.toml` into the services under the policy; `strings` reads the texts of the interface, a file per language.
//!    `translation` reads an edition in another language, and `wording` what the inventory says in it.
//! 3. What no single file shows is checked over all of them: the order of the editions, the edition that a cookie
//!    names, the model's own rules.
//!
//! `compliance` reads what was found when this site was examined last. What was published is another matter: `lock_file` finds what an edition in force does not say any more.
//!
//! No step stops at the first mistake, so a publisher sees every one of them at once, each with its file and line.
//! Starting the server and `harmony check` both come through [`Content::load`].

mod compliance;
mod cookie_translation;
mod cookies;
mod diagnostic;
mod document_builder;
mod edition;
mod fields;
mod front_matter;
pub(crate) mod i18n;
mod lifetime;
mod link_check;
pub mod lock_file;
mod markdown;
pub mod prompt_snapshot;
pub(crate) mod reload;
mod services;
mod source;
#[cfg(test)]
pub(crate) mod tests;
mod translation;

use std::{path::Path, sync::Arc};

pub use compliance::FILE as REPORT_FILE;
pub use diagnostic::Diagnostic;
use i18n::{Messages, MessagesByLocale};
#[cfg(test)]
pub(crate) use link_check::DOCUMENTS;

use crate::{
    content::prompt_snapshot::PromptSnapshot,
    domain::{
        compliance::ComplianceReport,
        consent::snapshot::{Fingerprint, PromptContent, PromptPurpose},
        cookies::{
            inventory::{Inventory, InventoryHistory},
            purpose::{Optional, PerPurpose},
        },
        i18n::locale::{Locale, PerLocale},
        partners::Service,
        policy::{
            document,
            document::{Edition, Translation},
            version::Version,
        },
    },
};

/// The language in which every edition is written, and which prevails.
const ORIGINAL: Locale = Locale::English;

/// Everything that the publisher wrote, without a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Every edition of the policy, by rising version; there is at least one.
    pub editions: Vec<Edition>,
    /// The services under the policy.
    pub services: Vec<Service>,
    /// What was found when this site was examined last, if it was.
    pub compliance: Option<ComplianceReport>,
    /// The editions in other languages, as far as there are translations.
    translations: Vec<Translation>,
    /// What holds as of the oldest edition.
    first: VersionSnapshot,
    /// The same of every later edition, by rising version.
    later: Vec<VersionSnapshot>,
    /// The texts of the interface.
    strings: MessagesByLocale,
}

/// What holds as of one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct VersionSnapshot {
    version: Version,
    /// In each language: the facts are the same in all of them.
    inventories: PerLocale<Arc<Inventory>>,
    shown: PerLocale<PromptSnapshot>,
}

impl VersionSnapshot {
    fn new(edition: &Edition, histories: &PerLocale<InventoryHistory>, translations: &[Translation]) -> Self {
        let version = edition.version;
        let inventories = PerLocale::from_fn(|locale| Arc::new(histories.get(locale).as_of(version)));
        let shown = |locale| {
            let inventory = inventories.get(locale);
            let purposes = PerPurpose::from_fn(|purpose| PromptPurpose::of(inventory, purpose));
            let policy = translated(translations, version, locale).map_or(edition, |translation| &translation.edition);
            PromptContent { version, locale: Locale::tag(locale).to_owned(), policy: policy.sha256.clone(), purposes }
        };
        let original = PromptSnapshot::new(shown(ORIGINAL));
        let shown = PerLocale::from_fn(|locale| {
            if locale == ORIGINAL { original.clone() } else { PromptSnapshot::translating(&original, shown(locale)) }
        });
        Self { version, inventories, shown }
    }
}

/// The translation of an edition, if there is one.
fn translated(translations: &[Translation], version: Version, locale: Locale) -> Option<&Translation> {
    translations.iter().find(|one| (one.edition.version, one.locale) == (version, locale))
}

/// An edition as one reader reads it.
#[derive(Clone, Copy, Debug)]
pub struct LocalizedEdition<'c> {
    /// The text: a translation, or the original where there is none.
    pub edition: &'c Edition,
    /// The language of the text.
    pub locale: Locale,
    /// Whether it translates an older text than the original has now.
    pub is_of_older_text: bool,
}

impl Content {
    /// Reads and checks what lies in this folder.
    ///
    /// # Errors
    /// Every mistake that was found, by file and line; never an empty list.
    pub fn load(folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let policy = folder.join("policy");
        let editions = edition::load(&policy.join(ORIGINAL.tag()));
        let history = cookies::load(&folder.join("cookies.toml"), &editions.versions);
        let strings = i18n::load(&folder.join("strings"));
        let translations = translation::load(&policy, &editions);
        let services = services::load(&folder.join("services.toml"), &editions.versions);
        let compliance = compliance::load(&folder.join(compliance::FILE));

        let mut mistakes = editions.mistakes;
        let (mut known, mut texts, mut translated, mut listed) = (None, None, Vec::new(), Vec::new());
        services.map_or_else(|found| mistakes.extend(found), |services| listed = services);
        let compliance = compliance.unwrap_or_else(|found| {
            mistakes.extend(found);
            None
        });
        strings.map_or_else(|found| mistakes.extend(found), |strings| texts = Some(strings));
        translations.map_or_else(|found| mistakes.extend(found), |translations| translated = translations);
        // What a translation is compared with must be right itself.
        match history.and_then(|history| cookie_translation::load(folder, &history, &editions.versions)) {
            Ok(histories) => known = Some(histories),
            Err(found) => mistakes.extend(found),
        }
        if let Some((histories, strings)) = known.zip(texts) {
            let mut as_of = editions.read.iter().map(|edition| VersionSnapshot::new(edition, &histories, &translated));
            // Without an edition there is a mistake that says so.
            if let (Some(first), true) = (as_of.next(), mistakes.is_empty()) {
                let later = as_of.collect();
                return Ok(Self {
                    editions: editions.read,
                    translations: translated,
                    services: listed,
                    compliance,
                    first,
                    later,
                    strings,
                });
            }
        }
        mistakes.sort();
        Err(mistakes)
    }

    /// The texts of the interface in one language.
    pub(crate) fn strings(&self, locale: Locale) -> &Arc<Messages> {
        self.strings.get(locale)
    }

    /// The edition of that version, if there is one.
    pub fn edition(&self, version: Version) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.version == version)
    }

    /// The edition of that version as it is read in that language, if there is such an edition.
    pub fn reading(&self, version: Version, locale: Locale) -> Option<LocalizedEdition<'_>> {
        let original = self.edition(version)?;
        let reading = translated(&self.translations, version, locale).map(|translation| LocalizedEdition {
            edition: &translation.edition,
            locale,
            is_of_older_text: translation.translates != original.sha256,
        });
        Some(reading.unwrap_or(LocalizedEdition { edition: original, locale: ORIGINAL, is_of_older_text: false }))
    }

    /// The translations of an older text than the original has now. They are shown, and marked as such.
    pub fn behind(&self) -> impl Iterator<Item = &Translation> {
        self.translations.iter().filter(|translation| {
            self.edition(translation.edition.version).is_some_and(|original| original.sha256 != translation.translates)
        })
    }

    /// The report on this site, if it is of another edition than that in force on that day. It is shown, and marked as such.
    pub fn report_behind(&self, today: time::Date) -> Option<&ComplianceReport> {
        let in_force = self.edition(self.in_force(today));
        self.compliance.as_ref().filter(|report| !in_force.is_some_and(|edition| report.is_of(edition)))
    }

    /// The version of the edition that is in force on that day. Before the first edition's day, the first.
    pub fn in_force(&self, today: time::Date) -> Version {
        document::in_force(&self.editions, today).map_or(self.first.version, |edition| edition.version)
    }

    /// What is declared as of an edition. For a version that is none: as of the newest before it, or else the first.
    pub fn inventory(&self, version: Version) -> &Arc<Inventory> {
        self.inventory_in(version, ORIGINAL)
    }

    /// The same in the words of a language.
    pub fn inventory_in(&self, version: Version, locale: Locale) -> &Arc<Inventory> {
        self.as_of(version).inventories.get(locale)
    }

    /// What is declared as of the newest edition, be it in force or not.
    pub fn newest_inventory(&self) -> &Inventory {
        self.later.last().unwrap_or(&self.first).inventories.get(ORIGINAL)
    }

    /// What is shown in that language to whoever decides while that edition is in force, if there is such an edition.
    pub fn shown(&self, version: Version, locale: Locale) -> Option<&PromptSnapshot> {
        Some(self.as_of(version)).filter(|found| found.version == version).map(|found| found.shown.get(locale))
    }

    /// What an answer is given on while that edition is in force. It is the same in every language, so nobody who changes
    /// theirs is asked again.
    pub fn fingerprints(&self, version: Version) -> PerPurpose<Fingerprint> {
        self.as_of(version).shown.get(ORIGINAL).fingerprints
    }

    /// What a purpose was shown as, in the words of a language, if it was so with any edition.
    pub fn shown_as(&self, purpose: Optional, fingerprint: Fingerprint, locale: Locale) -> Option<&PromptPurpose> {
        let all = std::iter::once(&self.first).chain(&self.later).map(|as_of| as_of.shown.get(locale));
        let found = all.into_iter().find(|shown| shown.fingerprints.get(purpose) == fingerprint);
        found.map(|found| found.shown.purposes.as_ref().get(purpose))
    }

    fn as_of(&self, version: Version) -> &VersionSnapshot {
        self.later.iter().rev().find(|later| later.version <= version).unwrap_or(&self.first)
    }
}
