//! Loads `cookies.toml` into the history of the inventory.

pub(super) mod service_entries;

use std::path::Path;

use strum::VariantArray as _;
use toml::{Spanned, de::DeValue};

use self::service_entries::Listed;
use super::{fields, fields::Fields, lifetime, placeholder::named, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics, Located},
    domain::{
        cookies::{
            collected::Collected,
            consent_mode::StorageType,
            declaration::{Attributes, Declaration, Lifetime, SameSite},
            inventory,
            inventory::{CookieField, InventoryHistory, PurposeText},
            personal_data::PersonalData,
            purpose::{ParsePurposeError, Purpose},
        },
        policy::version::Version,
    },
};

/// Loads the history of the inventory.
///
/// # Errors
/// The diagnostics of the file.
pub(super) fn load(
    file: &Path,
    (editions, services): Listed<'_>,
    publisher: &str,
) -> Result<InventoryHistory, Vec<Diagnostic>> {
    let text = source::load(file).map_err(|diagnostic| vec![diagnostic])?;
    parse(file, &text, (editions, services), publisher)
}

/// Parses the history of the inventory. `editions` and `services` are those that it may name, and
/// `publisher` stands in place of `{name}`.
///
/// # Errors
/// The diagnostics of the text.
pub(super) fn parse(
    file: &Path,
    text: &str,
    (editions, services): Listed<'_>,
    publisher: &str,
) -> Result<InventoryHistory, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };

    let (mut names, mut declared) = (Vec::new(), Vec::new());
    let (mut purposes, mut described) = (Vec::new(), Vec::new());
    let mut of_services = Vec::new();
    for (key, value) in root.get_ref() {
        let line = report.line_of(key.span().start);
        match key.get_ref().as_ref() {
            "cookie" => {
                for fields in tables(value, line, "a cookie is declared as a [[cookie]] table", &mut report) {
                    let name = fields.text("name", &mut report);
                    if let Some(service) = fields.optional_text("service", &mut report) {
                        let listed = (editions, services);
                        let entry = service_entries::parse(&fields, name, &service, listed, publisher, &mut report);
                        of_services.extend(entry.map(|entry| (entry, fields)));
                        continue;
                    }
                    let name = name.map(|name| name.value);
                    names.extend(name.clone());
                    if let Some(declaration) = parse_cookie(&fields, name, (editions, publisher), &mut report) {
                        declared.push((declaration, fields));
                    }
                }
            }
            "purpose" => {
                for fields in tables(value, line, "a purpose is described in a [[purpose]] table", &mut report) {
                    let purpose = purpose("name", &fields, &mut report);
                    purposes.extend(purpose);
                    if let Some(text) = parse_purpose(&fields, purpose, (editions, publisher), &mut report) {
                        described.push((text, fields));
                    }
                }
            }
            other => {
                report
                    .add(line, format!("there is no {other:?} here; there are only [[cookie]] and [[purpose]] tables"));
            }
        }
    }

    let (declarations, fields): (Vec<_>, Vec<_>) = declared.into_iter().unzip();
    let (texts, purpose_fields): (Vec<_>, Vec<_>) = described.into_iter().unzip();
    // A purpose with a mistake in it is reported already.
    let all_described = texts.len() == purposes.len();
    let found = inventory::cookie_violations(&declarations)
        .into_iter()
        .chain(inventory::undeclared_cookies(&names, purposes.iter().copied()))
        .chain(inventory::purposeless_cookies(&declarations, &texts).into_iter().filter(|_| all_described));
    report_violations(found, &fields, &mut report);
    let found = inventory::purpose_violations(&texts).into_iter().chain(inventory::undescribed_purposes(purposes));
    report_violations(found, &purpose_fields, &mut report);
    let (mut entries, fields): (Vec<_>, Vec<_>) = of_services.into_iter().unzip();
    let found = inventory::service_violations(&entries)
        .into_iter()
        .chain(inventory::purposeless_entries(&entries, &texts).into_iter().filter(|_| all_described));
    report_violations(found, &fields, &mut report);
    if !report.is_empty() {
        return Err(report.into_vec());
    }
    service_entries::sort(&mut entries, services);
    let history = InventoryHistory::new(declarations, texts).and_then(|history| history.with_services(entries));
    history.map_err(|_| report.into_vec())
}

