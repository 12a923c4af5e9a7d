//! All declarations over time, and the inventory as of one edition.

use super::{
    super::{
        declaration::{Declaration, FirstPartyCookie},
        purpose::{PerPurpose, Purpose},
        service_entry::ServiceEntry,
    },
    Inventory, InventoryViolation, PurposeText,
    purpose_text::text_as_of,
    purpose_violations, purposeless_cookies, purposeless_entries, service_violations, services, undescribed_purposes,
    violations,
};
use crate::domain::policy::version::Version;

/// Every declaration of a cookie and every text of a purpose, from all editions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryHistory {
    pub(super) declarations: Vec<Declaration>,
    pub(super) services: Vec<ServiceEntry>,
    pub(super) purposes: Vec<PurposeText>,
}

impl InventoryHistory {
    /// Validates declarations and texts.
    ///
    /// # Errors
    /// The violations that [`violations`], [`purpose_violations`], [`undescribed_purposes`] and
    /// [`purposeless_cookies`] find.
    pub fn new(declarations: Vec<Declaration>, purposes: Vec<PurposeText>) -> Result<Self, Vec<InventoryViolation>> {
        let mut found = violations(&declarations, &purposes);
        found.extend(purpose_violations(&purposes));
        found.extend(undescribed_purposes(purposes.iter().map(|text| text.purpose)));
        found.extend(purposeless_cookies(&declarations, &purposes));
        if found.is_empty() { Ok(Self { declarations, services: Vec::new(), purposes }) } else { Err(found) }
    }

    /// Adds what partner services declare, in the order of the list of services.
    ///
    /// # Errors
    /// The violations that [`service_violations`] and [`purposeless_entries`] find.
    pub fn with_services(self, services: Vec<ServiceEntry>) -> Result<Self, Vec<InventoryViolation>> {
        let mut found = service_violations(&services);
        found.extend(purposeless_entries(&services, &self.purposes));
        if found.is_empty() { Ok(Self { services, ..self }) } else { Err(found) }
    }

    /// The inventory as of an edition: for each cookie and purpose the newest entry that is not
    /// newer than the edition.
    ///
    /// A first-party cookie is always included, since the server sets it under every edition: an
    /// edition older than its first declaration uses that one. The same applies to texts of
    /// purposes.
    pub fn as_of(&self, version: Version) -> Inventory {
        let (mut declarations, mut former) = (Vec::new(), Vec::new());
        for declaration in &self.declarations {
            if self.newest(&declaration.name, version) != Some(declaration) {
                continue;
            }
            let is_over = declaration.until.is_some_and(|until| until <= version);
            if is_over { &mut former } else { &mut declarations }.push(declaration.clone());
        }
        let purposes =
            self.known_purposes().into_iter().filter_map(|purpose| text_as_of(&self.purposes, purpose, version));
        let services = services::as_of(&self.services, version);
        Inventory { declarations, former, services, purposes: purposes.cloned().collect() }
    }

    /// The purposes in the order of the pages: essential ones, then those of the publisher in the
    /// order of the file.
    fn known_purposes(&self) -> Vec<Purpose> {
        let mut purposes: Vec<_> = Purpose::essential().collect();
        for text in &self.purposes {
            if !purposes.contains(&text.purpose) {
                purposes.push(text.purpose);
            }
        }
        purposes
    }

    /// The edition that introduced each optional purpose.
    pub fn introduced(&self) -> PerPurpose<Version> {
        let mut introduced = PerPurpose::new();
        for text in &self.purposes {
            let Some(purpose) = text.purpose.optional() else { continue };
            let since = introduced.entry(purpose).or_insert(text.since);
            *since = text.since.min(*since);
        }
        introduced
    }

