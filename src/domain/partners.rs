//! Partner services: other services under the same policy.

pub mod connect;

use strum::{EnumString, IntoStaticStr, VariantArray};

use self::connect::Callback;
use crate::domain::{policy::version::Version, web::origin::Origin};

/// How a partner service refers to the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum PolicyRelation {
    /// It links to the policy.
    Links,
    /// It incorporates the policy by reference into its own terms.
    Incorporates,
}

/// A partner service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What entries of the inventory name it by, if it declares any.
    pub id: Option<String>,
    pub name: String,
    pub address: String,
    /// The origins of its pages, which may ask for a visitor's answers.
    pub origins: Vec<Origin>,
    /// Where it takes codes, if it is on another domain and takes part.
    pub callback: Option<Callback>,
    pub how: PolicyRelation,
    /// The first edition that covers the service.
    pub since: Version,
    /// Whether its pages report what they find in browsers and the policy does not say.
    pub has_findings: bool,
}

impl Service {
    /// Whether the edition covers the service.
    pub fn is_under(&self, current_version: Version) -> bool {
        self.since <= current_version
    }
}

/// Finds the `Origin` header of a covered service; the comparison is by bytes.
pub fn admitted<'s>(services: &'s [Service], current_version: Version, origin: &[u8]) -> Option<&'s Origin> {
    let under = services.iter().filter(|service| service.is_under(current_version));
    under.flat_map(|service| &service.origins).find(|listed| listed.as_str().as_bytes() == origin)
}

/// The service with a page of that origin.
pub fn of_origin<'s>(services: &'s [Service], origin: &Origin) -> Option<&'s Service> {
    services.iter().find(|service| service.origins.contains(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Version = Version { major: 1, minor: 0 };
    const SECOND: Version = Version { major: 1, minor: 1 };

    fn service(since: Version, origins: &[&str]) -> Service {
        Service {
            id: None,
            name: "Shop".into(),
            address: "https://shop.example/".into(),
            origins: origins.iter().filter_map(|origin| origin.parse().ok()).collect(),
            callback: None,
            how: PolicyRelation::Links,
            since,
            has_findings: false,
        }
    }

    #[test]
    fn only_the_very_bytes_of_a_listed_origin_are_admitted() {
        let services = [
            service(FIRST, &["https://shop.example"]),
            service(FIRST, &["http://127.0.0.1:4000", "https://b.example"]),
        ];
        for listed in ["https://shop.example", "http://127.0.0.1:4000", "https://b.example"] {
            let found = admitted(&services, FIRST, listed.as_bytes()).map(Origin::as_str);
            assert_eq!(found, Some(listed));
        }
        for other in [
            "",
            "null",
            "*",
            "https://shop.example/",
            "https://shop.example.",
            "https://SHOP.example",
            "https://shop.example:443",
            "https://shop.example:8443",
            "http://shop.example",
            "https://www.shop.example",
            "https://shop.example.evil.example",
            "https://evil.example/https://shop.example",
            "https://shop.example, https://shop.example",
            "https://shop.exampl",
            "http://127.0.0.1:4001",
            "http://localhost:4000",
        ] {
            assert_eq!(admitted(&services, FIRST, other.as_bytes()), None, "{other:?}");
        }
    }

    #[test]
    fn a_service_asks_from_its_edition_on() {
        let services = [service(SECOND, &["https://shop.example"])];
        assert_eq!(admitted(&services, FIRST, b"https://shop.example"), None);
        assert!(admitted(&services, SECOND, b"https://shop.example").is_some());
        assert!(admitted(&services, Version { major: 2, minor: 0 }, b"https://shop.example").is_some());
    }

    #[test]
    fn an_origin_is_of_the_service_that_lists_it() {
        let services = [service(FIRST, &["https://a.example"]), service(SECOND, &["https://b.example"])];
        let found = |origin: &str| of_origin(&services, &origin.parse().ok()?).map(|service| service.since);
        assert_eq!(found("https://b.example"), Some(SECOND));
        assert_eq!(found("https://c.example"), None);
    }

    #[test]
    fn a_way_to_be_under_the_policy_is_known_by_its_name() {
        for &how in PolicyRelation::VARIANTS {
            assert_eq!(how.into_str().parse(), Ok(how));
        }
        for bad in ["", "Links", "link", "incorporates "] {
            assert_eq!(bad.parse::<PolicyRelation>().ok(), None, "{bad:?}");
        }
    }
}
