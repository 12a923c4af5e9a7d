//! What `cookies.toml` may say.

use std::{path::Path, time::Duration};

use super::{super::cookies, shown};
use crate::model::{
    declaration::{Attributes, Declaration, Lifetime, OwnCookie, SameSite},
    inventory::Inventory,
    version::Version,
};

/// The lines of one entry, the first of which is `[[cookie]]`.
fn entry(name: &str, purpose: &str, lifetime: &str) -> String {
    format!(
        "[[cookie]]\nname = \"{name}\"\npurpose = \"{purpose}\"\nlifetime = \"{lifetime}\"\nhttp_only = true\n\
         secure = true\nsame_site = \"Lax\"\npath = \"/\"\nset_by = \"Us\"\ndescription = \"For you.\"\nsince = \"1.0\"\n"
    )
}

/// The server's own cookies: 11 lines each, so the next entry begins on line 78.
fn own() -> String {
    OwnCookie::ALL.map(|own| entry(own.name(), own.purpose().name(), "180 days")).concat()
}

fn parse(text: &str) -> Result<Inventory, Vec<String>> {
    let editions = [Version { major: 1, minor: 0 }, Version { major: 1, minor: 1 }];
    cookies::parse(Path::new("cookies.toml"), text, &editions).map_err(|mistakes| shown(&mistakes))
}

#[test]
fn an_entry_becomes_a_declaration() {
    let shop = "[[cookie]]\nname = \"shop\"\npurpose = \"authentication\"\nlifetime = \"session\"\nhttp_only = false\n\
                secure = false\nsame_site = \"Strict\"\npath = \"/shop\"\nset_by = \"The shop\"\ndescription = \"A *b*\"\n\
                since = \"1.1\"\nno_host_prefix_because = \"The shop has a path of its own.\"\n";
    let inventory = parse(&(own() + shop));
    let declarations = inventory.as_ref().map(Inventory::declarations).unwrap_or_default();
    let names: Vec<_> = declarations.iter().map(|declaration| declaration.name.as_str()).collect();
    assert_eq!(names, OwnCookie::ALL.map(OwnCookie::name).into_iter().chain(["shop"]).collect::<Vec<_>>());
    assert_eq!(
        declarations.get(1).map(|consent| consent.lifetime),
        Some(Lifetime::Persistent(Duration::from_hours(180 * 24)))
    );
    let expected = Declaration {
        name: "shop".to_owned(),
        purpose: crate::model::purpose::Purpose::Essential(crate::model::purpose::Essential::Authentication),
        lifetime: Lifetime::Session,
        attributes: Attributes {
            http_only: false,
            secure: false,
            same_site: SameSite::Strict,
            path: "/shop".to_owned(),
        },
        set_by: "The shop".to_owned(),
        description: "A *b*".to_owned(),
        since: Version { major: 1, minor: 1 },
        no_host_prefix_because: Some("The shop has a path of its own.".to_owned()),
    };
    assert_eq!(declarations.last(), Some(&expected));
}

