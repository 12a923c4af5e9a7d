//! What `cookies.toml` may say.

use std::{path::Path, time::Duration};

use strum::VariantArray as _;

use super::{super::cookies, shown};
use crate::domain::{
    cookies::{
        declaration::{Attributes, Declaration, FirstPartyCookie, Lifetime, SameSite},
        inventory::{Inventory, InventoryHistory, purpose_text::tests::known},
        purpose::{Essential, Optional, Purpose},
    },
    policy::version::Version,
};

/// The lines of one entry, the first of which is `[[cookie]]`.
fn entry(name: &str, purpose: &str, lifetime: &str) -> String {
    format!(
        "[[cookie]]\nname = \"{name}\"\npurpose = \"{purpose}\"\nlifetime = \"{lifetime}\"\nhttp_only = true\n\
         secure = true\nsame_site = \"Lax\"\npath = \"/\"\nset_by = \"Us\"\ndescription = \"For you.\"\nsince = \"1.0\"\n"
    )
}

/// The cookies that every site declares.
fn required() -> impl Iterator<Item = &'static FirstPartyCookie> {
    FirstPartyCookie::VARIANTS.iter().filter(|own| !matches!(own, FirstPartyCookie::SignIn | FirstPartyCookie::Bound))
}

/// The server's own cookies: 11 lines each, so the next entry begins on line 78.
fn own() -> String {
    required().map(|own| entry(own.into_str(), own.purpose().as_str(), "180 days")).collect()
}

/// The lines of one description, the first of which is `[[purpose]]`.
fn about(purpose: Purpose) -> String {
    let question = if purpose.is_essential() { "" } else { "question = \"May we?\"\n" };
    format!("[[purpose]]\nname = \"{}\"\n{question}description = \"For you.\"\nsince = \"1.0\"\n", purpose.as_str())
}

fn parse_as_it_is(text: &str) -> Result<InventoryHistory, Vec<String>> {
    let editions = [Version { major: 1, minor: 0 }, Version { major: 1, minor: 1 }];
    cookies::parse(Path::new("cookies.toml"), text, (&editions, None), "Harmony").map_err(|mistakes| shown(&mistakes))
}

/// Parses the text, followed by a description of every purpose.
fn parse(text: &str) -> Result<InventoryHistory, Vec<String>> {
    parse_as_it_is(&format!("{text}\n{}", known().into_iter().map(about).collect::<String>()))
}

/// The inventory as of edition 1.1.
fn inventory(text: &str) -> Result<Inventory, Vec<String>> {
    parse(text).map(|history| history.as_of(Version { major: 1, minor: 1 }))
}

