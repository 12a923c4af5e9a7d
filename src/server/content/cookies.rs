//! `cookies.toml`, turned into the inventory.

use std::path::Path;

use toml::de::DeValue;

use super::{
    fields::{self, Fields},
    lifetime,
    mistake::{Located, Mistake, Report},
    source,
};
use crate::model::{
    declaration::{Attributes, Declaration, SameSite},
    inventory::{self, Field, Inventory},
    purpose::Purpose,
    version::Version,
};

/// Reads the inventory from a file.
///
/// # Errors
/// Every mistake in the file.
pub(super) fn load(file: &Path, editions: &[Version]) -> Result<Inventory, Vec<Mistake>> {
    let text = source::read(file).map_err(|mistake| vec![mistake])?;
    parse(file, &text, editions)
}

/// Reads the inventory from a text; `editions` are those that a cookie may name.
///
/// # Errors
/// Every mistake in the text.
pub(super) fn parse(file: &Path, text: &str, editions: &[Version]) -> Result<Inventory, Vec<Mistake>> {
    let mut report = Report::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_mistakes()) };

    let mut names = Vec::new();
    let mut declared = Vec::new();
    for (key, value) in root.get_ref() {
        let line = report.line_of(key.span().start);
        match value.get_ref() {
            DeValue::Array(entries) if key.get_ref() == "cookie" => {
                for entry in entries {
                    let line = report.line_of(entry.span().start);
                    let DeValue::Table(table) = entry.get_ref() else {
                        report.add(line, "a cookie is declared as a [[cookie]] table");
                        continue;
                    };
                    let fields = Fields::new(table, 0, line);
                    let name = fields.text("name", &mut report).map(|name| name.value);
                    names.extend(name.clone());
                    if let Some(declaration) = read(&fields, name, editions, &mut report) {
                        declared.push((declaration, fields));
                    }
                }
            }
            _ if key.get_ref() == "cookie" => report.add(line, "a cookie is declared as a [[cookie]] table"),
            _ => report.add(line, format!("there is no {:?} here; there are only [[cookie]] tables", key.get_ref())),
        }
    }

    let (declarations, fields): (Vec<_>, Vec<_>) = declared.into_iter().unzip();
    let found = inventory::mistakes_in_entries(&declarations).into_iter().chain(inventory::undeclared(&names));
    for inventory::Mistake { at, what } in found {
        let place = at.and_then(|(index, field)| Some((fields.get(index)?, key(field))));
        let line = place.map_or(1, |(fields, key)| fields.line(key, &report));
        report.add(line, what);
    }
    if !report.is_empty() {
        return Err(report.into_mistakes());
    }
    Inventory::new(declarations).map_err(|_| report.into_mistakes())
}

/// One `[[cookie]]` table, or `None` and mistakes in the report.
fn read(fields: &Fields, name: Option<String>, editions: &[Version], report: &mut Report) -> Option<Declaration> {
    let purpose = fields.text("purpose", report).and_then(|name| {
        let known = Purpose::ALL.map(Purpose::name).join(", ");
        found(Purpose::parse(&name.value), &name, report, |name| {
            format!("there is no purpose {name:?}; there are {known}")
        })
    });
    let lifetime = fields.text("lifetime", report).and_then(|text| {
        found(lifetime::parse(&text.value), &text, report, |text| {
            format!("the lifetime must be \"session\" or a number and a unit such as \"180 days\", not {text:?}")
        })
    });
    let http_only = fields.flag("http_only", report);
    let secure = fields.flag("secure", report);
    let same_site = fields.text("same_site", report).and_then(|name| {
        found(SameSite::parse(&name.value), &name, report, |name| {
            format!("same_site must be \"Strict\", \"Lax\" or \"None\", not {name:?}")
        })
    });
    let path = fields.text("path", report);
    let set_by = fields.text("set_by", report);
    let description = fields.text("description", report);
    let since = fields.text("since", report).and_then(|text| {
        // Where there are no editions at all, that is the mistake, and it is told elsewhere.
        let exists = |version: &Version| editions.is_empty() || editions.contains(version);
        let version = text.value.parse().ok().filter(exists);
        let known = editions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        found(version, &text, report, |text| format!("there is no edition {text:?}; there are {known}"))
    });
    let no_host_prefix_because = fields.optional_text("no_host_prefix_because", report).map(|reason| reason.value);
    fields.refuse_others(report);
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
        set_by: set_by?.value,
        description: description?.value,
        since: since?,
        no_host_prefix_because,
    })
}

/// Notes a mistake at the text if it means nothing.
fn found<T>(
    meaning: Option<T>,
    text: &Located<String>,
    report: &mut Report,
    wrong: impl FnOnce(&str) -> String,
) -> Option<T> {
    if meaning.is_none() {
        report.add(text.line, wrong(&text.value));
    }
    meaning
}

/// How a field of the model is written in the file.
const fn key(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Purpose => "purpose",
        Field::Lifetime => "lifetime",
        Field::Secure => "secure",
        Field::SameSite => "same_site",
        Field::Path => "path",
        Field::SetBy => "set_by",
        Field::Description => "description",
    }
}
