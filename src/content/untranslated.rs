//! What a language lacks, for `harmony check`. Pages show the original, or a country's code, in its
//! place.

use std::path::Path;

use super::{Content, Diagnostic, cookie_translation, i18n::countries, translated, translation};
use crate::domain::i18n::locale::Locale;

/// How many codes of countries a sentence names.
const MAX_NAMED: usize = 5;

impl Content {
    /// A sentence for each file that a language lacks, or lacks something.
    ///
    /// A language begins with its first translated edition: what was said only before needs no
    /// translation.
    pub fn untranslated(&self, folder: &Path) -> Vec<Diagnostic> {
        let original = self.languages.original();
        let others = self.languages.iter().filter(|locale| *locale != original);
        let mut found: Vec<_> = others.flat_map(|locale| self.untranslated_texts(folder, locale)).collect();
        for locale in self.languages.iter() {
            let missing = self.countries(locale).missing();
            if !missing.is_empty() {
                let named: Vec<_> = missing.iter().take(MAX_NAMED).map(ToString::to_string).collect();
                let more = if missing.len() > MAX_NAMED { ", …" } else { "" };
                let (count, named) = (missing.len(), named.join(", "));
                let what = format!("{count} countries have no name, and are shown by their codes: {named}{more}");
                found.push(Diagnostic { file: folder.join(countries::file(locale)), line: 1, what });
            }
        }
        found
    }

    fn untranslated_texts(&self, folder: &Path, locale: Locale) -> Vec<Diagnostic> {
        let policy = translation::folder(folder, locale);
        let mut found = Vec::new();
        let mut add = |file, what: String| found.push(Diagnostic { file, line: 1, what });
        match translation::first(folder, locale) {
            None => add(policy, "no edition is translated into this language; the original is shown".to_owned()),
            Some(first) => {
                for edition in self.editions.iter().filter(|edition| edition.version >= first) {
                    if translated(&self.translations, edition.version, locale).is_none() {
                        let file = policy.join(format!("{}.md", edition.version));
                        add(file, "this edition is not translated; the original is shown".to_owned());
                    }
                }
            }
        }
        let cookies = cookie_translation::file(folder, locale);
        if !cookies.exists() {
            add(
                cookies,
                "cookies and purposes have no words in this language; those of the original are shown".to_owned(),
            );
        }
        found
    }
}