#[test]
fn an_entry_becomes_a_declaration() {
    let shop = "[[cookie]]\nname = \"shop\"\npurpose = \"authentication\"\nlifetime = \"session\"\nhttp_only = false\n\
                secure = false\nsame_site = \"Strict\"\npath = \"/shop\"\nset_by = \"The shop\"\ndescription = \"A *b*\"\n\
                since = \"1.1\"\nno_host_prefix_because = \"The shop has a path of its own.\"\n";
    let inventory = inventory(&(own() + shop));
    let declarations = inventory.as_ref().map(Inventory::declarations).unwrap_or_default();
    let names: Vec<_> = declarations.iter().map(|declaration| declaration.name.as_str()).collect();
    assert_eq!(names, required().map(FirstPartyCookie::into_str).chain(["shop"]).collect::<Vec<_>>());
    assert_eq!(
        declarations.get(1).map(|consent| consent.lifetime),
        Some(Lifetime::Persistent(Duration::from_hours(180 * 24)))
    );
    let expected = Declaration {
        name: "shop".to_owned(),
        purpose: Purpose::Essential(Essential::Authentication),
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
        until: None,
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
            "90: there is no field \"domain\"; there are name, service, kind, purpose, lifetime, http_only, secure, same_site, path, set_by, description, since, until, no_host_prefix_because",
        ),
        ("name = \"__Host-x\"\n", "", "89: name is missing"),
        ("\"__Host-x\"", "1", "90: name must be a text in quotes"),
        ("__Host-x", "__Host-x y", "90: \"__Host-x y\" is no cookie name: use letters, digits and !#$%&'*+-.^_`|~"),
        ("__Host-x", "__Host-Http-visit", "90: __Host-Http-visit is declared twice since edition 1.0"),
        ("__Host-x", "x", "90: x does without __Host- and gives no reason: add no_host_prefix_because"),
        (
            "\"security\"",
            "\"marketing\"",
            "91: __Host-x is for marketing, but no [[purpose]] describes that in edition 1.0",
        ),
        (
            "\"session\"",
            "\"6 months\"",
            "92: the lifetime must be \"session\" or a number and a unit such as \"180 days\", not \"6 months\"",
        ),
        ("\"session\"", "\"0 days\"", "92: __Host-x has a lifetime of nothing, which removes it"),
        ("http_only = true", "http_only = \"yes\"", "93: http_only must be true or false"),
        (
            "secure = true",
            "secure = false",
            "94: __Host-x must be secure: browsers refuse a __Host- cookie that is not",
        ),
        ("\"Lax\"", "\"lax\"", "95: same_site must be \"Strict\", \"Lax\" or \"None\", not \"lax\""),
        ("\"/\"", "\"/x\"", "96: __Host-x must have the path \"/\": browsers refuse a __Host- cookie with another"),
        ("\"Us\"", "\" \"", "97: __Host-x has an empty set_by"),
        ("\"For you.\"", "\"\"", "98: __Host-x has an empty description"),
        ("description = \"For you.\"\n", "", "89: description is missing"),
        ("\"1.0\"", "\"1.2\"", "99: there is no edition \"1.2\"; there are 1.0, 1.1"),
        ("\"1.0\"", "\"one\"", "99: there is no edition \"one\"; there are 1.0, 1.1"),
        ("\"1.0\"\n", "\"1.0\"\nuntil = \"1.3\"\n", "100: there is no edition \"1.3\"; there are 1.0, 1.1"),
        ("\"1.0\"\n", "\"1.0\"\nuntil = \"1.0\"\n", "100: __Host-x ends with edition 1.0, which is not after 1.0"),
        ("\"1.0\"\n", "\"1.0\"\nno_host_prefix_because = 1\n", "100: no_host_prefix_because must be a text in quotes"),
        (
            "[[cookie]]",
            "[site]\nx = 1\n[[cookie]]",
            "89: there is no \"site\" here; there are only [[cookie]] and [[purpose]] tables",
        ),
        (
            "[[cookie]]",
            "[[cookie]]\n[[cookie]]\nname =",
            "91: this is not TOML: string values must be quoted, expected literal string",
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
        Err(vec![
            "cookies.toml:15: __Host-Http-consent lives too long: a consent cookie lives at most 183 days".to_owned()
        ])
    );
    let text = own() + &entry("__Host-x", "analytics", "401 days");
    assert_eq!(
        parse(&text),
        Err(vec!["cookies.toml:92: __Host-x lives too long: an optional cookie lives at most 400 days".to_owned()])
    );
}

#[test]
fn a_cookie_that_is_not_declared_is_told_on_the_first_line() {
    let missing = |names: &[&str]| {
        names.iter().map(|name| format!("cookies.toml:1: the server sets {name}, but it is not declared")).collect()
    };
    let all: Vec<String> = missing(&required().map(FirstPartyCookie::into_str).collect::<Vec<_>>());
    assert_eq!(parse(""), Err(all.clone()));
    assert_eq!(parse("cookie = []"), Err(all.clone()));
    let mut wrong = vec!["cookies.toml:1: a cookie is declared as a [[cookie]] table".to_owned()];
    wrong.extend(all);
    assert_eq!(parse("cookie = 1"), Err(wrong.clone()));
    assert_eq!(parse("cookie = [1]"), Err(wrong));
    let without_visit: String = own().chars().skip(entry("__Host-Http-visit", "security", "180 days").len()).collect();
    assert_eq!(parse(&without_visit), Err(missing(&["__Host-Http-visit"])));
}

#[test]
fn an_entry_with_a_mistake_does_not_count_as_undeclared() {
    let text = own().replacen("http_only = true\n", "", 4);
    let lines: Vec<_> = [1, 11, 21, 31].map(|line| format!("cookies.toml:{line}: http_only is missing")).into();
    assert_eq!(parse(&text), Err(lines));
}

#[test]
fn what_an_edition_changes_is_one_more_entry_with_its_number() -> Result<(), Vec<String>> {
    let changed =
        entry("__Host-x", "analytics", "session").replace("\"1.0\"", "\"1.1\"").replace("For you.", "For us.");
    let ended = entry("__Host-y", "analytics", "session").replace("\"1.0\"", "\"1.0\"\nuntil = \"1.1\"");
    let purpose = about(Purpose::Optional(Optional::ANALYTICS)).replace("1.0", "1.1").replace("For you.", "For us.");
    let history = parse(&(own() + &changed + &entry("__Host-x", "analytics", "session") + &ended + &purpose))?;
    for (minor, words, y) in [(0, "For you.", true), (1, "For us.", false)] {
        let inventory = history.as_of(Version { major: 1, minor });
        assert_eq!(inventory.find("__Host-x").map(|found| found.description.as_str()), Some(words), "1.{minor}");
        assert_eq!(inventory.find("__Host-y").is_some(), y, "1.{minor}");
        assert_eq!(
            inventory.purpose(Purpose::Optional(Optional::ANALYTICS)).map(|text| text.description.as_str()),
            Some(words),
            "1.{minor}"
        );
    }
    Ok(())
}

