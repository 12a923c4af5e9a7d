//! `strings/<locale>.toml`: all texts of the interface, one file per locale, with the same keys.
//!
//! `tables` declares the keys for code and files: code with an unknown key does not compile, and a
//! file with missing or extra keys does not load. `keys` parses a table, `template` a text, and
//! `plural` a text with plural forms. The texts of the policy come from elsewhere.

pub(crate) mod countries;
mod glossary;
mod keys;
mod plural;
mod tables;
mod template;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

pub(crate) use tables::Messages;

use self::glossary::Avoided;
use super::{fields, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics},
    domain::i18n::locale::{Locale, PerLocale},
};

/// Loads the files of a content folder. `publisher` stands in place of `{name}`.
///
/// # Errors
/// The diagnostics of all files.
pub(super) fn load(folder: &Path, publisher: &str) -> Result<PerLocale<Arc<Messages>>, Vec<Diagnostic>> {
    let glossary = glossary::load(folder)?;
    let mut diagnostics = Vec::new();
    let messages = PerLocale::from_fn(|locale| {
        let file = folder.join("strings").join(format!("{locale}.toml"));
        let text = source::load(&file).map_err(|diagnostic| vec![diagnostic]);
        let messages = text.and_then(|text| parse(&file, &text, (locale, publisher), glossary.get(locale)));
        messages.map(Arc::new).map_err(|found| diagnostics.extend(found)).ok()
    });
    messages.transpose().ok_or(diagnostics)
}

/// Parses the messages of one locale.
///
/// # Errors
/// The diagnostics of the text.
fn parse(
    file: &Path,
    text: &str,
    (locale, publisher): (Locale, &str),
    glossary: &[Avoided],
) -> Result<Messages, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };
    let strings = Messages::from_toml(root.get_ref(), (locale, publisher), &mut report);
    glossary::check(root.get_ref(), glossary, &mut report);
    if report.is_empty() { Ok(strings) } else { Err(report.into_vec()) }
}

#[cfg(test)]
impl Messages {
    /// The shipped messages of a locale.
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
    pub(crate) fn shipped(locale: Locale) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/strings").join(format!("{locale}.toml"));
        parse(&file, &std::fs::read_to_string(&file).unwrap(), (locale, "Harmony"), &[]).unwrap()
    }
}