/// The tables of an array of tables, each with its line.
pub(super) fn tables<'t>(
    value: &'t Spanned<DeValue<'t>>,
    line: usize,
    else_say: &str,
    report: &mut Diagnostics,
) -> Vec<Fields<'t>> {
    let DeValue::Array(entries) = value.get_ref() else {
        report.add(line, else_say);
        return Vec::new();
    };
    let mut tables = Vec::new();
    for entry in entries {
        let line = report.line_of(entry.span().start);
        match entry.get_ref() {
            DeValue::Table(table) => tables.push(Fields::new(table, 0, line)),
            _ => report.add(line, else_say),
        }
    }
    tables
}

/// Reports violations at the lines of their fields, and those of the whole list at line 1.
fn report_violations(
    found: impl Iterator<Item = inventory::InventoryViolation>,
    fields: &[Fields],
    report: &mut Diagnostics,
) {
    for inventory::InventoryViolation { at, what } in found {
        let place = at.and_then(|(index, field)| Some((fields.get(index)?, key(field))));
        let line = place.map_or(1, |(fields, key)| fields.line(key, report));
        report.add(line, what);
    }
}

/// Parses a `[[purpose]]` table; `None` with diagnostics in the report.
fn parse_purpose(
    fields: &Fields,
    purpose: Option<Purpose>,
    (editions, publisher): (&[Version], &str),
    report: &mut Diagnostics,
) -> Option<PurposeText> {
    let label = fields.optional_text("label", report).map(|label| named(label, publisher, report));
    let question = fields.optional_text("question", report).map(|question| named(question, publisher, report));
    let description = fields.text("description", report).map(|text| named(text, publisher, report));
    let collects = fields.optional_texts("collects", report).into_iter().flatten();
    let collects: Vec<_> = collects.filter_map(|name| collected(&name, report)).collect();
    let consent_mode = fields.optional_texts("consent_mode", report);
    let consent_mode: Option<Vec<_>> =
        consent_mode.map(|names| names.iter().filter_map(|name| storage_type(name, report)).collect());
    let data = fields.optional_texts("data", report).into_iter().flatten();
    let data: Vec<_> = data.filter_map(|name| personal_data(&name, report)).collect();
    let since = fields.text("since", report).and_then(|text| edition(&text, editions, report));
    let until = fields.optional_text("until", report).map(|text| edition(&text, editions, report));
    fields.reject_unknown(report);
    let purpose = purpose?;
    // Without a label, the purpose is called by its name.
    let name = purpose.optional().map(|purpose| purpose.to_string()).unwrap_or_default();
    let defaults = purpose.optional().map(StorageType::defaults).unwrap_or_default();
    Some(PurposeText {
        purpose,
        label: label.unwrap_or(name),
        question: question.unwrap_or_default(),
        description: description?,
        collects,
        consent_mode: consent_mode.unwrap_or_else(|| defaults.to_vec()),
        data,
        since: since?,
        until: match until {
            Some(until) => Some(until?),
            None => None,
        },
    })
}

/// Parses the name of what analytics collects.
fn collected(name: &Located<String>, report: &mut Diagnostics) -> Option<Collected> {
    let known = Collected::ALL.iter().map(Collected::into_str).collect::<Vec<_>>().join(", ");
    found(name.value.parse().ok(), name, report, |name| format!("nothing collects {name:?}; there are {known}"))
}

/// Parses the name of a storage type of Consent Mode.
fn storage_type(name: &Located<String>, report: &mut Diagnostics) -> Option<StorageType> {
    let known = StorageType::VARIANTS.iter().map(StorageType::into_str).collect::<Vec<_>>().join(", ");
    found(name.value.parse().ok(), name, report, |name| format!("consent grants no {name:?}; there are {known}"))
}

/// Parses the name of a kind of personal data.
fn personal_data(name: &Located<String>, report: &mut Diagnostics) -> Option<PersonalData> {
    found(name.value.parse().ok(), name, report, |name| {
        format!("there is no kind of personal data {name:?}; https://w3id.org/dpv/2.3/pd lists all, such as Language")
    })
}

