//! Changes of purposes and cookies between the inventories of two editions.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    consent::{
        change::{PurposeChange, changes},
        snapshot::PromptPurpose,
    },
    cookies::{
        declaration::Declaration,
        inventory::Inventory,
        purpose::Purpose,
        service_entry::{EntryKey, ServiceEntry, StorageKind},
    },
};

/// All changes between two inventories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclarationChanges {
    /// The purposes with changes of text or cookies.
    pub purposes: Vec<(Purpose, Vec<PurposeChange>)>,
    /// The cookies whose purpose changed.
    pub moved: Vec<MovedCookie>,
}

/// A cookie whose purpose changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedCookie {
    pub name: String,
    /// The service that declares it, and where it is kept; `None` for a cookie of this site.
    pub of_service: Option<(String, StorageKind)>,
    pub before: Purpose,
    pub after: Purpose,
}

impl DeclarationChanges {
    pub const fn is_same(&self) -> bool {
        self.purposes.is_empty() && self.moved.is_empty()
    }
}

/// Compares two inventories.
///
/// A cookie counts under its newer purpose, so that a moved cookie is neither added nor removed.
pub fn declared(older: &Inventory, newer: &Inventory) -> DeclarationChanges {
    let mut belongs: BTreeMap<&str, Purpose> = BTreeMap::new();
    for declaration in older.declarations().iter().chain(newer.declarations()) {
        belongs.insert(&declaration.name, declaration.purpose);
    }
    let mut entries_belong: HashMap<EntryKey<'_>, Purpose> = HashMap::new();
    for entry in older.services().all().iter().chain(newer.services().all()) {
        entries_belong.insert(entry.key(), entry.purpose);
    }
    let shown = |inventory: &Inventory, purpose: Purpose| {
        let is_of_it = |declaration: &&Declaration| belongs.get(declaration.name.as_str()) == Some(&purpose);
        let cookies = inventory.declarations().iter().filter(is_of_it);
        let is_entry_of_it = |entry: &&ServiceEntry| entries_belong.get(&entry.key()) == Some(&purpose);
        let entries = inventory.services().all().iter().filter(is_entry_of_it);
        // A purpose that the other edition alone declares has no text and no cookies here.
        let nothing = PromptPurpose { name: purpose.as_str().to_owned(), ..PromptPurpose::default() };
        inventory.purpose(purpose).map_or(nothing, |text| PromptPurpose::new(text, cookies, entries))
    };
    let mut known: Vec<_> = newer.purposes().iter().map(|text| text.purpose).collect();
    known.extend(older.purposes().iter().map(|text| text.purpose).filter(|purpose| newer.purpose(*purpose).is_none()));
    let purposes = known.into_iter().map(|purpose| (purpose, changes(&shown(older, purpose), &shown(newer, purpose))));
    let moved = older.declarations().iter().filter_map(|before| {
        let (name, before, after) = (before.name.clone(), before.purpose, newer.find(&before.name)?.purpose);
        (before != after).then_some(MovedCookie { name, of_service: None, before, after })
    });
    let now: HashMap<_, _> = newer.services().all().iter().map(|entry| (entry.key(), entry.purpose)).collect();
    let moved_entries = older.services().all().iter().filter_map(|entry| {
        let (before, after) = (entry.purpose, *now.get(&entry.key())?);
        let of_service = Some((entry.service.clone(), entry.storage.kind()));
        let name = entry.name.as_str().to_owned();
        (before != after).then_some(MovedCookie { name, of_service, before, after })
    });
    DeclarationChanges {
        purposes: purposes.filter(|(_, changes)| !changes.is_empty()).collect(),
        moved: moved.chain(moved_entries).collect(),
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::{
        cookies::{
            declaration::{Attributes, Declaration, FirstPartyCookie, Lifetime, SameSite},
            inventory::{
                InventoryHistory, InventoryViolation,
                purpose_text::tests::{known, text},
            },
            purpose::Optional,
        },
        policy::version::Version,
    };

    const ANALYTICS: Purpose = Purpose::Optional(Optional::ANALYTICS);
    const PREFERENCES: Purpose = Purpose::Optional(Optional::PREFERENCES);

    fn declaration(name: &str, purpose: Purpose, since: u16) -> Declaration {
        Declaration {
            name: name.to_owned(),
            purpose,
            lifetime: Lifetime::Session,
            attributes: Attributes { http_only: true, secure: true, same_site: SameSite::Lax, path: "/".to_owned() },
            set_by: "Us".to_owned(),
            description: "For you.".to_owned(),
            since: Version { major: 1, minor: since },
            until: None,
            no_host_prefix_because: None,
        }
    }

    /// The changes from edition 1.0 to edition 1.1 if these cookies are declared beside the
    /// server's own ones.
    fn between(
        declarations: Vec<Declaration>,
        description: Option<&str>,
    ) -> Result<DeclarationChanges, Vec<InventoryViolation>> {
        let own = FirstPartyCookie::VARIANTS.iter().map(|own| declaration(own.into_str(), own.purpose(), 0));
        let mut texts: Vec<_> = known().into_iter().map(|purpose| text(purpose, "Serves.", 0)).collect();
        texts.extend(description.map(|description| text(ANALYTICS, description, 1)));
        let history = InventoryHistory::new(own.into_iter().chain(declarations).collect(), texts)?;
        let as_of = |minor| history.as_of(Version { major: 1, minor });
        Ok(declared(&as_of(0), &as_of(1)))
    }

    #[test]
    fn what_stays_is_no_change() -> Result<(), Vec<InventoryViolation>> {
        assert!(between(vec![declaration("__Host-x", ANALYTICS, 0)], None)?.is_same());
        Ok(())
    }

    #[test]
    fn a_cookie_comes_goes_or_changes_under_its_purpose() -> Result<(), Vec<InventoryViolation>> {
        let ends =
            Declaration { until: Some(Version { major: 1, minor: 1 }), ..declaration("__Host-ends", PREFERENCES, 0) };
        let longer = Declaration { description: "For us.".to_owned(), ..declaration("__Host-x", ANALYTICS, 1) };
        let all = vec![ends, declaration("__Host-new", PREFERENCES, 1), declaration("__Host-x", ANALYTICS, 0), longer];
        let found = between(all, Some("Counts."))?;
        assert!(found.moved.is_empty());
        let [(PREFERENCES, preferences), (ANALYTICS, analytics)] = &found.purposes[..] else {
            assert_eq!(found.purposes, []);
            return Ok(());
        };
        assert!(
            matches!(&preferences[..], [PurposeChange::Added(new), PurposeChange::Removed(gone)] if new.name == "__Host-new" && gone.name == "__Host-ends"),
            "{preferences:?}"
        );
        assert!(
            matches!(&analytics[..], [PurposeChange::Description(_), PurposeChange::Text(text)] if text.after.description == "For us."),
            "{analytics:?}"
        );
        Ok(())
    }

    #[test]
    fn a_cookie_that_serves_another_purpose_neither_comes_nor_goes() -> Result<(), Vec<InventoryViolation>> {
        let found =
            between(vec![declaration("__Host-x", ANALYTICS, 0), declaration("__Host-x", PREFERENCES, 1)], None)?;
        let moved =
            MovedCookie { name: "__Host-x".to_owned(), of_service: None, before: ANALYTICS, after: PREFERENCES };
        assert_eq!(found, DeclarationChanges { purposes: vec![], moved: vec![moved] });
        Ok(())
    }
}
