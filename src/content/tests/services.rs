//! What `services.toml` may say.

use std::{fs, io, path::Path};

use super::{
    super::{Content, services},
    inventory_of, shown, write_strings,
};
use crate::domain::{
    partners::{PolicyRelation, Service},
    policy::version::Version,
};

fn parse(text: &str) -> Result<Vec<Service>, Vec<String>> {
    let editions = [Version { major: 1, minor: 0 }, Version { major: 1, minor: 1 }];
    services::parse(Path::new("services.toml"), text, &editions).map_err(|mistakes| shown(&mistakes))
}

/// The five lines of an entry behind its `[[service]]`.
fn entry(name: &str, origins: &str) -> String {
    format!(
        "[[service]]\nname = \"{name}\"\naddress = \"https://shop.example/\"\norigins = [{origins}]\nhow = \"links\"\nsince = \"1.0\"\n"
    )
}

#[test]
fn an_entry_becomes_a_service() {
    let text = "[[service]]\nname = \"Shop\"\naddress = \"https://shop.example/de\"\n\
                origins = [\n  \"https://shop.example\",\n  \"http://127.0.0.1:4000\",\n]\nhow = \"incorporates\"\nsince = \"1.1\"\n";
    let expected = Service {
        id: None,
        name: "Shop".into(),
        address: "https://shop.example/de".into(),
        origins: ["https://shop.example", "http://127.0.0.1:4000"].iter().flat_map(|origin| origin.parse()).collect(),
        callback: None,
        how: PolicyRelation::Incorporates,
        since: Version { major: 1, minor: 1 },
        has_findings: false,
    };
    assert_eq!(parse(text), Ok(vec![expected]));
    assert_eq!(parse("# Nobody yet.\n"), Ok(vec![]));
    assert_eq!(parse(&entry("Shop", "")).map(|services| services.len()), Ok(1), "who only links need not ask");
}

#[test]
fn only_a_service_with_an_id_has_findings() {
    let without = entry("Shop", "\"https://shop.example\"") + "findings = true\n";
    let what =
        "services.toml:7: findings are of a service with an id: they compare with what it declares in cookies.toml";
    assert_eq!(parse(&without), Err(vec![what.to_owned()]));
    let with = without.replace("name =", "id = \"shop\"\nname =");
    assert_eq!(parse(&with).map(|services| services[0].has_findings), Ok(true));
    assert_eq!(parse(&with.replace("true", "false")).map(|services| services[0].has_findings), Ok(false));
}

#[test]
fn each_mistake_is_told_with_its_line() {
    let wrong = |text: &str| parse(text).err().unwrap_or_default();
    for (text, expected) in [
        ("[[services]]\n", "services.toml:1: there is no \"services\" here; there are only [[service]] tables"),
        ("service = 1\n", "services.toml:1: a service is listed as a [[service]] table"),
        ("x = \n", "services.toml:1: this is not TOML: string values must be quoted, expected literal string"),
    ] {
        let found = wrong(text);
        assert!(found.len() == 1 && (found[0] == expected || text.starts_with('x')), "{found:?}");
    }
    let text = "[[service]]\nname = \" \"\naddress = \"http://shop.example\"\norigins = [\n  \"https://shop.example/\",\n  \
                \"http://shop.example\",\n  \"null\",\n]\nhow = \"includes\"\nsince = \"2.0\"\nplace = \"here\"\n";
    let form = "an origin is https:// and a host in small letters, with a port only where it is not 443, and nothing behind \
                it, such as https://shop.example";
    let http = "plain http is for this machine alone, such as http://127.0.0.1:4000: use https";
    assert_eq!(
        wrong(text),
        [
            "services.toml:2: the name is empty".to_owned(),
            format!(
                "services.toml:3: \"http://shop.example\" is not where a service is found: {http}, or with a path behind it"
            ),
            format!("services.toml:5: \"https://shop.example/\" is no origin that may ask: {form}"),
            format!("services.toml:6: \"http://shop.example\" is no origin that may ask: {http}"),
            format!("services.toml:7: \"null\" is no origin that may ask: {form}"),
            "services.toml:9: how must be \"links\" or \"incorporates\", not \"includes\"".to_owned(),
            "services.toml:10: there is no edition \"2.0\"; there are 1.0, 1.1".to_owned(),
            "services.toml:11: there is no field \"place\"; there are id, name, address, origins, callback, how, since, \
             findings"
                .to_owned(),
        ]
    );
    let missing: Vec<_> = ["name", "address", "origins", "how", "since"]
        .iter()
        .map(|field| format!("services.toml:1: {field} is missing"))
        .collect();
    assert_eq!(wrong("[[service]]\n"), missing);
    assert_eq!(
        wrong(&entry("Shop", "\"https://shop.example\", 7")),
        ["services.toml:4: origins must be a list of texts in quotes"]
    );
}

