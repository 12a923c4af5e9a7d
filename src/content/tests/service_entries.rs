//! What `cookies.toml` and its translations may say of partner services.

use std::{fs, io, path::Path};

use super::{
    super::{Content, cookies, services},
    inventory_of, shown, write_strings,
};
use crate::domain::{
    cookies::service_entry::{Party, Retention, StatedAttributes, StorageKind},
    i18n::locale::Locale,
    partners::Service,
    policy::version::Version,
};

const EDITIONS: [Version; 2] = [Version { major: 1, minor: 0 }, Version { major: 1, minor: 1 }];

const SERVICES: &str = "[[service]]\nid = \"books\"\nname = \"Quill Books\"\naddress = \"https://books.example/\"\n\
                        origins = []\nhow = \"links\"\nsince = \"1.1\"\n\n[[service]]\nname = \"Tern Trains\"\n\
                        address = \"https://trains.example/\"\norigins = []\nhow = \"links\"\nsince = \"1.0\"\n";

/// The lines of an entry: its name is on line 3, its lifetime on line 5.
const ENTRY: &str = "[[cookie]]\nservice = \"books\"\nname = \"shelf_*\"\npurpose = \"analytics\"\n\
                     lifetime = \"30 days\"\nparty = \"first\"\ndescription = \"Counts.\"\nsince = \"1.1\"\n";

fn listed() -> Result<Vec<Service>, Vec<String>> {
    services::parse(Path::new("services.toml"), SERVICES, &EDITIONS).map_err(|found| shown(&found))
}

/// The mistakes of the shipped inventory with this text before it.
fn mistakes(text: &str) -> Result<Vec<String>, Vec<String>> {
    let services = listed()?;
    let text = format!("{text}\n{}", inventory_of(&["1.0", "1.1"]));
    let read = cookies::parse(Path::new("cookies.toml"), &text, (&EDITIONS, Some(&services)), "Acme");
    Ok(read.err().map(|found| shown(&found)).unwrap_or_default())
}

#[test]
fn an_entry_needs_no_more_than_what_is_true_of_it() -> Result<(), Vec<String>> {
    let services = listed()?;
    let stored = ENTRY.replace("shelf_*", "my shelf").replace("30 days", "until deleted");
    let stored = stored.replace("party = \"first\"", "set_by = \"{name}\"\nkind = \"indexeddb\"");
    let text = format!("{ENTRY}{stored}{}", inventory_of(&["1.0", "1.1"]));
    let history = cookies::parse(Path::new("cookies.toml"), &text, (&EDITIONS, Some(&services)), "Acme")
        .map_err(|found| shown(&found))?;
    let inventory = history.as_of(EDITIONS[1]);
    let [cookie, database] = inventory.services().all() else { return Err(vec!["there are two entries".to_owned()]) };
    assert_eq!((cookie.party, &cookie.set_by), (Some(Party::First), &None));
    assert_eq!(cookie.storage.retention(), Retention::Seconds(30 * 86_400));
    assert_eq!(cookie.storage.attributes(), StatedAttributes::default());
    assert_eq!(
        (database.storage.kind(), database.storage.retention()),
        (StorageKind::IndexedDb, Retention::UntilDeleted)
    );
    assert_eq!((database.party, database.set_by.as_deref()), (None, Some("Acme")));
    assert_eq!(history.as_of(EDITIONS[0]).services().all(), []);
    assert_eq!(inventory.declarations().len(), 8, "they are none of this site's");
    Ok(())
}