    /// The newest declaration of the name as of an edition. For a first-party cookie that no
    /// edition had declared yet, its first declaration.
    fn newest(&self, name: &str, version: Version) -> Option<&Declaration> {
        let named = self.declarations.iter().filter(|declaration| declaration.name == name);
        let newest = named.filter(|declaration| declaration.since <= version).max_by_key(|one| one.since);
        let first = || {
            let own = FirstPartyCookie::from_name(name)?;
            let is_of_it = |one: &&Declaration| FirstPartyCookie::from_name(&one.name) == Some(own);
            self.declarations.iter().filter(is_of_it).min_by_key(|one| one.since)
        };
        newest.or_else(|| first().filter(|first| first.name == name && first.since > version))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::cookies::{
        declaration::{Attributes, EssentialCookie, Lifetime, SameSite},
        inventory::purpose_text::tests::{known, text},
        purpose::Optional,
    };

    const ANALYTICS: Purpose = Purpose::Optional(Optional::ANALYTICS);

    fn version(minor: u16) -> Version {
        Version { major: 1, minor }
    }

    fn declaration(name: &str, purpose: Purpose, description: &str, since: u16, until: Option<u16>) -> Declaration {
        Declaration {
            name: name.to_owned(),
            purpose,
            lifetime: Lifetime::Session,
            attributes: Attributes { http_only: true, secure: true, same_site: SameSite::Lax, path: "/".to_owned() },
            set_by: "Us".to_owned(),
            description: description.to_owned(),
            since: version(since),
            until: until.map(version),
            no_host_prefix_because: None,
        }
    }

    /// The history of the server's own cookies and all purposes, since edition 1.2, and of these
    /// entries.
    fn history(
        declarations: Vec<Declaration>,
        texts: Vec<PurposeText>,
    ) -> Result<InventoryHistory, Vec<InventoryViolation>> {
        let own =
            FirstPartyCookie::VARIANTS.iter().map(|own| declaration(own.into_str(), own.purpose(), "own", 2, None));
        let described = known().into_iter().map(|purpose| text(purpose, "second", 2));
        let texts = described.chain(texts).collect();
        InventoryHistory::new(own.into_iter().chain(declarations).collect(), texts)
    }

    #[test]
    fn an_edition_has_what_was_declared_until_then_and_has_not_ended() -> Result<(), Vec<InventoryViolation>> {
        let history = history(
            vec![
                declaration("__Host-x", ANALYTICS, "third", 3, None),
                declaration("__Host-x", ANALYTICS, "first", 1, None),
                declaration("__Host-y", ANALYTICS, "y", 1, Some(3)),
            ],
            vec![],
        )?;
        for (minor, x, y, former) in [
            (0, None, None, vec![]),
            (1, Some("first"), Some("y"), vec![]),
            (2, Some("first"), Some("y"), vec![]),
            (3, Some("third"), None, vec!["__Host-y"]),
            (4, Some("third"), None, vec!["__Host-y"]),
        ] {
            let inventory = history.as_of(version(minor));
            let of = |name| inventory.find(name).map(|found| found.description.as_str());
            assert_eq!((of("__Host-x"), of("__Host-y")), (x, y), "1.{minor}");
            assert_eq!(inventory.former().iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), former, "1.{minor}");
            assert!(inventory.find_or_former("__Host-y").is_some() || minor == 0);
            let analytics = 1 + usize::from(x.is_some()) + usize::from(y.is_some());
            assert_eq!(inventory.cookies_for(ANALYTICS).count(), analytics, "1.{minor}");
        }
        Ok(())
    }

    #[test]
    fn what_the_server_sets_is_declared_as_of_every_edition() -> Result<(), Vec<InventoryViolation>> {
        let later = declaration("__Host-Http-visit", FirstPartyCookie::Visit.purpose(), "later", 3, None);
        let history = history(vec![later], vec![])?;
        for (minor, expected) in [(0, "own"), (2, "own"), (3, "later")] {
            let inventory = history.as_of(version(minor));
            assert_eq!(inventory.essential(EssentialCookie::Visit).description, expected, "1.{minor}");
            assert_eq!(inventory.declarations().len(), FirstPartyCookie::VARIANTS.len(), "each once");
        }
        Ok(())
    }

    #[test]
    fn a_cookie_has_the_newest_name_that_its_edition_declares() -> Result<(), Vec<InventoryViolation>> {
        let visit = FirstPartyCookie::Visit;
        let former = declaration(visit.label(), visit.purpose(), "former", 1, Some(2));
        let history = history(vec![former], vec![])?;
        for (minor, name, formerly) in
            [(0, visit.label(), None), (1, visit.label(), None), (2, visit.into_str(), Some(visit.label()))]
        {
            let inventory = history.as_of(version(minor));
            assert_eq!(inventory.essential(EssentialCookie::Visit).name, name, "1.{minor}");
            assert_eq!(inventory.names(&[visit]).collect::<Vec<_>>(), [name]);
            assert_eq!(inventory.formerly(visit).map(|former| former.name.as_str()), formerly, "1.{minor}");
            assert_eq!(inventory.declarations().len(), FirstPartyCookie::VARIANTS.len(), "each once");
        }
        Ok(())
    }

