//! `strings/<locale>.toml`: the texts of the interface, one file per locale. A site speaks the
//! languages that it has such a file for. What a file lacks is in `shipped`, or else is an error.
//!
//! `tables` declares the keys for code and files: code with an unknown key does not compile, and a
//! file with missing or extra keys does not load. `keys` parses a table, `template` a text, and
//! `plural` a text with plural forms. The texts of the policy come from elsewhere. `countries`
//! loads the names of countries, and `cldr` leads to what Unicode's data say of a language.

pub(crate) mod cldr;
pub(crate) mod countries;
mod glossary;
mod keys;
mod plural;
mod tables;
mod template;
#[cfg(test)]
mod tests;

use std::{fs, path::Path, sync::Arc};

pub(crate) use tables::Messages;

use self::glossary::Avoided;
use super::{fields, shipped::Shipped, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics},
    domain::i18n::{
        languages::{Languages, PerLocale},
        locale::{Locale, ParseLocaleError},
    },
};

/// The most languages of a site, so that the work for a request is bounded.
const MAX_LANGUAGES: usize = 64;

/// First segments of paths that are none of a language.
const RESERVED: [&str; 2] = ["api", "pkg"];

/// The languages that a content folder has texts for, and a diagnostic for each file that is not
/// named for one. Without a file for the original language, loading the texts fails.
pub(super) fn languages(folder: &Path, original: Locale) -> (Languages, Vec<Diagnostic>) {
    let folder = folder.join("strings");
    let mut diagnostics = Vec::new();
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let file = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(tag) = name.strip_suffix(".toml").filter(|_| !name.starts_with('.')) else { continue };
        match tag.parse() {
            Ok(locale) if !RESERVED.contains(&tag) => found.push(locale),
            Ok(_) => {
                let what = format!("/{tag} is a path of the site itself, and cannot be a language");
                diagnostics.push(Diagnostic { file, line: 1, what });
            }
            Err(error) => {
                let error: ParseLocaleError = error;
                diagnostics.push(Diagnostic {
                    file,
                    line: 1,
                    what: format!("the file is named for a language: {error}"),
                });
            }
        }
    }
    if found.len() > MAX_LANGUAGES {
        let what = format!("there are {} languages, and at most {MAX_LANGUAGES} are possible", found.len());
        diagnostics.push(Diagnostic { file: folder, line: 1, what });
        found.clear();
    }
    (Languages::new(original, found), diagnostics)
}

/// Loads the files of a content folder. `publisher` stands in place of `{name}`.
///
/// # Errors
/// The diagnostics of all files.
pub(super) fn load(
    folder: &Path,
    publisher: &str,
    languages: &Languages,
) -> Result<PerLocale<Arc<Messages>>, Vec<Diagnostic>> {
    let glossary = glossary::load(folder, languages)?;
    let mut diagnostics = Vec::new();
    let messages = PerLocale::from_fn(languages, |locale| {
        let file = folder.join("strings").join(format!("{locale}.toml"));
        let shipped = Shipped::find(locale).map_or("", |shipped| shipped.strings);
        let is_there = file.exists() || shipped.is_empty();
        let text = if is_there { source::load(&file).map_err(|found| vec![found]) } else { Ok(String::new()) };
        let messages = text.and_then(|text| {
            // The shipped file itself lacks nothing that it could give.
            let shipped = if text == shipped { "" } else { shipped };
            parse(&file, [&text, shipped], (locale, publisher), glossary.get(locale))
        });
        messages.map(Arc::new).map_err(|found| diagnostics.extend(found)).ok()
    });
    messages.transpose().ok_or(diagnostics)
}

/// Parses the messages of one locale: the text of a file, and the text with what it may lack.
///
/// # Errors
/// The diagnostics of the text.
fn parse(
    file: &Path,
    [text, shipped]: [&str; 2],
    (locale, publisher): (Locale, &str),
    glossary: &[Avoided],
) -> Result<Messages, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };
    let Some(shipped) = fields::parse(shipped, 0, &mut report) else { return Err(report.into_vec()) };
    let tables = [root.get_ref(), shipped.get_ref()];
    let strings = Messages::from_toml(tables, (locale, publisher), &mut report);
    glossary::check(root.get_ref(), glossary, &mut report);
    if report.is_empty() { Ok(strings) } else { Err(report.into_vec()) }
}

#[cfg(test)]
impl Messages {
    /// The shipped messages of a locale.
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
    pub(crate) fn shipped(locale: Locale) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/strings").join(format!("{locale}.toml"));
        parse(&file, [&fs::read_to_string(&file).unwrap(), ""], (locale, "Harmony"), &[]).unwrap()
    }
}
