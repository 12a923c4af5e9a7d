//! The publisher's files, read and checked: from text under `content/` to the types of the model, in three steps.
//!
//! 1. `source` reads a file: small enough, and UTF-8.
//! 2. `edition` (with `front_matter`, `markdown` and `outline`) turns an edition of the policy into a typed tree;
//!    `cookies` (with `fields` and `lifetime`) turns `cookies.toml` into the history of the inventory.
//! 3. What no single file shows is checked over all of them: the order of the editions, the edition that a cookie
//!    names, the model's own rules.
//!
//! What was published is another matter: `stamps` finds what an edition in force does not say any more.
//!
//! No step stops at the first mistake, so a publisher sees every one of them at once, each with its file and line.
//! Starting the server and `harmony check` both come through [`Content::load`].

mod cookies;
mod edition;
mod fields;
mod front_matter;
mod lifetime;
mod links;
mod markdown;
mod mistake;
mod outline;
mod source;
pub mod stamps;
#[cfg(test)]
pub(crate) mod tests;

use std::{path::Path, sync::Arc};

#[cfg(test)]
pub(crate) use links::DOCUMENTS;
pub use mistake::Mistake;

use super::shown::ShownText;
use crate::model::{
    inventory::{History, Inventory},
    policy::{self, Edition},
    purpose::{Optional, PerPurpose},
    shown::{Fingerprint, PurposeShown, Shown},
    version::Version,
};

/// The language of every edition.
const LOCALE: &str = "en";

/// Everything that the publisher wrote, without a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Every edition of the policy, by rising version; there is at least one.
    pub editions: Vec<Edition>,
    /// What holds as of the oldest edition.
    first: AsOf,
    /// The same of every later edition, by rising version.
    later: Vec<AsOf>,
}

/// What holds as of one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AsOf {
    version: Version,
    inventory: Arc<Inventory>,
    shown: ShownText,
}

impl AsOf {
    fn new(edition: &Edition, history: &History) -> Self {
        let Edition { version, sha256, .. } = edition;
        let inventory = history.as_of(*version);
        let purposes = PerPurpose::from_fn(|purpose| PurposeShown::of(&inventory, purpose));
        let shown = Shown { version: *version, locale: LOCALE.to_owned(), policy: sha256.clone(), purposes };
        Self { version: *version, inventory: Arc::new(inventory), shown: ShownText::new(shown) }
    }
}

impl Content {
    /// Reads and checks what lies in this folder.
    ///
    /// # Errors
    /// Every mistake that was found, by file and line; never an empty list.
    pub fn load(folder: &Path) -> Result<Self, Vec<Mistake>> {
        let editions = edition::load(&folder.join("policy").join(LOCALE));
        let history = cookies::load(&folder.join("cookies.toml"), &editions.versions);

        let mut mistakes = editions.mistakes;
        match history {
            Ok(history) => {
                let mut as_of = editions.read.iter().map(|edition| AsOf::new(edition, &history));
                // Without an edition there is a mistake that says so.
                if let (Some(first), true) = (as_of.next(), mistakes.is_empty()) {
                    let later = as_of.collect();
                    return Ok(Self { editions: editions.read, first, later });
                }
            }
            Err(found) => mistakes.extend(found),
        }
        mistakes.sort();
        Err(mistakes)
    }

    /// The edition of that version, if there is one.
    pub fn edition(&self, version: Version) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.version == version)
    }

    /// The version of the edition that is in force on that day. Before the first edition's day, the first.
    pub fn in_force(&self, today: time::Date) -> Version {
        policy::in_force(&self.editions, today).map_or(self.first.version, |edition| edition.version)
    }

    /// What is declared as of an edition. For a version that is none: as of the newest before it, or else the first.
    pub fn inventory(&self, version: Version) -> &Arc<Inventory> {
        &self.as_of(version).inventory
    }

    /// What is declared as of the newest edition, be it in force or not.
    pub fn newest_inventory(&self) -> &Inventory {
        &self.later.last().unwrap_or(&self.first).inventory
    }

    /// What is shown to whoever decides while that edition is in force, if there is such an edition.
    pub fn shown(&self, version: Version) -> Option<&ShownText> {
        Some(self.as_of(version)).filter(|found| found.version == version).map(|found| &found.shown)
    }

    /// What an answer is given on while that edition is in force.
    pub fn fingerprints(&self, version: Version) -> PerPurpose<Fingerprint> {
        self.as_of(version).shown.fingerprints
    }

    /// What a purpose was shown as, if it was so with any edition.
    pub fn shown_as(&self, purpose: Optional, fingerprint: Fingerprint) -> Option<&PurposeShown> {
        let all = std::iter::once(&self.first).chain(&self.later).map(|as_of| &as_of.shown);
        let found = all.into_iter().find(|shown| shown.fingerprints.get(purpose) == fingerprint);
        found.map(|found| found.shown.purposes.as_ref().get(purpose))
    }

    fn as_of(&self, version: Version) -> &AsOf {
        self.later.iter().rev().find(|later| later.version <= version).unwrap_or(&self.first)
    }
}
