//! Loads and validates the publisher's files under `content/`, in three steps.
//!
//! 1. `source` reads a file of limited size in UTF-8.
//! 2. `edition` (with `front_matter`, `yaml`, `markdown` and `document_builder`) parses an edition
//!    into a typed tree; `cookies` (with `fields` and `lifetime`) parses `cookies.toml` into the
//!    history of the inventory, also what partner services declare; `services` parses
//!    `services.toml`; `i18n` loads the texts of the interface, a file per language, over those
//!    that the program brings (`shipped`). `translation` loads an edition in another language, and
//!    `cookie_translation` the inventory's texts in it.
//! 3. Checks across files: the order of editions, references to versions, the rules of the domain.
//!
//! `site` loads the publisher, with the checks of `svg` for a logo. `starter` writes a folder to
//! begin with, and `import` turns an existing policy into an edition. `compliance` loads the
//! compliance report. `lock_file` finds published editions that changed, and `untranslated` what a
//! language lacks.
//!
//! No step stops at the first error, so the publisher sees every diagnostic at once. Server start
//! and `harmony check` both use [`Content::load`].

mod compliance;
mod cookie_translation;
mod cookies;
mod diagnostic;
mod document_builder;
mod edition;
mod fields;
mod front_matter;
pub(crate) mod i18n;
pub mod import;
mod lifetime;
mod link_check;
pub mod lock_file;
mod markdown;
mod placeholder;
pub mod prompt_snapshot;
pub mod reload;
pub(crate) mod scripts;
mod services;
pub mod shipped;
mod site;
mod source;
pub mod starter;
mod svg;
#[cfg(test)]
pub(crate) mod tests;
mod translation;
mod untranslated;
mod yaml;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use compliance::FILE as REPORT_FILE;
pub use diagnostic::Diagnostic;
use diagnostic::Located;
use i18n::{Messages, countries::CountryNames};
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
        i18n::{
            languages::{Languages, PerLocale},
            locale::Locale,
        },
        partners::Service,
        policy::{
            document,
            document::{Edition, Translation},
            version::Version,
        },
        publisher::Publisher,
    },
};

/// The publisher's content, validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Who publishes it.
    pub publisher: Arc<Publisher>,
    /// Every edition, by version; never empty.
    pub editions: Vec<Edition>,
    /// The languages of the interface.
    pub languages: Languages,
    /// The partner services.
    pub services: Vec<Service>,
    /// The latest compliance report, if there is one.
    pub compliance: Option<ComplianceReport>,
    /// The translations of editions.
    translations: Vec<Translation>,
    /// The paths of images in the original editions, with file and line.
    images: Vec<(PathBuf, Located<String>)>,
    /// The edition that introduced each optional purpose.
    introduced: Arc<PerPurpose<Version>>,
    /// The snapshot of the oldest edition.
    first: VersionSnapshot,
    /// The snapshots of later editions, by version.
    later: Vec<VersionSnapshot>,
    /// The i18n messages.
    strings: PerLocale<Arc<Messages>>,
    /// The names of countries.
    countries: PerLocale<CountryNames>,
}

/// Inventory and prompt as of one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct VersionSnapshot {
    version: Version,
    /// In each locale, with the same facts.
    inventories: PerLocale<Arc<Inventory>>,
    shown: PerLocale<PromptSnapshot>,
}

impl VersionSnapshot {
    fn new(
        edition: &Edition,
        histories: &PerLocale<InventoryHistory>,
        translations: &[Translation],
        languages: &Languages,
    ) -> Self {
        let version = edition.version;
        let inventories = PerLocale::from_fn(languages, |locale| Arc::new(histories.get(locale).as_of(version)));
        let shown = |locale| {
            let inventory = inventories.get(locale);
            let purposes = PromptPurpose::from_inventory(inventory);
            let policy = translated(translations, version, locale).map_or(edition, |translation| &translation.edition);
            PromptContent { version, locale: String::from(locale), policy: policy.sha256.clone(), purposes }
        };
        let original = PromptSnapshot::new(shown(languages.original()));
        let shown = PerLocale::from_fn(languages, |locale| {
            if locale == languages.original() {
                original.clone()
            } else {
                PromptSnapshot::translating(&original, shown(locale))
            }
        });
        Self { version, inventories, shown }
    }
}

