//! Changes of purposes and cookies between the inventories of two editions.

use std::collections::BTreeMap;

use crate::domain::{
    consent::{
        change::{PurposeChange, changes},
        snapshot::{PromptCookie, PromptPurpose},
    },
    cookies::{inventory::Inventory, purpose::Purpose},
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
    let shown = |inventory: &Inventory, purpose: Purpose| {
        let about = inventory.purpose_text(purpose);
        let mut cookies: Vec<_> = inventory
            .declarations()
            .iter()
            .filter(|declaration| belongs.get(declaration.name.as_str()) == Some(&purpose))
            .map(PromptCookie::from)
            .collect();
        cookies.sort_by(|one, other| one.name.cmp(&other.name));
        PromptPurpose {
            name: purpose.into_str().to_owned(),
            question: about.question.clone(),
            description: about.description.clone(),
            cookies,
        }
    };
    let purposes = Purpose::ALL.map(|purpose| (purpose, changes(&shown(older, purpose), &shown(newer, purpose))));
    let moved = older.declarations().iter().filter_map(|before| {
        let (name, before, after) = (before.name.clone(), before.purpose, newer.find(&before.name)?.purpose);
        (before != after).then_some(MovedCookie { name, before, after })
    });
    DeclarationChanges {
        purposes: purposes.into_iter().filter(|(_, changes)| !changes.is_empty()).collect(),
        moved: moved.collect(),
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::{
        cookies::{
            declaration::{Attributes, Declaration, FirstPartyCookie, Lifetime, SameSite},
            inventory::{InventoryHistory, InventoryViolation, PurposeText},
            purpose::Optional,
        },
        policy::version::Version,
    };

    const ANALYTICS: Purpose = Purpose::Optional(Optional::Analytics);
    const PREFERENCES: Purpose = Purpose::Optional(Optional::Preferences);

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
        let text = |purpose: Purpose, description: &str, minor| PurposeText {
            purpose,
            question: if purpose.is_essential() { String::new() } else { "May we?".to_owned() },
            description: description.to_owned(),
            collects: Vec::new(),
            data: Vec::new(),
            since: Version { major: 1, minor },
        };
        let mut texts = Purpose::ALL.map(|purpose| text(purpose, "Serves.", 0)).to_vec();
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
        let moved = MovedCookie { name: "__Host-x".to_owned(), before: ANALYTICS, after: PREFERENCES };
        assert_eq!(found, DeclarationChanges { purposes: vec![], moved: vec![moved] });
        Ok(())
    }
}
