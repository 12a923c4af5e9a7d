//! Writes a content folder to begin with: a policy, the inventory of this program, and the texts of
//! the interface.

use std::{collections::HashMap, fs, io, path::Path};

use time::Date;

use super::{placeholder, site};
use crate::domain::i18n::locale::Locale;

/// A language that a folder can be started with, and the texts that the program has in it.
pub(super) struct Shipped {
    pub tag: &'static str,
    /// The texts of the interface.
    pub strings: &'static str,
    pub countries: &'static str,
    /// The translation of the inventory; that of the original language is the inventory itself.
    cookies: Option<&'static str>,
}

macro_rules! shipped {
    ($($tag:literal $($cookies:literal)?),+) => {
        [$(Shipped {
            tag: $tag,
            strings: include_str!(concat!("../../../content/strings/", $tag, ".toml")),
            countries: include_str!(concat!("../../../content/countries/", $tag, ".toml")),
            cookies: shipped!(@cookies $($cookies)?),
        }),+]
    };
    (@cookies) => { None };
    (@cookies $file:literal) => { Some(include_str!(concat!("../../../content/", $file))) };
}

pub(super) const SHIPPED: [Shipped; 4] =
    shipped!["en", "de" "cookies.de.toml", "fr" "cookies.fr.toml", "ar" "cookies.ar.toml"];

/// The inventory, whose words are English.
const INVENTORY: &str = include_str!("../../../content/cookies.toml");

const GLOSSARY: &str = include_str!("../../../content/glossary.toml");
const POLICY: &str = include_str!("policy.md");

/// The version of the first edition.
const FIRST: &str = "1.0";

/// Writes a content folder for a publisher. The first edition takes effect on `effective`.
///
/// # Errors
/// The folder exists and is not empty, or cannot be written.
pub fn write(folder: &Path, name: &str, effective: Date) -> io::Result<()> {
    if folder.exists() && fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty"));
    }
    let policy = folder.join("policy").join(Locale::ENGLISH.tag());
    fs::create_dir_all(&policy)?;
    let quoted = toml::Value::String(name.to_owned());
    let site = format!(
        "# Who publishes this policy, and what their pages look like.\n\nname = {quoted}\n\n# legal_name = \"\"\n\
         # contact = \"privacy@example.org\"\n# address = \"\"\n# jurisdiction = [\"EU\"]\n\
         # storage_location = [\"DE\"]\n# recipients = []\n# privacy_url = \"https://example.org/privacy\"\n\
         # home_url = \"https://example.org\"\n# home = \"overview\"\n# logo = \"logo.svg\"\n# logo_dark = \"logo-dark.svg\"\n\
         # accent = \"#0b5c56\"\n# accent_dark = \"#7fd0c4\"\n"
    );
    fs::write(folder.join(site::FILE), site)?;
    let text = POLICY.replace("{effective}", &effective.to_string()).replace(placeholder::NAME, name);
    fs::write(policy.join(format!("{FIRST}.md")), text)?;
    write_strings(folder)?;
    fs::write(folder.join("cookies.toml"), newest(INVENTORY))?;
    for Shipped { tag, cookies, .. } in SHIPPED {
        if let Some(text) = cookies {
            fs::write(folder.join(format!("cookies.{tag}.toml")), newest(text))?;
        }
    }
    fs::write(folder.join("glossary.toml"), GLOSSARY)
}

/// Writes the texts of the interface and the names of countries into a content folder.
pub(super) fn write_strings(content: &Path) -> io::Result<()> {
    fs::create_dir(content.join("strings"))?;
    fs::create_dir(content.join("countries"))?;
    SHIPPED.into_iter().try_for_each(|Shipped { tag, strings, countries, .. }| {
        fs::write(content.join(format!("strings/{tag}.toml")), strings)?;
        fs::write(content.join(format!("countries/{tag}.toml")), countries)
    })
}

/// The newest entry of each name in an inventory, as if the first edition had brought it.
fn newest(inventory: &str) -> String {
    let mut parts = inventory.split("\n[[");
    let head = parts.next().unwrap_or_default();
    let key = |entry: &str| {
        let name = entry.lines().find(|line| line.starts_with("name = ")).unwrap_or_default();
        (entry.starts_with("cookie"), name.to_owned())
    };
    // Entries stand in the order of their editions, so the last one is the newest.
    let entries: Vec<_> = parts.map(|entry| (key(entry), entry)).collect();
    let last: HashMap<_, _> = entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
    let kept = entries.iter().enumerate().filter(|(at, (key, _))| last.get(key) == Some(at)).map(|(_, (_, entry))| {
        let since =
            |line: &str| if line.starts_with("since = ") { format!("since = {FIRST:?}") } else { line.to_owned() };
        entry.lines().map(since).collect::<Vec<_>>().join("\n")
    });
    std::iter::once(head.to_owned()).chain(kept).collect::<Vec<_>>().join("\n[[") + "\n"
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::content::{Content, lock_file, lock_file::LockScope};

    #[test]
    fn a_new_folder_loads_for_any_name() -> io::Result<()> {
        for name in ["Acme", "Bäckerei \"Süß\" & Söhne", "شركة المثال"] {
            let parent = tempfile::tempdir()?;
            let folder = parent.path().join("content");
            write(&folder, name, date!(2026 - 12 - 01))?;
            let content = Content::load(&folder).map_err(|found| io::Error::other(format!("{found:?}")))?;
            assert_eq!(content.publisher.name, name);
            assert_eq!(content.editions.len(), 1);
            assert_eq!(content.newest_inventory().declarations().len(), 8);
            assert!(content.newest_inventory().declarations().iter().all(|cookie| cookie.set_by == name));
            let today = date!(2026 - 11 - 01);
            lock_file::lock(&folder, &content, today).map_err(|found| io::Error::other(format!("{found:?}")))?;
            assert_eq!(lock_file::check(&folder, &content, today, LockScope::Every), []);
            assert_eq!(
                write(&folder, name, date!(2026 - 12 - 01)).map_err(|error| error.kind()),
                Err(io::ErrorKind::AlreadyExists)
            );
        }
        Ok(())
    }
}