/// Finds the translation of an edition.
fn translated(translations: &[Translation], version: Version, locale: Locale) -> Option<&Translation> {
    translations.iter().find(|one| (one.edition.version, one.locale) == (version, locale))
}

/// An edition in a reader's language.
#[derive(Clone, Copy, Debug)]
pub struct LocalizedEdition<'c> {
    /// The translation, or else the original.
    pub edition: &'c Edition,
    /// The language of the text.
    pub locale: Locale,
    /// Whether the original changed after the translation.
    pub is_outdated: bool,
}

impl Content {
    /// Loads and validates a content folder.
    ///
    /// # Errors
    /// All diagnostics, sorted by file and line; never empty.
    pub fn load(folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let publisher = site::load(folder);
        // Without a name the other files are still checked.
        let name = publisher.as_ref().map_or_else(|_| "?".to_owned(), |publisher| publisher.name.clone());
        let language = publisher.as_ref().map(|publisher| publisher.language).unwrap_or_default();
        let (languages, unspoken) = i18n::languages(folder, language);
        let policy = folder.join("policy");
        let editions = edition::load(&policy.join(language.tag()), &languages);
        let services = services::load(&folder.join("services.toml"), &editions.versions);
        let names = (editions.versions.as_slice(), services.as_deref().ok());
        let history = cookies::load(&folder.join("cookies.toml"), names, &name);
        let strings = i18n::load(folder, &name, &languages);
        let countries = i18n::countries::load(folder, &languages);
        let translations = translation::load(&policy, &editions, &languages);
        let compliance = compliance::load(&folder.join(compliance::FILE));

        let mut diagnostics = editions.diagnostics;
        diagnostics.extend(unspoken);
        let (mut known, mut texts, mut translated, mut listed) = (None, None, Vec::new(), Vec::new());
        services.map_or_else(|found| diagnostics.extend(found), |services| listed = services);
        let compliance = compliance.unwrap_or_else(|found| {
            diagnostics.extend(found);
            None
        });
        match (strings, countries) {
            (Ok(strings), Ok(countries)) => texts = Some((strings, countries)),
            (strings, countries) => diagnostics.extend(strings.err().into_iter().chain(countries.err()).flatten()),
        }
        translations.map_or_else(|found| diagnostics.extend(found), |translations| translated = translations);
        // Checking a translation needs a valid original.
        match history
            .and_then(|history| cookie_translation::load(folder, &history, &editions.versions, (&name, &languages)))
        {
            Ok(histories) => known = Some(histories),
            Err(found) => diagnostics.extend(found),
        }
        let publisher = publisher.map_err(|found| diagnostics.extend(found)).ok();
        if let Some(((histories, (strings, countries)), publisher)) = known.zip(texts).zip(publisher) {
            let mut as_of = editions
                .parsed
                .iter()
                .map(|edition| VersionSnapshot::new(edition, &histories, &translated, &languages));
            // Without an edition there is a diagnostic already.
            if let (Some(first), true) = (as_of.next(), diagnostics.is_empty()) {
                let later = as_of.collect();
                return Ok(Self {
                    publisher: publisher.into(),
                    editions: editions.parsed,
                    languages,
                    translations: translated,
                    images: editions.images,
                    services: listed,
                    compliance,
                    introduced: Arc::new(histories.get(language).introduced()),
                    first,
                    later,
                    strings,
                    countries,
                });
            }
        }
        diagnostics.sort();
        Err(diagnostics)
    }

    /// A diagnostic for each image that is not in the folder of static files.
    pub fn missing_images(&self, static_dir: &Path) -> Vec<Diagnostic> {
        let missing =
            self.images.iter().filter(|(_, image)| !static_dir.join(image.value.trim_start_matches('/')).is_file());
        let diagnostic = |(file, image): &(PathBuf, Located<String>)| {
            let what = format!("there is no image {}: put the file into public/", image.value);
            Diagnostic { file: file.clone(), line: image.line, what }
        };
        missing.map(diagnostic).collect()
    }

    /// The i18n messages of a locale.
    pub(crate) fn strings(&self, locale: Locale) -> &Arc<Messages> {
        self.strings.get(locale)
    }

