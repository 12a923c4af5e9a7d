//! Loads `services.toml`, the list of partner services. The file is optional.

use std::{collections::HashSet, path::Path};

use strum::VariantArray as _;

use super::{
    cookies::{edition, found, tables},
    fields,
    fields::Fields,
    source,
};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics, Located},
    domain::{
        partners::{PolicyRelation, Service, connect::Callback},
        policy::version::Version,
        web::origin::Origin,
    },
};

/// The most characters of an id.
const MAX_ID_CHARS: usize = 40;

/// Loads the services.
///
/// # Errors
/// The diagnostics of the file.
pub(super) fn load(file: &Path, editions: &[Version]) -> Result<Vec<Service>, Vec<Diagnostic>> {
    if file.try_exists().is_ok_and(|exists| !exists) {
        return Ok(Vec::new());
    }
    let text = source::load(file).map_err(|mistake| vec![mistake])?;
    parse(file, &text, editions)
}

/// Parses the services; `editions` are the versions that it may name.
///
/// # Errors
/// The diagnostics of the text.
pub(super) fn parse(file: &Path, text: &str, editions: &[Version]) -> Result<Vec<Service>, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };
    let mut services = Vec::new();
    let mut taken = Taken::default();
    for (key, value) in root.get_ref() {
        let line = report.line_of(key.span().start);
        if key.get_ref().as_ref() != "service" {
            report.add(line, format!("there is no {:?} here; there are only [[service]] tables", key.get_ref()));
            continue;
        }
        for fields in tables(value, line, "a service is listed as a [[service]] table", &mut report) {
            services.extend(parse_service(&fields, editions, &mut taken, &mut report));
        }
    }
    if report.is_empty() { Ok(services) } else { Err(report.into_vec()) }
}

/// What only one service may have.
#[derive(Default)]
struct Taken {
    ids: HashSet<String>,
    names: HashSet<String>,
    origins: HashSet<Origin>,
}

/// Parses a `[[service]]` table; `None` with diagnostics in the report. Ids, names and origins must
/// be unique.
fn parse_service(
    fields: &Fields,
    editions: &[Version],
    Taken { ids, names, origins }: &mut Taken,
    report: &mut Diagnostics,
) -> Option<Service> {
    let id = fields.optional_text("id", report);
    if let Some(id) = &id {
        if !is_id(&id.value) {
            let what = format!("an id is 1 to {MAX_ID_CHARS} of a-z, 0-9 and -, such as shop, not {:?}", id.value);
            report.add(id.line, what);
        } else if !ids.insert(id.value.clone()) {
            report.add(id.line, format!("there is a service with the id {:?} already", id.value));
        }
    }
    let name = fields.text("name", report);
    if let Some(name) = &name {
        if name.value.trim().is_empty() {
            report.add(name.line, "the name is empty");
        } else if !names.insert(name.value.clone()) {
            report.add(name.line, format!("there is a service {:?} already", name.value));
        }
    }
    let address = fields.text("address", report);
    if let Some(Located { value, line }) = &address
        && let Err(mistake) = Origin::of_address(value)
    {
        report.add(*line, format!("{value:?} is not where a service is found: {mistake}, or with a path behind it"));
    }
    let mut asking = Vec::new();
    for Located { value, line } in fields.texts("origins", report).unwrap_or_default() {
        match value.parse::<Origin>() {
            Err(mistake) => report.add(line, format!("{value:?} is no origin that may ask: {mistake}")),
            Ok(origin) if !origins.insert(origin.clone()) => {
                report.add(line, format!("the origin {value} stands here twice"));
            }
            Ok(origin) => asking.push(origin),
        }
    }
    let callback = fields.optional_text("callback", report);
    let callback = callback.and_then(|text| parse_callback(&text, id.is_some(), &asking, report));
    let how = fields.text("how", report).and_then(|how| {
        found(how.value.parse::<PolicyRelation>().ok(), &how, report, |how| {
            format!(
                "how must be {}, not {how:?}",
                PolicyRelation::VARIANTS
                    .iter()
                    .map(|how| format!("{:?}", how.into_str()))
                    .collect::<Vec<_>>()
                    .join(" or ")
            )
        })
    });
    let since = fields.text("since", report).and_then(|text| edition(&text, editions, report));
    let has_findings = fields.optional_flag("findings", report).unwrap_or_default();
    if has_findings && id.is_none() {
        let line = fields.line("findings", report);
        report.add(line, "findings are of a service with an id: they compare with what it declares in cookies.toml");
    }
    fields.reject_unknown(report);
    let id = id.map(|id| id.value);
    let (name, address) = (name?.value, address?.value);
    Some(Service { id, name, address, origins: asking, callback, how: how?, since: since?, has_findings })
}

/// Parses the callback of a service with these origins; `None` with a diagnostic in the report.
fn parse_callback(
    Located { value, line }: &Located<String>,
    has_id: bool,
    origins: &[Origin],
    report: &mut Diagnostics,
) -> Option<Callback> {
    if !has_id {
        report.add(*line, "a service with a callback needs an id, by which it asks for a code");
    }
    match value.parse::<Callback>() {
        Ok(callback) if origins.contains(callback.origin()) => return Some(callback),
        Ok(callback) => {
            report.add(*line, format!("the callback is on {}, which is none of the origins", callback.origin()));
        }
        Err(mistake) => report.add(*line, format!("{value:?} is no callback: {mistake}")),
    }
    None
}

fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_ID_CHARS).contains(&text.len()) && text.bytes().all(is_plain)
}