/// Parses the name of a purpose.
pub(super) fn purpose(key: &'static str, fields: &Fields, report: &mut Diagnostics) -> Option<Purpose> {
    let name = fields.text(key, report)?;
    found(name.value.parse().ok(), &name, report, |name| format!("{name:?} names no purpose: {ParsePurposeError}"))
}

/// Parses the version of an edition.
pub(super) fn edition(text: &Located<String>, editions: &[Version], report: &mut Diagnostics) -> Option<Version> {
    // If there is no edition, that error is reported elsewhere.
    let exists = |version: &Version| editions.is_empty() || editions.contains(version);
    let version = text.value.parse().ok().filter(exists);
    let known = editions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    found(version, text, report, |text| format!("there is no edition {text:?}; there are {known}"))
}

/// Parses a `[[cookie]]` table; `None` with diagnostics in the report.
fn parse_cookie(
    fields: &Fields,
    name: Option<String>,
    (editions, publisher): (&[Version], &str),
    report: &mut Diagnostics,
) -> Option<Declaration> {
    if let Some(kind) = fields.optional_text("kind", report).filter(|kind| kind.value != "cookie") {
        let what = format!("this server sets cookies only, not {:?}: name the service that keeps this", kind.value);
        report.add(kind.line, what);
    }
    let purpose = purpose("purpose", fields, report);
    let lifetime = fields.text("lifetime", report).and_then(|text| cookie_lifetime(&text, report));
    let http_only = fields.flag("http_only", report);
    let secure = fields.flag("secure", report);
    let same_site = fields.text("same_site", report).and_then(|name| same_site(&name, report));
    let path = fields.text("path", report);
    let set_by = fields.text("set_by", report).map(|text| named(text, publisher, report));
    let description = fields.text("description", report).map(|text| named(text, publisher, report));
    let since = fields.text("since", report).and_then(|text| edition(&text, editions, report));
    let until = fields.optional_text("until", report).map(|text| edition(&text, editions, report));
    let no_host_prefix_because = fields.optional_text("no_host_prefix_because", report).map(|reason| reason.value);
    fields.reject_unknown(report);
    Some(Declaration {
        name: name?,
        purpose: purpose?,
        lifetime: lifetime?,
        attributes: Attributes {
            http_only: http_only?.value,
            secure: secure?.value,
            same_site: same_site?,
            path: path?.value,
        },
        set_by: set_by?,
        description: description?,
        since: since?,
        until: match until {
            Some(until) => Some(until?),
            None => None,
        },
        no_host_prefix_because,
    })
}

/// Parses the lifetime of a cookie.
pub(super) fn cookie_lifetime(text: &Located<String>, report: &mut Diagnostics) -> Option<Lifetime> {
    found(lifetime::parse(&text.value), text, report, |text| {
        format!("the lifetime must be \"session\" or a number and a unit such as \"180 days\", not {text:?}")
    })
}

pub(super) fn same_site(name: &Located<String>, report: &mut Diagnostics) -> Option<SameSite> {
    found(name.value.parse().ok(), name, report, |name| {
        format!("same_site must be \"Strict\", \"Lax\" or \"None\", not {name:?}")
    })
}

/// Reports a text that could not be parsed.
pub(super) fn found<T>(
    meaning: Option<T>,
    text: &Located<String>,
    report: &mut Diagnostics,
    wrong: impl FnOnce(&str) -> String,
) -> Option<T> {
    if meaning.is_none() {
        report.add(text.line, wrong(&text.value));
    }
    meaning
}

/// The key of a field in the file.
const fn key(field: CookieField) -> &'static str {
    match field {
        CookieField::Name => "name",
        CookieField::Purpose => "purpose",
        CookieField::Lifetime => "lifetime",
        CookieField::Secure => "secure",
        CookieField::HttpOnly => "http_only",
        CookieField::SameSite => "same_site",
        CookieField::Path => "path",
        CookieField::SetBy => "set_by",
        CookieField::Description => "description",
        CookieField::Since => "since",
        CookieField::Until => "until",
        CookieField::Question => "question",
        CookieField::Collects => "collects",
        CookieField::Label => "label",
        CookieField::ConsentMode => "consent_mode",
    }
}
