//! Writes a content folder to begin with: a policy, the inventory of this program, and a file for
//! each language.

mod inventory;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use time::Date;

use super::{placeholder, shipped::Shipped, site};
use crate::domain::{
    i18n::{languages::Languages, locale::Locale},
    policy::version::Version,
};

/// The inventory, whose words are English.
const INVENTORY: &str = include_str!("../../../content/cookies.toml");

/// A file of texts that changes none.
const STRINGS: &str = "# Texts of the pages in this language. A text that is not here is the program's own.
";

/// The version of the first edition.
pub const FIRST: Version = Version { major: 1, minor: 0 };

/// What a folder is written from.
#[derive(Clone, Copy, Debug)]
pub struct Start<'s> {
    /// The name of the publisher.
    pub name: &'s str,
    /// The original language, that of the policy, and the others that the pages have.
    pub languages: &'s Languages,
    /// The first day of the first edition.
    pub effective: Date,
}

/// The texts of the program in these languages, the original first.
fn texts(languages: &Languages) -> io::Result<Vec<&'static Shipped>> {
    let texts = |locale: Locale| {
        let refused = || io::Error::new(io::ErrorKind::InvalidInput, format!("there is no text in {locale}"));
        Shipped::find(locale).ok_or_else(refused)
    };
    languages.iter().map(texts).collect()
}

/// The path of the first edition in a content folder.
pub fn first_edition(folder: &Path, language: Locale) -> PathBuf {
    folder.join("policy").join(language.tag()).join(format!("{FIRST}.md"))
}

/// Writes a content folder for a publisher.
///
/// # Errors
/// The name is invalid; the folder exists and is not empty, or cannot be written; or the program
/// has no texts in a language.
pub fn write(folder: &Path, start: Start<'_>) -> io::Result<()> {
    let Start { name, languages, effective } = start;
    site::check_name(name).map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
    let language = languages.original();
    if folder.exists() && fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty"));
    }
    let texts = texts(languages)?;
    let Some((Shipped { policy, cookies, .. }, others)) = texts.split_first() else { return Ok(()) };
    let edition = first_edition(folder, language);
    fs::create_dir_all(edition.parent().unwrap_or(folder))?;
    let quoted = toml::Value::String(name.to_owned());
    let site = format!(
        "# Who publishes this policy, and what their pages look like.

name = {quoted}
language = \"{language}\"

\
         # legal_name = \"\"
# contact = \"privacy@example.org\"
# address = \"\"
# jurisdiction = [\"EU\"]
\
         # storage_location = [\"DE\"]
# recipients = []
# privacy_url = \"https://example.org/privacy\"
\
         # home_url = \"https://example.org\"\n# home = \"overview\"\n# logo = \"logo.svg\"\n# logo_dark = \"logo-dark.svg\"\n\
         # accent = \"#0b5c56\"\n# accent_dark = \"#7fd0c4\"\n"
    );
    fs::write(folder.join(site::FILE), site)?;
    fs::write(edition, policy.replace("{effective}", &effective.to_string()).replace(placeholder::NAME, name))?;
    fs::create_dir(folder.join("strings"))?;
    for Shipped { tag, .. } in &texts {
        fs::write(folder.join(format!("strings/{tag}.toml")), STRINGS)?;
    }
    let inventory = inventory::newest(INVENTORY);
    let worded =
        cookies.map_or_else(|| inventory.clone(), |words| inventory::worded(&inventory, &inventory::newest(words)));
    fs::write(folder.join("cookies.toml"), worded)?;
    for Shipped { tag, cookies, .. } in others {
        let words =
            cookies.map_or_else(|| inventory::words(&inventory), |words| inventory::newest_words(&inventory, words));
        fs::write(folder.join(format!("cookies.{tag}.toml")), words)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::content::{Content, lock_file, lock_file::LockScope, shipped::languages};

    #[test]
    fn a_new_folder_loads_for_any_name_in_each_language() -> io::Result<()> {
        let all = languages();
        let names = ["Acme", "Bäckerei \"Süß\" & Söhne", "شركة المثال"];
        for (name, language) in names.into_iter().cycle().zip(all.iter()) {
            for languages in [Languages::new(language, []), Languages::new(language, all.iter())] {
                let parent = tempfile::tempdir()?;
                let folder = parent.path().join("content");
                let start = Start { name, languages: &languages, effective: date!(2026 - 12 - 01) };
                write(&folder, start)?;
                let content = Content::load(&folder).map_err(|found| io::Error::other(format!("{found:?}")))?;
                assert_eq!((content.publisher.name.as_str(), content.publisher.language), (name, language));
                assert_eq!(content.languages, languages);
                assert_eq!(content.editions.len(), 1);
                assert_eq!(content.newest_inventory().declarations().len(), 10);
                assert!(content.newest_inventory().declarations().iter().all(|cookie| cookie.set_by == name));
                let today = date!(2026 - 11 - 01);
                lock_file::lock(&folder, &content, today).map_err(|found| io::Error::other(format!("{found:?}")))?;
                assert_eq!(lock_file::check(&folder, &content, today, LockScope::Every), []);
                assert_eq!(write(&folder, start).map_err(|error| error.kind()), Err(io::ErrorKind::AlreadyExists));
            }
        }
        Ok(())
    }

    #[test]
    fn the_inventory_has_its_words_in_each_language() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let languages = Languages::new(Locale::GERMAN, languages().iter());
        write(folder.path(), Start { name: "Acme", languages: &languages, effective: date!(2026 - 12 - 01) })?;
        let content = Content::load(folder.path()).map_err(|found| io::Error::other(format!("{found:?}")))?;
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
        let shipped = Content::load(&shipped).map_err(|found| io::Error::other(format!("{found:?}")))?;
        let newest = shipped.editions.last().map_or(FIRST, |edition| edition.version);
        for locale in languages.iter() {
            let words = |content: &Content, version| -> Vec<_> {
                let inventory = content.localized_inventory(version, locale);
                let purposes = inventory.purposes().iter().map(|one| (one.question.clone(), one.description.clone()));
                purposes
                    .chain(inventory.declarations().iter().map(|one| (one.name.clone(), one.description.clone())))
                    .collect()
            };
            assert_eq!(words(&content, FIRST), words(&shipped, newest), "{locale}");
        }
        Ok(())
    }

    #[test]
    fn a_folder_starts_in_a_language_that_the_program_has() -> io::Result<()> {
        assert_eq!(languages().tags(), "en, ar, de, es, fr, it, nl, pl");
        let folder = tempfile::tempdir()?;
        let languages = Languages::new(Locale::ENGLISH, "eo".parse::<Locale>());
        let start = Start { name: "Acme", languages: &languages, effective: date!(2026 - 12 - 01) };
        assert_eq!(
            write(folder.path(), start).map_err(|error| error.to_string()),
            Err("there is no text in eo".to_owned())
        );
        assert_eq!(fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