#[test]
fn each_mistake_is_told_with_its_line() -> Result<(), Vec<String>> {
    assert_eq!(mistakes(ENTRY)?, Vec::<String>::new());
    let kind = |kind: &str, lifetime: &str| format!("lifetime = \"{lifetime}\"\nkind = \"{kind}\"");
    let lifetime = "lifetime = \"30 days\"";
    for (from, to, expected) in [
        ("\"books\"", "\"shop\"", "2: there is no service \"shop\" in services.toml; there are books"),
        ("name = \"shelf_*\"\n", "", "1: name is missing"),
        ("shelf_*", "*", "3: \"*\": a pattern needs 3 characters before its *, besides __Host- or __Secure-"),
        ("shelf_*", "shelf_*_*", "3: \"shelf_*_*\": a pattern has one * at most"),
        ("shelf_*", "my shelf", "3: \"my shelf\": a cookie name has letters, digits and !#$%&'*+-.^_`|~"),
        ("purpose = \"analytics\"\n", "", "1: purpose is missing"),
        ("\"analytics\"", "\"fun\"", "4: shelf_* is for fun, but no [[purpose]] describes that in edition 1.1"),
        (
            "30 days",
            "until deleted",
            "5: the lifetime must be \"session\" or a number and a unit such as \"180 days\", not \"until deleted\"",
        ),
        ("30 days", "401 days", "5: shelf_* lives too long: an optional cookie lives at most 400 days"),
        (
            lifetime,
            &kind("session storage", "30 days"),
            "5: session storage is kept for the session: \"session\", not \"30 days\"",
        ),
        (
            lifetime,
            &kind("local storage", "session"),
            "5: local storage is kept \"until deleted\", or for a period such as \"180 days\", not \"session\"",
        ),
        (
            lifetime,
            &kind("cache", "30 days"),
            "6: there is no kind \"cache\"; there are cookie, local storage, session storage, indexeddb",
        ),
        (
            lifetime,
            &(kind("local storage", "30 days") + "\nhttp_only = true"),
            "7: local storage has no http_only: only cookies have",
        ),
        ("party = \"first\"\n", "", "3: say who sets it: party = \"first\" for the service, or set_by"),
        ("\"first\"", "\"third\"", "6: a third party sets it, so say who: add set_by"),
        ("\"first\"", "\"second\"", "6: party must be \"first\" or \"third\", not \"second\""),
        ("Counts.", " ", "7: shelf_* has an empty description"),
        ("\"1.1\"", "\"1.0\"", "8: books stands under the policy since edition 1.1, not 1.0"),
        ("\"1.1\"\n", "\"1.1\"\nuntil = \"1.1\"\n", "9: shelf_* ends with edition 1.1, which is not after 1.1"),
        (
            "party",
            "domain = \"x\"\nparty",
            "6: there is no field \"domain\"; there are name, service, kind, purpose, lifetime, http_only, secure, same_site, \
             path, party, set_by, description, since, until",
        ),
        (
            "service = \"books\"\n",
            "kind = \"local storage\"\n",
            "2: this server sets cookies only, not \"local storage\": name the service that keeps this",
        ),
    ] {
        let found = mistakes(&ENTRY.replacen(from, to, 1))?;
        let expected = format!("cookies.toml:{expected}");
        assert!(found.contains(&expected), "{expected}\n{found:#?}");
        assert!(found.len() == 1 || to.starts_with("kind") || to == "\"1.0\"", "{found:#?}");
    }
    let twice = mistakes(&format!("{ENTRY}{ENTRY}"))?;
    let expected = "cookies.toml:11: the cookie shelf_* of books is declared twice since edition 1.1".to_owned();
    assert_eq!(twice, [expected]);
    Ok(())
}

#[test]
fn mistakes_in_the_list_of_services_are_told_there_alone() -> io::Result<()> {
    let folder = folder()?;
    fs::write(folder.path().join("services.toml"), format!("{SERVICES}x = 1\n"))?;
    let found = Content::load(folder.path()).err().unwrap_or_default();
    assert!(!found.is_empty() && shown(&found).iter().all(|one| !one.contains("cookies.toml")), "{:?}", shown(&found));
    Ok(())
}

/// A folder with two editions, two services, and one entry of a service.
fn folder() -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let policy = folder.path().join("policy/en");
    fs::create_dir_all(&policy)?;
    write_strings(folder.path())?;
    for (name, text) in [
        ("1.0.md", include_str!("../../../content/policy/en/1.0.md")),
        ("1.1.md", include_str!("../../../content/policy/en/1.1.md")),
    ] {
        fs::write(policy.join(name), text)?;
    }
    fs::write(folder.path().join("services.toml"), SERVICES)?;
    fs::write(folder.path().join("cookies.toml"), format!("{ENTRY}\n{}", inventory_of(&["1.0", "1.1"])))?;
    Ok(folder)
}

#[test]
fn a_translation_has_words_for_each_entry() -> io::Result<()> {
    let folder = folder()?;
    let german = super::entries_of(include_str!("../../../content/cookies.de.toml"), &["1.0", "1.1"]);
    let with = |more: &str| {
        fs::write(folder.path().join("cookies.de.toml"), format!("{more}\n{german}"))?;
        Ok::<_, io::Error>(Content::load(folder.path()).map_err(|found| {
            let all = shown(&found);
            all.iter().map(|one| one.rsplit_once('/').map_or("", |(_, one)| one).to_owned()).collect::<Vec<_>>()
        }))
    };
    let words = "[[cookie]]\nservice = \"books\"\nname = \"shelf_*\"\nsince = \"1.1\"\ndescription = \"Zählt.\"\n";
    let missing = "cookies.de.toml:1: the cookie shelf_* of books of edition 1.1 has no words in de".to_owned();
    assert_eq!(with("")?.err(), Some(vec![missing]));
    let twice = "cookies.de.toml:8: the cookie shelf_* of books of edition 1.1 has its words already".to_owned();
    assert_eq!(with(&format!("{words}{words}"))?.err(), Some(vec![twice]));
    let other = words.replace("name =", "kind = \"local storage\"\nname =");
    let unknown = "cookies.de.toml:4: cookies.toml does not declare the local storage shelf_* of books of edition 1.1";
    assert_eq!(with(&format!("{words}{other}"))?.err(), Some(vec![unknown.replace(":4:", ":9:")]));
    let content = with(words)?.map_err(|found| io::Error::other(found.join("\n")))?;
    let described = |locale| {
        content.localized_inventory(EDITIONS[1], locale).services().all().first().map(|entry| entry.description.clone())
    };
    assert_eq!(described(Locale::GERMAN).as_deref(), Some("Zählt."));
    assert_eq!(described(Locale::ENGLISH).as_deref(), Some("Counts."));
    Ok(())
}
