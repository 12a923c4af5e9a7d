//! Tests of loading content: diagnostics of bad files, results of good ones, and no panics.

mod compliance;
mod cookies;
mod editions;
mod folder;
pub(crate) mod hostile;
mod import;
mod lock_file;
mod properties;
mod refusals;
mod service_entries;
mod services;
mod shipped;
mod translations;

use std::{fs, io, path::Path};

use super::edition;
use crate::{
    content::diagnostic::Diagnostic,
    domain::{i18n::locale::Locale, policy::document::Edition},
};

/// A front matter of four lines and the line that closes it, so the text begins on line 6.
const HEAD: &str = "+++\nversion = \"1.0\"\neffective = 2026-01-15\nsummary = [\"First edition.\"]\n+++\n";

/// Writes the shipped publisher and files for four languages into a content folder.
pub(crate) fn write_strings(content: &Path) -> io::Result<()> {
    fs::write(
        content.join("site.toml"),
        "name = \"Harmony\"
card = \"/card.png\"
",
    )?;
    fs::create_dir(content.join("strings"))?;
    Locale::SHIPPED.iter().try_for_each(|locale| fs::write(content.join(format!("strings/{locale}.toml")), ""))
}

/// Copies the shipped content up to edition 1.2, so that no question changes while a test lets
/// months pass.
pub(crate) fn copy_settled_content(to: &Path) -> io::Result<()> {
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("content"), to)?;
    for locale in fs::read_dir(to.join("policy"))? {
        let (folder, tag) = locale.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()))?;
        for later in ["1.3.md", "1.4.md", "1.5.md"] {
            fs::remove_file(folder.join(later))?;
        }
        // A language that came with edition 1.3 is not there yet.
        if fs::read_dir(&folder)?.next().is_none() {
            fs::remove_dir(folder)?;
            fs::remove_file(to.join(format!("cookies.{tag}.toml")))?;
            fs::remove_file(to.join(format!("strings/{tag}.toml")))?;
            fs::remove_file(to.join(format!("countries/{tag}.toml")))?;
        }
    }
    for name in ["cookies.toml", "cookies.de.toml", "cookies.fr.toml", "cookies.ar.toml"] {
        let text = fs::read_to_string(to.join(name))?;
        fs::write(to.join(name), entries_of(&text, &["1.0", "1.1", "1.2"]))?;
    }
    Ok(())
}

/// Copies the files and folders of one folder into another.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&to)?;
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// The shipped inventory as of these editions, without the entries of other editions.
pub(crate) fn inventory_of(editions: &[&str]) -> String {
    entries_of(include_str!("../../../content/cookies.toml"), editions)
}

/// The entries of an inventory or its translation as of these editions.
fn entries_of(inventory: &str, editions: &[&str]) -> String {
    let was_there = |entry: &&str| {
        let since = entry.lines().find_map(|line| line.strip_prefix("since = "));
        since.is_none_or(|since| editions.contains(&since.trim_matches('"')))
    };
    let entries = inventory.split("\n[[").filter(was_there).collect::<Vec<_>>().join("\n[[");
    entries.replace("\"__Host-", "\"__Host-Http-")
}

/// The diagnostics as a publisher sees them.
fn shown(mistakes: &[Diagnostic]) -> Vec<String> {
    mistakes.iter().map(ToString::to_string).collect()
}

/// Parses a text as `1.0.md`.
fn edition(text: &str) -> Result<Option<Edition>, Vec<Diagnostic>> {
    let draft = edition::parse(Path::new("1.0.md"), text);
    if draft.diagnostics.is_empty() { Ok(draft.into_edition()) } else { Err(draft.diagnostics) }
}

/// The diagnostics of a text as `1.0.md`.
fn mistakes_in(text: &str) -> Vec<String> {
    edition(text).map_or_else(|mistakes| shown(&mistakes), |_| vec![])
}
