//! The entries of partner services in the inventory: their rules, and how a name is recognised.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        declaration::{Lifetime, SameSite},
        purpose::Purpose,
        service_entry::{MAX_NAME_CHARS, ServiceEntry, StatedAttributes, Storage, StorageKind},
    },
    CookieField, InventoryViolation,
    checks::lifetime_violation,
};
use crate::domain::policy::version::Version;

/// The entries of services as of one edition, grouped by service, with an index of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceEntries {
    entries: Vec<ServiceEntry>,
    /// The cookies by name, or by what stands before the `*` of a pattern.
    cookies: HashMap<Vec<u8>, Vec<usize>>,
}

impl ServiceEntries {
    pub(super) fn new(entries: Vec<ServiceEntry>) -> Self {
        let mut cookies: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        let of_cookies = entries.iter().enumerate().filter(|(_, entry)| entry.storage.kind() == StorageKind::Cookie);
        for (index, entry) in of_cookies {
            let start = entry.name.parts().map_or(entry.name.as_str(), |(before, _)| before);
            cookies.entry(start.as_bytes().to_vec()).or_default().push(index);
        }
        Self { entries, cookies }
    }

    pub fn all(&self) -> &[ServiceEntry] {
        &self.entries
    }

    /// The entries of each service, in the order of the list of services.
    pub fn by_service(&self) -> impl Iterator<Item = &[ServiceEntry]> {
        self.entries.chunk_by(|one, next| one.service == next.service)
    }

    pub fn for_purpose(&self, purpose: Purpose) -> impl Iterator<Item = &ServiceEntry> {
        self.entries.iter().filter(move |entry| entry.purpose == purpose)
    }

    /// The number of services with an entry.
    pub fn services(&self) -> usize {
        self.by_service().count()
    }

    /// The cookie that a service declares under a name. A longer match wins. The work depends on
    /// the length of the name, not on the number of entries.
    pub fn cookie(&self, name: &[u8]) -> Option<&ServiceEntry> {
        let longest = name.len().min(MAX_NAME_CHARS);
        (1..=longest).rev().find_map(|length| {
            let indices = self.cookies.get(name.get(..length)?)?;
            indices.iter().filter_map(|index| self.entries.get(*index)).find(|entry| entry.name.matches(name))
        })
    }
}

/// The newest entry of each key as of an edition, without those that have ended.
pub(super) fn as_of(entries: &[ServiceEntry], version: Version) -> ServiceEntries {
    let mut newest = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.since <= version) {
        let found = newest.entry(entry.key()).or_insert(entry);
        if found.since < entry.since {
            *found = entry;
        }
    }
    let applies = |entry: &&ServiceEntry| {
        let is_over = entry.until.is_some_and(|until| until <= version);
        !is_over && newest.get(&entry.key()).is_some_and(|newest| newest.since == entry.since)
    };
    ServiceEntries::new(entries.iter().filter(applies).cloned().collect())
}

/// Checks the entries of services one by one.
pub fn service_violations(entries: &[ServiceEntry]) -> Vec<InventoryViolation> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for (index, entry) in entries.iter().enumerate() {
        let mut wrong = |field, what: String| found.push(InventoryViolation { at: Some((index, field)), what });
        let ServiceEntry { service, name, since, .. } = entry;
        if !seen.insert((entry.key(), since)) {
            let kind = entry.storage.kind().into_str();
            wrong(CookieField::Name, format!("the {kind} {name} of {service} is declared twice since edition {since}"));
        }
        if let Some(until) = entry.until.filter(|until| until <= since) {
            wrong(CookieField::Until, format!("{name} ends with edition {until}, which is not after {since}"));
        }
        if entry.description.trim().is_empty() {
            wrong(CookieField::Description, format!("{name} has an empty description"));
        }
        if entry.set_by.as_ref().is_some_and(|set_by| set_by.trim().is_empty()) {
            wrong(CookieField::SetBy, format!("{name} has an empty set_by"));
        }
        match &entry.storage {
            Storage::Cookie { lifetime, attributes } => {
                check_cookie(entry, *lifetime, attributes, &mut wrong);
            }
            Storage::Local(Some(0)) | Storage::IndexedDb(Some(0)) => {
                wrong(CookieField::Lifetime, format!("{name} is kept for no time"));
            }
            Storage::Local(_) | Storage::Session | Storage::IndexedDb(_) => {}
        }
    }
    found
}

/// What browsers refuse (RFC 6265bis, 5.7), of what is stated, and lifetimes that are too long.
fn check_cookie(
    entry: &ServiceEntry,
    lifetime: Lifetime,
    attributes: &StatedAttributes,
    wrong: &mut impl FnMut(CookieField, String),
) {
    let name = entry.name.as_str();
    if let Some(what) = lifetime_violation(name, entry.purpose, lifetime) {
        wrong(CookieField::Lifetime, what);
    }
    let prefix = ["__Host-", "__Secure-"].into_iter().find(|prefix| name.starts_with(prefix));
    if let (Some(prefix), Some(false)) = (prefix, attributes.secure) {
        wrong(CookieField::Secure, format!("{name} must be secure: browsers refuse a {prefix} cookie that is not"));
    }
    match attributes.path.as_deref() {
        Some(path) if prefix == Some("__Host-") && path != "/" => {
            let what = format!("{name} must have the path \"/\": browsers refuse a __Host- cookie with another");
            wrong(CookieField::Path, what);
        }
        Some(path) if !path.starts_with('/') || !path.bytes().all(|b| b.is_ascii_graphic() && b != b';') => {
            wrong(CookieField::Path, format!("{name} needs a path that starts with \"/\""));
        }
        _ => {}
    }
    if (attributes.same_site, attributes.secure) == (Some(SameSite::None), Some(false)) {
        wrong(CookieField::SameSite, format!("{name} is SameSite=None and so must be secure"));
    }
}

#[cfg(test)]
mod tests;