    /// The names of countries in a locale.
    pub(crate) fn countries(&self, locale: Locale) -> &CountryNames {
        self.countries.get(locale)
    }

    /// Finds an edition.
    pub fn edition(&self, version: Version) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.version == version)
    }

    /// Finds an edition, translated if possible.
    pub fn localized_edition(&self, version: Version, locale: Locale) -> Option<LocalizedEdition<'_>> {
        let original = self.edition(version)?;
        let reading = translated(&self.translations, version, locale).map(|translation| LocalizedEdition {
            edition: &translation.edition,
            locale,
            is_outdated: translation.translates != original.sha256,
        });
        Some(reading.unwrap_or(LocalizedEdition {
            edition: original,
            locale: self.publisher.language,
            is_outdated: false,
        }))
    }

    /// The name of a service that declares something, by its id.
    pub fn service_name<'c>(&'c self, id: &'c str) -> &'c str {
        let found = self.services.iter().find(|service| service.id.as_deref() == Some(id));
        found.map_or(id, |service| &service.name)
    }

    /// Translations whose original changed since. Pages show them with a note.
    pub fn outdated_translations(&self) -> impl Iterator<Item = &Translation> {
        self.translations.iter().filter(|translation| {
            self.edition(translation.edition.version).is_some_and(|original| original.sha256 != translation.translates)
        })
    }

    /// The compliance report, if it is not about the current edition. The page shows it with a
    /// note.
    pub fn outdated_report(&self, today: time::Date) -> Option<&ComplianceReport> {
        let current = self.edition(self.current_version(today));
        self.compliance.as_ref().filter(|report| !current.is_some_and(|edition| report.matches(edition)))
    }

    /// The version of the edition that is effective on a day; none before the day of the first.
    pub fn effective_version(&self, today: time::Date) -> Option<Version> {
        document::current_edition(&self.editions, today).map(|edition| edition.version)
    }

    /// The version of the edition that is effective on a day; that of the first edition before its
    /// effective date.
    pub fn current_version(&self, today: time::Date) -> Version {
        self.effective_version(today).unwrap_or(self.first.version)
    }

    /// The inventory as of an edition. For an unknown version: as of the newest before it, or else
    /// the first.
    pub fn inventory(&self, version: Version) -> &Arc<Inventory> {
        self.localized_inventory(version, self.publisher.language)
    }

    /// The inventory in a locale.
    pub fn localized_inventory(&self, version: Version, locale: Locale) -> &Arc<Inventory> {
        self.as_of(version).inventories.get(locale)
    }

    /// The inventory as of the newest edition, effective or not.
    pub fn newest_inventory(&self) -> &Inventory {
        self.later.last().unwrap_or(&self.first).inventories.get(self.publisher.language)
    }

    /// The prompt of an edition in a locale, if the edition exists and the site speaks the locale.
    pub fn prompt_snapshot(&self, version: Version, locale: Locale) -> Option<&PromptSnapshot> {
        Some(self.as_of(version)).filter(|found| found.version == version)?.shown.find(locale)
    }

    /// The fingerprints that answers refer to under an edition. They are the same in every locale,
    /// so a change of language asks nobody again.
    pub fn fingerprints(&self, version: Version) -> &Arc<PerPurpose<Fingerprint>> {
        &self.as_of(version).shown.get(self.publisher.language).fingerprints
    }

    /// The edition that introduced each optional purpose.
    pub const fn introduced(&self) -> &Arc<PerPurpose<Version>> {
        &self.introduced
    }

    /// Finds the prompt of a purpose by its fingerprint, in a locale.
    pub fn prompt_purpose(
        &self,
        purpose: Optional,
        fingerprint: Fingerprint,
        locale: Locale,
    ) -> Option<&PromptPurpose> {
        let all = std::iter::once(&self.first).chain(&self.later).map(|as_of| as_of.shown.get(locale));
        let found = all.into_iter().find(|shown| shown.fingerprints.get(&purpose) == Some(&fingerprint));
        found.and_then(|found| found.shown.purposes.get(&purpose))
    }

    fn as_of(&self, version: Version) -> &VersionSnapshot {
        self.later.iter().rev().find(|later| later.version <= version).unwrap_or(&self.first)
    }
}
