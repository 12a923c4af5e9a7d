//! Loads `cookies.<locale>.toml`, the translation of the inventory. Each entry names one of
//! `cookies.toml` and translates its texts; facts are in `cookies.toml` alone.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    cookies::{edition, purpose, service_entries, tables},
    fields,
    fields::Fields,
    placeholder::named,
    source, translation,
};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics},
    domain::{
        cookies::{
            inventory::{
                CookieTranslation, EntryTranslation, InventoryHistory, InventoryTranslation, PurposeTranslation,
            },
            purpose::Purpose,
            service_entry::StorageKind,
        },
        i18n::{
            languages::{Languages, PerLocale},
            locale::Locale,
        },
        policy::version::Version,
    },
};

/// The file of a language in the content folder.
pub(super) fn file(folder: &Path, locale: Locale) -> PathBuf {
    folder.join(format!("cookies.{locale}.toml"))
}

/// The history in each locale.
///
/// A language begins with its first translated edition: what was declared only before keeps the
/// words of the original. A language without a translated edition may omit the file.
///
/// # Errors
/// The diagnostics of all files.
pub(super) fn load(
    folder: &Path,
    history: &InventoryHistory,
    editions: &[Version],
    (publisher, languages): (&str, &Languages),
) -> Result<PerLocale<InventoryHistory>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let histories = PerLocale::from_fn(languages, |locale| {
        let file = file(folder, locale);
        let first = translation::first(folder, locale);
        if locale == languages.original() || !(first.is_some() || file.exists()) {
            return history.clone();
        }
        let text = source::load(&file).map_err(|diagnostic| vec![diagnostic]);
        match text.and_then(|text| parse(&file, &text, (locale, first), history, (editions, publisher))) {
            Ok(translation) => history.translated(&translation),
            Err(found) => {
                diagnostics.extend(found);
                history.clone()
            }
        }
    });
    if diagnostics.is_empty() { Ok(histories) } else { Err(diagnostics) }
}

/// Parses the translation into one language.
///
/// # Errors
/// The diagnostics of the text, and each entry that it does not translate.
fn parse(
    file: &Path,
    text: &str,
    (locale, first): (Locale, Option<Version>),
    history: &InventoryHistory,
    names: (&[Version], &str),
) -> Result<InventoryTranslation, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };
    let mut translation = InventoryTranslation::default();
    let mut missing: Missing = history.entry_keys().map(|key| (owned(key), true)).collect();
    for (key, value) in root.get_ref() {
        let line = report.line_of(key.span().start);
        match key.get_ref().as_ref() {
            "cookie" => {
                for fields in tables(value, line, "the words for a cookie are a [[cookie]] table", &mut report) {
                    parse_cookie(&fields, (history, &mut missing), names, &mut translation, &mut report);
                }
            }
            "purpose" => {
                for fields in tables(value, line, "the words for a purpose are a [[purpose]] table", &mut report) {
                    parse_purpose(&fields, history, names, &mut translation, &mut report);
                }
            }
            other => report
                .add(line, format!("there is no {other:?} here; there are only [[cookie]] and [[purpose]] tables")),
        }
    }
    if report.is_empty() {
        let newest = || names.0.iter().max().copied();
        let translated: Vec<_> =
            names.0.iter().copied().filter(|version| Some(*version) >= first.or_else(newest)).collect();
        for missing in history.untranslated(&translation, &translated) {
            report.add(1, format!("{missing} has no words in {}", locale.tag()));
        }
    }
    if report.is_empty() { Ok(translation) } else { Err(report.into_vec()) }
}

/// The entries of services, and whether their words are still missing.
type Missing = HashMap<(String, StorageKind, String, Version), bool>;

fn owned((service, kind, name, since): (&str, StorageKind, &str, Version)) -> (String, StorageKind, String, Version) {
    (service.to_owned(), kind, name.to_owned(), since)
}

fn parse_cookie(
    fields: &Fields,
    (history, missing): (&InventoryHistory, &mut Missing),
    (editions, publisher): (&[Version], &str),
    into: &mut InventoryTranslation,
    report: &mut Diagnostics,
) {
    let line = fields.line("name", report);
    let name = fields.text("name", report).map(|name| name.value);
    let service = fields.optional_text("service", report).map(|service| service.value);
    let kind = service.as_ref().map(|_| service_entries::kind(fields, report));
    let since = fields.text("since", report).and_then(|text| edition(&text, editions, report));
    let description = words("description", fields, publisher, report);
    fields.reject_unknown(report);
    let (Some(name), Some(since), Some(description)) = (name, since, description) else { return };
    if let Some((service, kind)) = service.zip(kind) {
        let Some(kind) = kind else { return };
        let entry = EntryTranslation { service, kind, name, since, description };
        let what = format!("the {} {} of {} of edition {since}", kind.into_str(), entry.name, entry.service);
        match missing.insert(owned(entry.key()), false) {
            None => report.add(line, format!("cookies.toml does not declare {what}")),
            Some(false) => report.add(line, format!("{what} has its words already")),
            Some(true) => into.services.push(entry),
        }
        return;
    }
    if !history.has_cookie(&name, since) {
        report.add(line, format!("cookies.toml declares no cookie {name:?} since edition {since}"));
    } else if into.cookie(&name, since).is_some() {
        report.add(line, format!("{name} of edition {since} has its words already"));
    } else {
        into.cookies.push(CookieTranslation { name, since, description });
    }
}

fn parse_purpose(
    fields: &Fields,
    history: &InventoryHistory,
    (editions, publisher): (&[Version], &str),
    into: &mut InventoryTranslation,
    report: &mut Diagnostics,
) {
    let line = fields.line("name", report);
    let purpose = purpose("name", fields, report);
    let since = fields.text("since", report).and_then(|text| edition(&text, editions, report));
    let (label, question) = match purpose {
        Some(Purpose::Optional(_)) => {
            (words("label", fields, publisher, report), words("question", fields, publisher, report))
        }
        _ => (Some(String::new()), Some(String::new())),
    };
    let description = words("description", fields, publisher, report);
    fields.reject_unknown(report);
    let (Some(purpose), Some(since), Some(label), Some(question), Some(description)) =
        (purpose, since, label, question, description)
    else {
        return;
    };
    let name = purpose.as_str();
    if !history.has_purpose(purpose, since) {
        report.add(line, format!("cookies.toml says nothing of {name} since edition {since}"));
    } else if into.purpose(purpose, since).is_some() {
        report.add(line, format!("{name} of edition {since} has its words already"));
    } else {
        into.purposes.push(PurposeTranslation { purpose, since, label, question, description });
    }
}

/// Parses a text that must not be empty.
fn words(key: &'static str, fields: &Fields, publisher: &str, report: &mut Diagnostics) -> Option<String> {
    let text = fields.text(key, report)?;
    if text.value.trim().is_empty() {
        report.add(text.line, format!("{key} is empty"));
        return None;
    }
    Some(named(text, publisher, report))
}
