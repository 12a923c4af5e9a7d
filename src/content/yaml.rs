//! The part of YAML that front matters need: a text or a list of texts for each key. Everything
//! else is an error, so nothing is read in another sense than it was written.

use std::{borrow::Cow, collections::HashSet};

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use crate::content::diagnostic::Diagnostics;

/// What the subset has.
const SUBSET: &str = "this is not read: write `key: text`, or `key:` with lines of `- text` below it";

/// Parses YAML that begins at byte `from` of its file; `None` with diagnostics in the report.
pub(super) fn parse<'t>(text: &'t str, from: usize, report: &mut Diagnostics) -> Option<DeTable<'t>> {
    let mut table = DeTable::new();
    let mut is_valid = true;
    let mut keys = HashSet::new();
    let mut start = 0;
    // The key of the list that the next lines may continue, and its items.
    let mut list: Option<(Spanned<Cow<'t, str>>, DeArray<'t>)> = None;
    for line in text.split_inclusive('\n') {
        let span = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim_end();
        let mut wrong = |what: &str| {
            report.add(report.line_of(from + span.start), what);
            is_valid = false;
        };
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if let Some(item) = content.strip_prefix("- ") {
            match (&mut list, scalar(item)) {
                (Some((_, items)), Some(item)) => items.push(Spanned::new(span, DeValue::String(item))),
                _ => wrong(SUBSET),
            }
            continue;
        }
        close(&mut list, &mut table);
        let Some((key, value)) = line.split_once(':').filter(|(key, _)| is_key(key)) else {
            wrong(SUBSET);
            continue;
        };
        if !keys.insert(key) {
            wrong("duplicate key");
            continue;
        }
        let key = Spanned::new(span.start..span.start + key.len(), Cow::Borrowed(key));
        if without_comment(value).is_empty() {
            list = Some((key, DeArray::new()));
            continue;
        }
        let value =
            value.strip_prefix(' ').and_then(|value| flow(value, &span).or_else(|| scalar(value).map(DeValue::String)));
        match value {
            Some(value) => drop(table.insert(key, Spanned::new(span, value))),
            None => wrong(SUBSET),
        }
    }
    close(&mut list, &mut table);
    is_valid.then_some(table)
}

/// Ends a list of lines.
fn close<'t>(list: &mut Option<(Spanned<Cow<'t, str>>, DeArray<'t>)>, table: &mut DeTable<'t>) {
    if let Some((key, items)) = list.take() {
        let span = key.span();
        table.insert(key, Spanned::new(span, DeValue::Array(items)));
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// A list in brackets on one line.
fn flow<'t>(text: &'t str, span: &std::ops::Range<usize>) -> Option<DeValue<'t>> {
    let mut rest = without_comment(text).strip_prefix('[')?.trim_start();
    let mut items = DeArray::new();
    while rest != "]" {
        let end = quoted(rest).map_or_else(|| rest.find([',', ']']), |(_, end)| Some(end))?;
        let (item, behind) = rest.split_at_checked(end)?;
        items.push(Spanned::new(span.clone(), DeValue::String(scalar(item)?)));
        let behind = behind.trim_start();
        rest = behind.strip_prefix(',').map_or(behind, str::trim_start);
        if rest == behind && rest != "]" {
            return None;
        }
    }
    Some(DeValue::Array(items))
}

/// A text: in quotes, or plain as far as its first character has no meaning in YAML.
fn scalar(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if let Some((value, end)) = quoted(text) {
        let rest = text.get(end..)?;
        return without_comment(rest).is_empty().then_some(value);
    }
    let plain = without_comment(text);
    let has_meaning = plain.starts_with(|c| "\"'[]{}>|*&!%@`#,?".contains(c)) || plain.starts_with("- ");
    (!plain.is_empty() && !has_meaning && !plain.contains(": ") && !plain.ends_with(':'))
        .then_some(Cow::Borrowed(plain))
}

/// A text in quotes at the start, and the offset behind it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut value = String::new();
    let mut signs = text.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\'' if quote == '\'' && signs.next_if(|(_, next)| *next == '\'').is_some() => value.push('\''),
            '\\' if quote == '"' => {
                let (_, escaped) = signs.next_if(|(_, next)| matches!(next, '"' | '\\' | '/'))?;
                value.push(escaped);
            }
            _ if sign == quote => return Some((Cow::Owned(value), at + 1)),
            _ => value.push(sign),
        }
    }
    None
}

/// The text before a comment, without spaces around it.
fn without_comment(text: &str) -> &str {
    let text = text.trim();
    if text.starts_with('#') {
        return "";
    }
    text.split_once(" #").map_or(text, |(before, _)| before.trim_end())
}
