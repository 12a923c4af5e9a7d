//! The publisher's files, read and checked: from text under `content/` to the types of the model, in three steps.
//!
//! 1. `source` reads a file: small enough, and UTF-8.
//! 2. `edition` (with `front_matter`, `markdown` and `outline`) turns an edition of the policy into a typed tree;
//!    `cookies` (with `fields` and `lifetime`) turns `cookies.toml` into the inventory.
//! 3. What no single file shows is checked over all of them: the order of the editions, the edition that a cookie
//!    names, the model's own rules.
//!
//! No step stops at the first mistake, so a publisher sees every one of them at once, each with its file and line.
//! Starting the server and `harmony check` both come through [`Content::load`].

mod cookies;
mod edition;
mod fields;
mod front_matter;
mod lifetime;
mod markdown;
mod mistake;
mod outline;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use mistake::Mistake;

use crate::model::{inventory::Inventory, policy::Edition, version::Version};

/// Everything that the publisher wrote, without a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Every edition of the policy, by rising version; there is at least one.
    pub editions: Vec<Edition>,
    /// The declared cookies.
    pub inventory: Inventory,
}

impl Content {
    /// Reads and checks what lies in this folder.
    ///
    /// # Errors
    /// Every mistake that was found, by file and line; never an empty list.
    pub fn load(folder: &Path) -> Result<Self, Vec<Mistake>> {
        let editions = edition::load(&folder.join("policy").join("en"));
        let inventory = cookies::load(&folder.join("cookies.toml"), &editions.versions);

        let mut mistakes = editions.mistakes;
        match inventory {
            Ok(inventory) if mistakes.is_empty() => return Ok(Self { editions: editions.read, inventory }),
            Ok(_) => {}
            Err(found) => mistakes.extend(found),
        }
        mistakes.sort();
        Err(mistakes)
    }

    /// The edition of that version, if there is one.
    pub fn edition(&self, version: Version) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.version == version)
    }
}
