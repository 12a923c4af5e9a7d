use super::*;
use crate::domain::cookies::{
    purpose::{Essential, Optional, Purpose},
    service_entry::NamePattern,
};

const FIRST: Version = Version { major: 1, minor: 0 };
const SECOND: Version = Version { major: 1, minor: 1 };
const ANALYTICS: Purpose = Purpose::Optional(Optional::ANALYTICS);

fn entry(service: &str, name: &str, storage: Storage) -> ServiceEntry {
    ServiceEntry {
        service: service.to_owned(),
        name: NamePattern::of_cookie(name).unwrap_or_else(|_| unreachable!("{name} is a name")),
        storage,
        purpose: ANALYTICS,
        party: None,
        set_by: None,
        description: "Counts.".to_owned(),
        since: FIRST,
        until: None,
    }
}

fn cookie() -> Storage {
    Storage::Cookie { lifetime: Lifetime::Session, attributes: StatedAttributes::default() }
}

fn days(days: u64) -> Lifetime {
    Lifetime::Persistent(std::time::Duration::from_secs(days * 86_400))
}

fn stated(attributes: StatedAttributes) -> Storage {
    Storage::Cookie { lifetime: Lifetime::Session, attributes }
}

#[test]
fn each_thing_that_can_be_wrong_is_found_in_its_field() {
    let secure = |secure| StatedAttributes { secure: Some(secure), ..StatedAttributes::default() };
    let path = |path: &str| StatedAttributes { path: Some(path.to_owned()), ..StatedAttributes::default() };
    let of = |name, storage| entry("shop", name, storage);
    let lives = |lifetime| Storage::Cookie { lifetime, attributes: StatedAttributes::default() };
    for (wrong, field, what) in [
        (
            of("cart", lives(days(401))),
            CookieField::Lifetime,
            "cart lives too long: an optional cookie lives at most 400 days",
        ),
        (of("cart", lives(days(0))), CookieField::Lifetime, "cart has a lifetime of nothing, which removes it"),
        (of("cart", Storage::Local(Some(0))), CookieField::Lifetime, "cart is kept for no time"),
        (
            of("__Host-cart", stated(secure(false))),
            CookieField::Secure,
            "__Host-cart must be secure: browsers refuse a __Host- cookie that is not",
        ),
        (
            of("__Host-cart", stated(path("/shop"))),
            CookieField::Path,
            "__Host-cart must have the path \"/\": browsers refuse a __Host- cookie with another",
        ),
        (of("cart", stated(path("shop"))), CookieField::Path, "cart needs a path that starts with \"/\""),
        (
            of("cart", stated(StatedAttributes { same_site: Some(SameSite::None), ..secure(false) })),
            CookieField::SameSite,
            "cart is SameSite=None and so must be secure",
        ),
        (
            ServiceEntry { until: Some(FIRST), ..of("cart", cookie()) },
            CookieField::Until,
            "cart ends with edition 1.0, which is not after 1.0",
        ),
        (
            ServiceEntry { description: " ".to_owned(), ..of("cart", cookie()) },
            CookieField::Description,
            "cart has an empty description",
        ),
        (
            ServiceEntry { set_by: Some(String::new()), ..of("cart", cookie()) },
            CookieField::SetBy,
            "cart has an empty set_by",
        ),
    ] {
        let expected = InventoryViolation { at: Some((0, field)), what: what.to_owned() };
        assert_eq!(service_violations(&[wrong]), [expected]);
    }
}

#[test]
fn a_name_is_declared_once_by_a_service_for_a_kind_and_an_edition() {
    let others = [
        entry("shop", "cart", cookie()),
        entry("club", "cart", cookie()),
        entry("shop", "cart", Storage::Local(None)),
        ServiceEntry { since: SECOND, ..entry("shop", "cart", cookie()) },
    ];
    assert_eq!(service_violations(&others), []);
    let twice = [entry("shop", "cart", cookie()), entry("shop", "cart", cookie())];
    let what = "the cookie cart of shop is declared twice since edition 1.0".to_owned();
    assert_eq!(service_violations(&twice), [InventoryViolation { at: Some((1, CookieField::Name)), what }]);
}

#[test]
fn what_is_not_stated_is_not_checked() {
    let bare = ServiceEntry {
        purpose: Purpose::Essential(Essential::Security),
        storage: Storage::Cookie { lifetime: days(900), attributes: StatedAttributes::default() },
        ..entry("shop", "__Host-cart", cookie())
    };
    assert_eq!(service_violations(&[bare]), []);
}

#[test]
fn an_edition_has_the_newest_entries_that_have_not_ended() {
    let changed = ServiceEntry { since: SECOND, description: "Adds.".to_owned(), ..entry("shop", "cart", cookie()) };
    let ended = ServiceEntry { until: Some(SECOND), ..entry("shop", "old", cookie()) };
    let all = [changed.clone(), entry("shop", "cart", cookie()), ended.clone()];
    assert_eq!(as_of(&all, FIRST).all(), [entry("shop", "cart", cookie()), ended]);
    assert_eq!(as_of(&all, SECOND).all(), [changed]);
    assert_eq!(as_of(&all, Version { major: 0, minor: 9 }).all(), []);
}

#[test]
fn a_name_is_recognised_by_the_longest_match_of_a_cookie() {
    let entries = ServiceEntries::new(vec![
        entry("shop", "_ga_*", cookie()),
        entry("shop", "_ga_x_*", cookie()),
        entry("club", "_ga_x_1", cookie()),
        entry("club", "stored", Storage::Local(None)),
    ]);
    for (name, expected) in [
        ("_ga_7", Some("_ga_*")),
        ("_ga_x_2", Some("_ga_x_*")),
        ("_ga_x_1", Some("_ga_x_1")),
        ("_ga_", None),
        ("", None),
        ("stored", None),
    ] {
        let found = entries.cookie(name.as_bytes()).map(|entry| entry.name.as_str());
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(entries.by_service().map(<[_]>::len).collect::<Vec<_>>(), [2, 2]);
}