#[test]
fn a_wrong_purpose_is_refused_by_its_line() {
    // The descriptions of the other purposes come first; the purpose under test is last.
    let others = || known().into_iter().filter(|purpose| purpose.as_str() != "analytics").map(about);
    let begins = own().lines().count() + others().map(|text| text.lines().count()).sum::<usize>() + 1;
    let good = about(Purpose::Optional(Optional::ANALYTICS));
    let with = |text: &str| parse_as_it_is(&(own() + &others().collect::<String>() + text)).err().unwrap_or_default();
    assert_eq!(with(&good), Vec::<String>::new());
    for (from, to, line, expected) in [
        ("name = \"analytics\"\n", "", 0, "name is missing"),
        (
            "\"analytics\"",
            "\"Ads\"",
            1,
            "\"Ads\" names no purpose: the name of an optional purpose is at most 24 letters a-z, digits, \"-\" and \
             \"_\", begins with a letter, and is none of those that the program needs itself",
        ),
        ("question = \"May we?\"\n", "", 0, "analytics waits for an answer, so it needs a question"),
        ("\"May we?\"", "\" \"", 2, "analytics waits for an answer, so it needs a question"),
        ("\"May we?\"", "1", 2, "question must be a text in quotes"),
        ("description = \"For you.\"\n", "", 0, "description is missing"),
        ("\"For you.\"", "\"\"", 3, "analytics has an empty description"),
        ("since = \"1.0\"\n", "", 0, "since is missing"),
        ("\"1.0\"", "\"1.2\"", 4, "there is no edition \"1.2\"; there are 1.0, 1.1"),
        (
            "[[purpose]]",
            "[[purpose]]\ncolor = \"red\"",
            1,
            "there is no field \"color\"; there are name, label, question, description, collects, consent_mode, data, since, until",
        ),
        (
            "since",
            "collects = [\"country\", \"name\"]\nsince",
            4,
            "nothing collects \"name\"; there are country, performance",
        ),
        (
            "since",
            "consent_mode = [\"all\"]\nsince",
            4,
            "consent grants no \"all\"; there are ad_storage, ad_user_data, ad_personalization, analytics_storage, personalization_storage",
        ),
        ("since", "collects = \"country\"\nsince", 4, "collects must be a list of texts in quotes"),
        (
            "since",
            "data = [\"Country\", \"BrowsingBehavior\"]\nsince",
            4,
            "there is no kind of personal data \"BrowsingBehavior\"; https://w3id.org/dpv/2.3/pd lists all, such as Language",
        ),
    ] {
        let found = with(&good.replacen(from, to, 1));
        let expected = format!("cookies.toml:{}: {expected}", begins + line);
        assert!(found.contains(&expected), "{expected}\n{found:#?}");
    }
    let twice = good.clone() + &good;
    assert_eq!(
        with(&twice),
        [format!("cookies.toml:{}: analytics is described twice since edition 1.0", begins + 5 + 4)]
    );
    let essential =
        about(Purpose::Essential(Essential::Authentication)).replace("1.0", "1.1") + "question = \"May we?\"\n";
    assert_eq!(
        with(&(good.clone() + &essential)),
        [format!("cookies.toml:{}: authentication is always on, so there is nothing to ask", begins + 5 + 4)]
    );
}

#[test]
fn a_purpose_that_is_not_described_is_told_on_the_first_line() {
    let missing: Vec<_> = Purpose::essential()
        .map(|purpose| format!("cookies.toml:1: there is no [[purpose]] that describes {}", purpose.as_str()))
        .collect();
    let entries = own();
    // The name is on the line before the purpose.
    let lines = entries.lines().zip(entries.lines().skip(1)).zip(2..);
    let unserved = lines.filter_map(|((name, purpose), line)| {
        let value = |line: &str, key: &str| line.strip_prefix(key)?.strip_suffix('"').map(str::to_owned);
        let purpose: Optional = value(purpose, "purpose = \"")?.parse().ok()?;
        let name = value(name, "name = \"")?;
        Some((line, format!("{name} is for {purpose}, but no [[purpose]] describes that in edition 1.0")))
    });
    let unserved: Vec<_> = unserved.collect();
    assert_eq!(unserved.len(), 3);
    let told = |offset| -> Vec<_> {
        unserved.iter().map(|(line, what)| format!("cookies.toml:{}: {what}", line + offset)).collect()
    };
    assert_eq!(parse_as_it_is(&own()), Err([told(0), missing.clone()].concat()));
    let found = parse_as_it_is(&format!("purpose = [1]\n{}", own())).err().unwrap_or_default();
    let wrong = "cookies.toml:1: a purpose is described in a [[purpose]] table".to_owned();
    assert_eq!(found, [vec![wrong], told(1), missing].concat());
}