#[test]
fn an_id_is_short_and_stands_once() {
    let with_id = |id: &str, name: &str| entry(name, "").replace("name =", &format!("id = \"{id}\"\nname ="));
    let ids = parse(&(with_id("shop-2", "Shop") + &entry("Club", "")));
    let ids = ids.map(|services| services.into_iter().map(|service| service.id).collect::<Vec<_>>());
    assert_eq!(ids, Ok(vec![Some("shop-2".to_owned()), None]));
    for bad in ["", "Shop", "the shop", "a".repeat(41).as_str()] {
        let expected = format!("services.toml:2: an id is 1 to 40 of a-z, 0-9 and -, such as shop, not {bad:?}");
        assert_eq!(parse(&with_id(bad, "Shop")).err(), Some(vec![expected]));
    }
    let twice = with_id("shop", "Shop") + &with_id("shop", "Club");
    let expected = "services.toml:9: there is a service with the id \"shop\" already".to_owned();
    assert_eq!(parse(&twice).err(), Some(vec![expected]));
}

#[test]
fn a_callback_is_a_url_of_one_of_the_origins() {
    let with_callback = |id: &str, callback: &str| {
        entry("Shop", "\"https://shop.example\", \"https://pay.example\"")
            .replace("name =", &format!("{id}name ="))
            .replace("how =", &format!("callback = \"{callback}\"\nhow ="))
    };
    let id = "id = \"shop\"\n";
    let callbacks = parse(&with_callback(id, "https://pay.example/consent/callback"));
    let callbacks: Vec<_> = callbacks.into_iter().flatten().filter_map(|service| service.callback).collect();
    assert_eq!(callbacks, "https://pay.example/consent/callback".parse().into_iter().collect::<Vec<_>>());
    let path = "a callback is an origin and a path of letters, digits, / . _ ~ and -, without a query, in at most 200 \
                characters, such as https://shop.example/consent/callback";
    for (id, callback, mistake) in [
        (
            id,
            "https://evil.example/callback",
            "6: the callback is on https://evil.example, which is none of the origins".into(),
        ),
        (id, "https://shop.example/?next=/", format!("6: \"https://shop.example/?next=/\" is no callback: {path}")),
        (id, "https://shop.example", format!("6: \"https://shop.example\" is no callback: {path}")),
        ("", "https://shop.example/c", "5: a service with a callback needs an id, by which it asks for a code".into()),
    ] {
        assert_eq!(parse(&with_callback(id, callback)).err(), Some(vec![format!("services.toml:{mistake}")]));
    }
}

#[test]
fn no_name_and_no_origin_stands_twice() {
    let text = entry("Shop", "\"https://a.example\", \"https://a.example\"") + &entry("Shop", "\"https://a.example\"");
    assert_eq!(
        parse(&text).err().unwrap_or_default(),
        [
            "services.toml:4: the origin https://a.example stands here twice",
            "services.toml:8: there is a service \"Shop\" already",
            "services.toml:10: the origin https://a.example stands here twice",
        ]
    );
}

#[test]
fn a_folder_may_list_services_or_not() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let policy = folder.path().join("policy/en");
    fs::create_dir_all(&policy)?;
    write_strings(folder.path())?;
    fs::write(folder.path().join("cookies.toml"), inventory_of(&["1.0", "1.1"]))?;
    for (name, text) in [
        ("1.0.md", include_str!("../../../content/policy/en/1.0.md")),
        ("1.1.md", include_str!("../../../content/policy/en/1.1.md")),
    ] {
        fs::write(policy.join(name), text)?;
    }
    let listed = || Content::load(folder.path()).map(|content| content.services.len()).map_err(|found| shown(&found));
    assert_eq!(listed(), Ok(0));
    let file = folder.path().join("services.toml");
    fs::write(&file, entry("Shop", "\"https://shop.example\""))?;
    assert_eq!(listed(), Ok(1));
    fs::write(&file, "[[service]]\n")?;
    assert_eq!(listed().map_err(|found| found.len()), Err(5), "a mistake in it is one of the content");
    Ok(())
}
