//! `glossary.toml`: the words that the interface does not use, each with the term that it uses.

use std::{path::Path, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::super::{fields, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics},
    domain::i18n::{
        languages::{Languages, PerLocale},
        locale::Locale,
    },
};

/// The file name in the content folder.
const FILE: &str = "glossary.toml";

/// An avoided word in lower case, and the term for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Avoided {
    word: String,
    term: String,
}

/// Loads the words of each locale. A content folder may have no glossary.
///
/// # Errors
/// The diagnostics of the file.
pub(super) fn load(folder: &Path, languages: &Languages) -> Result<PerLocale<Arc<[Avoided]>>, Vec<Diagnostic>> {
    let file = folder.join(FILE);
    let text = if file.exists() { source::load(&file).map_err(|found| vec![found])? } else { String::new() };
    let mut report = Diagnostics::new(&file, &text);
    let Some(root) = fields::parse(&text, 0, &mut report) else { return Err(report.into_vec()) };
    for key in root.get_ref().keys().filter(|key| key.get_ref().parse::<Locale>().is_err()) {
        let line = report.line_of(key.span().start);
        report.add(line, format!("{:?} is not the tag of a language, such as de", key.get_ref()));
    }
    let words = PerLocale::from_fn(languages, |locale| words(root.get_ref(), locale, &mut report).into());
    if report.is_empty() { Ok(words) } else { Err(report.into_vec()) }
}

fn words(root: &DeTable<'_>, locale: Locale, report: &mut Diagnostics) -> Vec<Avoided> {
    let Some(table) = root.get(locale.tag()) else { return Vec::new() };
    let Some(entries) = table.get_ref().as_table() else {
        report.add(report.line_of(table.span().start), "a language is a table of words");
        return Vec::new();
    };
    let mut words = Vec::new();
    for (word, term) in entries {
        match term.get_ref().as_str() {
            Some(term) => words.push(Avoided { word: word.get_ref().to_lowercase(), term: term.to_owned() }),
            None => report.add(report.line_of(term.span().start), "a word has the term in quotes that is used for it"),
        }
    }
    words
}

/// Reports each text of a file that has an avoided word.
pub(super) fn check(value: &DeTable<'_>, avoided: &[Avoided], report: &mut Diagnostics) {
    for value in value.values() {
        check_value(value, avoided, report);
    }
}

fn check_value(value: &Spanned<DeValue<'_>>, avoided: &[Avoided], report: &mut Diagnostics) {
    match value.get_ref() {
        DeValue::Table(table) => check(table, avoided, report),
        DeValue::String(text) => {
            let words = words_of(text);
            for Avoided { word, term } in avoided.iter().filter(|avoided| has_word(&words, &avoided.word)) {
                let line = report.line_of(value.span().start);
                report.add(line, format!("{word:?} is not a word of this interface, which says {term:?} for it"));
            }
        }
        _ => {}
    }
}

/// A text in lower case, without the names of its placeholders.
fn words_of(text: &str) -> String {
    let mut pieces = text.split('{');
    let first = pieces.next().unwrap_or_default();
    let others = pieces.filter_map(|piece| piece.split_once('}')).map(|(_, words)| words);
    std::iter::once(first).chain(others).collect::<String>().to_lowercase()
}

/// Whether a word of the text is or begins with `start`.
fn has_word(text: &str, start: &str) -> bool {
    // Most texts have none: `contains` is several times as fast as the search for the places.
    text.contains(start) && text.match_indices(start).any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
    fn found(glossary: &str, strings: &str) -> Vec<(usize, String)> {
        let mut report = Diagnostics::new(Path::new("glossary.toml"), glossary);
        let root = fields::parse(glossary, 0, &mut report).unwrap();
        let avoided = words(root.get_ref(), Locale::ENGLISH, &mut report);
        assert!(report.is_empty());
        let mut report = Diagnostics::new(Path::new("en.toml"), strings);
        let root = fields::parse(strings, 0, &mut report).unwrap();
        check(root.get_ref(), &avoided, &mut report);
        report.into_vec().into_iter().map(|found| (found.line, found.what)).collect()
    }

    #[test]
    fn a_text_with_an_avoided_word_is_found_by_its_line() {
        let glossary = "[en]\nedition = \"version\"\n[de]\ntext = \"Wort\"";
        let strings = "[a]\nx = \"Two Editions.\"\ny = \"A text with {edition}s, expedition, pre{x}edition\"\nz.one = \"edition\"";
        let what = "\"edition\" is not a word of this interface, which says \"version\" for it".to_owned();
        assert_eq!(found(glossary, strings), [(2, what.clone()), (4, what)]);
        assert_eq!(found("", strings), []);
    }
}