#[test]
fn a_wrong_field_is_refused_by_its_line() {
    let good = entry("__Host-x", "security", "session");
    for (from, to, expected) in [
        (
            "[[cookie]]",
            "[[cookie]]\ndomain = \"x\"",
            "79: there is no field \"domain\"; there are name, purpose, lifetime, http_only, secure, same_site, path, set_by, description, since, no_host_prefix_because",
        ),
        ("name = \"__Host-x\"\n", "", "78: name is missing"),
        ("\"__Host-x\"", "1", "79: name must be a text in quotes"),
        ("__Host-x", "__Host-x y", "79: \"__Host-x y\" is no cookie name: use letters, digits and !#$%&'*+-.^_`|~"),
        ("__Host-x", "__Host-visit", "79: __Host-visit is declared twice"),
        ("__Host-x", "x", "79: x does without __Host- and gives no reason: add no_host_prefix_because"),
        (
            "\"security\"",
            "\"marketing\"",
            "80: there is no purpose \"marketing\"; there are authentication, security, consent, preferences, analytics",
        ),
        (
            "\"session\"",
            "\"6 months\"",
            "81: the lifetime must be \"session\" or a number and a unit such as \"180 days\", not \"6 months\"",
        ),
        ("\"session\"", "\"0 days\"", "81: __Host-x has a lifetime of nothing, which removes it"),
        ("http_only = true", "http_only = \"yes\"", "82: http_only must be true or false"),
        (
            "secure = true",
            "secure = false",
            "83: __Host-x must be secure: browsers refuse a __Host- cookie that is not",
        ),
        ("\"Lax\"", "\"lax\"", "84: same_site must be \"Strict\", \"Lax\" or \"None\", not \"lax\""),
        ("\"/\"", "\"/x\"", "85: __Host-x must have the path \"/\": browsers refuse a __Host- cookie with another"),
        ("\"Us\"", "\" \"", "86: __Host-x has an empty set_by"),
        ("\"For you.\"", "\"\"", "87: __Host-x has an empty description"),
        ("description = \"For you.\"\n", "", "78: description is missing"),
        ("\"1.0\"", "\"1.2\"", "88: there is no edition \"1.2\"; there are 1.0, 1.1"),
        ("\"1.0\"", "\"one\"", "88: there is no edition \"one\"; there are 1.0, 1.1"),
        ("\"1.0\"\n", "\"1.0\"\nno_host_prefix_because = 1\n", "89: no_host_prefix_because must be a text in quotes"),
        ("[[cookie]]", "[site]\nx = 1\n[[cookie]]", "78: there is no \"site\" here; there are only [[cookie]] tables"),
        (
            "[[cookie]]",
            "[[cookie]]\n[[cookie]]\nname =",
            "80: this is not TOML: string values must be quoted, expected literal string",
        ),
    ] {
        let changed = own() + &good.replacen(from, to, 1);
        let found = parse(&changed).err().unwrap_or_default();
        let expected = format!("cookies.toml:{expected}");
        assert!(found.contains(&expected) && (found.len() == 1 || to.contains("name =")), "{expected}\n{found:#?}");
    }
    assert!(parse(&(own() + &good)).is_ok());
}

#[test]
fn a_cookie_that_lives_too_long_is_refused_by_its_line() {
    let text = own().replace("180 days", "365 days");
    assert_eq!(
        parse(&text),
        Err(vec!["cookies.toml:15: __Host-consent lives too long: a consent cookie lives at most 183 days".to_owned()])
    );
    let text = own() + &entry("__Host-x", "analytics", "401 days");
    assert_eq!(
        parse(&text),
        Err(vec!["cookies.toml:81: __Host-x lives too long: an optional cookie lives at most 400 days".to_owned()])
    );
}

#[test]
fn a_cookie_that_is_not_declared_is_told_on_the_first_line() {
    let missing = |names: &[&str]| {
        names.iter().map(|name| format!("cookies.toml:1: the server sets {name}, but it is not declared")).collect()
    };
    let all: Vec<String> = missing(&OwnCookie::ALL.map(OwnCookie::name));
    assert_eq!(parse(""), Err(all.clone()));
    assert_eq!(parse("cookie = []"), Err(all.clone()));
    let mut wrong = vec!["cookies.toml:1: a cookie is declared as a [[cookie]] table".to_owned()];
    wrong.extend(all);
    assert_eq!(parse("cookie = 1"), Err(wrong.clone()));
    assert_eq!(parse("cookie = [1]"), Err(wrong));
    let without_visit: String = own().chars().skip(entry("__Host-visit", "security", "180 days").len()).collect();
    assert_eq!(parse(&without_visit), Err(missing(&["__Host-visit"])));
}

#[test]
fn an_entry_with_a_mistake_does_not_count_as_undeclared() {
    let text = own().replacen("http_only = true\n", "", 4);
    let lines: Vec<_> = [1, 11, 21, 31].map(|line| format!("cookies.toml:{line}: http_only is missing")).into();
    assert_eq!(parse(&text), Err(lines));
}
