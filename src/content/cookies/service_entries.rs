//! Parses the `[[cookie]]` tables of `cookies.toml` that name a partner service.

use std::collections::HashMap;

use strum::VariantArray as _;

use super::{cookie_lifetime, edition, found, purpose, same_site};
use crate::{
    content::{
        diagnostic::{Diagnostics, Located},
        fields::Fields,
        lifetime,
        placeholder::named,
    },
    domain::{
        cookies::{
            declaration::Lifetime,
            service_entry::{NamePattern, Party, ServiceEntry, StatedAttributes, Storage, StorageKind},
        },
        partners::Service,
        policy::version::Version,
    },
};

/// The editions and services that a file may name. Without services their own file has mistakes,
/// so any id passes.
pub(in crate::content) type Listed<'l> = (&'l [Version], Option<&'l [Service]>);

/// The fields that only a cookie has.
const OF_COOKIES: [&str; 4] = ["http_only", "secure", "same_site", "path"];

/// Parses an entry of a service; `None` with diagnostics in the report.
pub(super) fn parse(
    fields: &Fields,
    name: Option<Located<String>>,
    service: &Located<String>,
    (editions, services): Listed<'_>,
    publisher: &str,
    report: &mut Diagnostics,
) -> Option<ServiceEntry> {
    let listed = services.map(|services| self::service(service, services, report));
    let kind = kind(fields, report);
    let name = name.zip(kind).and_then(|(name, kind)| {
        let pattern = match kind {
            StorageKind::Cookie => NamePattern::of_cookie(&name.value),
            _ => NamePattern::of_storage(&name.value),
        };
        pattern.map_err(|mistake| report.add(name.line, format!("{:?}: {mistake}", name.value))).ok()
    });
    let purpose = purpose("purpose", fields, report);
    let storage = storage(kind, fields, report);
    let party = fields.optional_text("party", report).map(|text| {
        found(text.value.parse::<Party>().ok(), &text, report, |text| {
            format!("party must be \"first\" or \"third\", not {text:?}")
        })
    });
    let set_by = fields.optional_text("set_by", report).map(|text| named(text, publisher, report));
    match (party, &set_by) {
        (None, None) => {
            report.add(fields.line("name", report), "say who sets it: party = \"first\" for the service, or set_by");
        }
        (Some(Some(Party::Third)), None) => {
            report.add(fields.line("party", report), "a third party sets it, so say who: add set_by");
        }
        _ => {}
    }
    let description = fields.text("description", report).map(|text| named(text, publisher, report));
    let since = fields.text("since", report).and_then(|text| edition(&text, editions, report));
    if let (Some(since), Some(Some(listed))) = (since, listed)
        && since < listed.since
    {
        let what = format!("{} stands under the policy since edition {}, not {since}", service.value, listed.since);
        report.add(fields.line("since", report), what);
    }
    let until = fields.optional_text("until", report).map(|text| edition(&text, editions, report));
    fields.reject_unknown(report);
    Some(ServiceEntry {
        service: service.value.clone(),
        name: name?,
        storage: storage?,
        purpose: purpose?,
        party: match party {
            Some(party) => Some(party?),
            None => None,
        },
        set_by,
        description: description?,
        since: since?,
        until: match until {
            Some(until) => Some(until?),
            None => None,
        },
    })
}

/// Parses `kind`, by default a cookie.
pub(in crate::content) fn kind(fields: &Fields, report: &mut Diagnostics) -> Option<StorageKind> {
    let Some(text) = fields.optional_text("kind", report) else { return Some(StorageKind::Cookie) };
    found(text.value.parse().ok(), &text, report, |text| {
        let known = StorageKind::VARIANTS.iter().map(StorageKind::into_str).collect::<Vec<_>>().join(", ");
        format!("there is no kind {text:?}; there are {known}")
    })
}

/// The service of an id.
fn service<'s>(id: &Located<String>, services: &'s [Service], report: &mut Diagnostics) -> Option<&'s Service> {
    let listed = services.iter().find(|service| service.id.as_ref() == Some(&id.value));
    found(listed, id, report, |id| {
        let known: Vec<_> = services.iter().filter_map(|service| service.id.as_deref()).collect();
        let known =
            if known.is_empty() { "none has an id".to_owned() } else { format!("there are {}", known.join(", ")) };
        format!("there is no service {id:?} in services.toml; {known}")
    })
}

/// Parses the lifetime of an entry, and the attributes of a cookie.
fn storage(kind: Option<StorageKind>, fields: &Fields, report: &mut Diagnostics) -> Option<Storage> {
    let text = fields.text("lifetime", report);
    let http_only = fields.optional_flag("http_only", report);
    let secure = fields.optional_flag("secure", report);
    let same_site = fields.optional_text("same_site", report).and_then(|name| same_site(&name, report));
    let path = fields.optional_text("path", report).map(|path| path.value);
    let kind = kind?;
    if kind != StorageKind::Cookie {
        for key in OF_COOKIES.into_iter().filter(|key| fields.has(key)) {
            report.add(fields.line(key, report), format!("{} has no {key}: only cookies have", kind.into_str()));
        }
    }
    let text = text?;
    let mut of_storage = || match (text.value.as_str(), lifetime::parse(&text.value)) {
        ("until deleted", _) => Some(None),
        (_, Some(Lifetime::Persistent(period))) => Some(Some(period.as_secs())),
        (other, _) => {
            let kind = kind.into_str();
            let what = format!("{kind} is kept \"until deleted\", or for a period such as \"180 days\", not {other:?}");
            report.add(text.line, what);
            None
        }
    };
    match kind {
        StorageKind::Cookie => {
            let attributes = StatedAttributes { http_only, secure, same_site, path };
            Some(Storage::Cookie { lifetime: cookie_lifetime(&text, report)?, attributes })
        }
        StorageKind::LocalStorage => of_storage().map(Storage::Local),
        StorageKind::IndexedDb => of_storage().map(Storage::IndexedDb),
        StorageKind::SessionStorage if text.value == "session" => Some(Storage::Session),
        StorageKind::SessionStorage => {
            report
                .add(text.line, format!("session storage is kept for the session: \"session\", not {:?}", text.value));
            None
        }
    }
}

/// Sorts entries by the order of the services, and else leaves them as they stand in the file.
pub(super) fn sort(entries: &mut [ServiceEntry], services: Option<&[Service]>) {
    let ids = services.unwrap_or_default().iter().filter_map(|service| service.id.as_deref());
    let places: HashMap<_, _> = ids.zip(0..).collect();
    entries.sort_by_key(|entry| places.get(entry.service.as_str()).copied().unwrap_or(usize::MAX));
}