    #[test]
    fn a_purpose_means_what_was_last_said_of_it() -> Result<(), Vec<InventoryViolation>> {
        let history = history(vec![], vec![text(ANALYTICS, "fourth", 4)])?;
        for (minor, expected) in [(0, "second"), (2, "second"), (3, "second"), (4, "fourth"), (5, "fourth")] {
            let inventory = history.as_of(version(minor));
            assert_eq!(inventory.purpose(ANALYTICS).unwrap().description, expected, "1.{minor}");
            assert_eq!(inventory.purpose(FirstPartyCookie::Visit.purpose()).unwrap().description, "second");
        }
        Ok(())
    }

    #[test]
    fn a_purpose_of_the_publisher_is_there_from_its_edition_until_it_ends() -> Result<(), Vec<InventoryViolation>> {
        let advertising: Purpose = "advertising".parse().unwrap();
        let social: Purpose = "social".parse().unwrap();
        let ending = PurposeText { until: Some(version(4)), ..text(advertising, "ads", 3) };
        let history = history(vec![], vec![text(social, "social", 3), ending])?;
        for (minor, expected) in [(0, vec![]), (2, vec![]), (3, vec![social, advertising]), (4, vec![social])] {
            let inventory = history.as_of(version(minor));
            let purposes: Vec<_> = inventory.purposes().iter().map(|text| text.purpose).collect();
            assert_eq!(purposes, [known(), expected].concat(), "1.{minor}");
        }
        let introduced: Vec<_> =
            history.introduced().into_iter().map(|(name, since)| (name.to_string(), since.minor)).collect();
        let expected = [("advertising", 3), ("analytics", 2), ("preferences", 2), ("social", 3)];
        assert_eq!(introduced, expected.map(|(name, since)| (name.to_owned(), since)));
        Ok(())
    }

    #[test]
    fn a_site_may_do_without_a_purpose_and_its_cookies() -> Result<(), Vec<InventoryViolation>> {
        let analytics = |purpose: &Purpose| *purpose == ANALYTICS;
        let own = FirstPartyCookie::VARIANTS.iter().filter(|own| !analytics(&own.purpose()));
        let own: Vec<_> = own.map(|own| declaration(own.into_str(), own.purpose(), "own", 2, None)).collect();
        let purposes = known().into_iter().filter(|purpose| !analytics(purpose));
        let history = InventoryHistory::new(own, purposes.map(|purpose| text(purpose, "second", 2)).collect())?;
        let inventory = history.as_of(version(2));
        assert!(inventory.first_party(FirstPartyCookie::Analytics).is_none());
        assert_eq!(inventory.optional_purposes().collect::<Vec<_>>(), [Optional::PREFERENCES]);
        Ok(())
    }

    #[test]
    fn a_history_that_lacks_something_is_not_built() {
        let own = || -> Vec<_> {
            FirstPartyCookie::VARIANTS
                .iter()
                .map(|own| declaration(own.into_str(), own.purpose(), "own", 2, None))
                .collect()
        };
        let described = || known().into_iter().map(|purpose| text(purpose, "second", 2)).collect::<Vec<_>>();
        assert!(InventoryHistory::new(own(), described()).is_ok());
        assert!(InventoryHistory::new(own(), described().split_off(1)).is_err());
        assert!(InventoryHistory::new(own().split_off(1), described()).is_err());
    }

    #[test]
    fn an_edition_declares_itself_what_no_newer_one_declared_first() -> Result<(), Vec<InventoryViolation>> {
        let history = history(vec![declaration("__Host-x", ANALYTICS, "x", 1, None)], vec![])?;
        for (minor, own, listed) in [(0, true, 0), (1, true, 1), (2, true, 1 + FirstPartyCookie::VARIANTS.len())] {
            let inventory = history.as_of(version(minor));
            assert_eq!(
                inventory.find(FirstPartyCookie::Consent.into_str()).is_some(),
                own,
                "the server sets it in any case"
            );
            assert_eq!(inventory.declared_by(version(minor)).declarations().len(), listed, "1.{minor}");
        }
        Ok(())
    }
}
