//! Translated editions and inventories, with diagnostics by file and line.

use std::{fs, io, path::Path};

use super::{super::Content, copy_folder, shown};
use crate::{
    domain::{cookies::purpose::Purpose, i18n::locale::Locale, policy::version::Version},
    system::digest::sha256_hex,
};

const SECOND: Version = Version { major: 1, minor: 1 };

/// The diagnostics of a changed copy of the shipped content.
fn changed(change: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<Result<Content, Vec<String>>> {
    let folder = tempfile::tempdir()?;
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("content"), folder.path())?;
    change(folder.path())?;
    let within = format!("{}/", folder.path().display());
    Ok(Content::load(folder.path()).map_err(|found| shown(&found).iter().map(|one| one.replace(&within, "")).collect()))
}

/// The diagnostics after replacing a text in one file.
fn mistakes(file: &str, from: &str, to: &str) -> io::Result<Vec<String>> {
    let found = changed(|folder| {
        let file = folder.join(file);
        let text = fs::read_to_string(&file)?;
        assert!(text.contains(from), "{from}");
        fs::write(file, text.replacen(from, to, 1))
    })?;
    Ok(found.err().unwrap_or_default())
}

#[test]
fn a_translation_that_is_not_like_its_original_is_refused() -> io::Result<()> {
    let hash = sha256_hex(include_str!("../../../content/policy/en/1.1.md"));
    for (from, to, expected) in [
        (
            "{#when}",
            "{#when-else}",
            vec!["1: the original has no section #when-else", "1: the section #when of the original is missing"],
        ),
        ("{{ purposes }}", "", vec!["1: the section #purposes must hold the same inserts as in the original"]),
        ("version = \"1.1\"", "version = \"1.0\"", vec!["2: the version is 1.0, but the file is named 1.1.md"]),
        (
            "version = \"1.1\"",
            "version = \"1.7\"",
            vec!["2: the version is 1.7, but the file is named 1.1.md", "2: there is no edition 1.7 to translate"],
        ),
        (
            hash.as_str(),
            "abc",
            vec!["3: translates must be the SHA-256 of the original's file, as 64 hexadecimal digits in lower case"],
        ),
        (
            "translates = ",
            "of = ",
            vec!["1: translates is missing", "3: there is no field \"of\"; there are version, translates, summary"],
        ),
        (
            "summary = [",
            "effective = \"2026-11-01\"\nsummary = [",
            vec!["4: there is no field \"effective\"; there are version, translates, summary"],
        ),
        (
            "summary = [\n",
            "summary = [\"mehr\",\n",
            vec!["1: the summary has 10 sentences, and that of the original 9"],
        ),
        (
            "{{ controls }}",
            "<script>alert(1)</script>",
            vec![
                "72: raw HTML has no place in a policy",
                "1: the section #control must hold the same inserts as in the original",
            ],
        ),
        (
            "# Cookie-Richtlinie",
            "Cookie-Richtlinie",
            vec!["17: the title is missing: begin the text with # and the title"],
        ),
    ] {
        let mut found = mistakes("policy/de/1.1.md", from, to)?;
        let mut expected: Vec<_> = expected.into_iter().map(|what| format!("policy/de/1.1.md:{what}")).collect();
        found.sort();
        expected.sort();
        // The lines of these diagnostics do not matter here.
        let without_line = |all: &[String]| -> Vec<String> {
            all.iter()
                .map(|one| {
                    if one.contains("raw HTML") || one.contains("title is") {
                        one.splitn(3, ':').last().unwrap_or_default().to_owned()
                    } else {
                        one.clone()
                    }
                })
                .collect()
        };
        assert_eq!(without_line(&found), without_line(&expected), "{from}");
    }
    Ok(())
}

#[test]
fn the_order_of_the_sections_is_that_of_the_original() -> io::Result<()> {
    let found = changed(|folder| {
        let file = folder.join("policy/fr/1.1.md");
        let text = fs::read_to_string(&file)?;
        let text = text.replace("{#when}", "{#x}").replace("{#what-is-a-cookie}", "{#when}");
        fs::write(file, text.replace("{#x}", "{#what-is-a-cookie}"))
    })?;
    let expected = "policy/fr/1.1.md:1: the sections stand in another order than in the original";
    assert_eq!(found.err().unwrap_or_default(), [expected]);
    Ok(())
}

#[test]
fn a_translation_of_an_older_text_is_marked_and_may_lack_what_came_since() -> io::Result<()> {
    let content = changed(|folder| {
        let file = folder.join("policy/en/1.1.md");
        let text = fs::read_to_string(&file)?;
        fs::write(file, text + "\n## And more {#more}\n\nMore.\n")
    })?;
    let content = content.map_err(|mistakes| io::Error::other(mistakes.join("\n")))?;
    for locale in Locale::SHIPPED {
        let reading = content.localized_edition(SECOND, locale);
        let expected = Some((locale, locale != Locale::ENGLISH));
        assert_eq!(reading.map(|reading| (reading.locale, reading.is_outdated)), expected);
    }
    assert_eq!(content.outdated_translations().count(), 3);
    Ok(())
}

#[test]
fn what_is_not_translated_is_read_in_the_original() -> io::Result<()> {
    let content = changed(|_| Ok(()))?.map_err(|mistakes| io::Error::other(mistakes.join("\n")))?;
    for locale in Locale::SHIPPED {
        let first = content.localized_edition(Version { major: 1, minor: 0 }, locale);
        assert_eq!(first.map(|reading| (reading.locale, reading.is_outdated)), Some((Locale::ENGLISH, false)));
        let second = content.localized_edition(SECOND, locale).map(|reading| reading.edition);
        assert_eq!(
            second.map(|edition| (edition.version, edition.effective)),
            content.edition(SECOND).map(|edition| (edition.version, edition.effective))
        );
        assert!(content.localized_edition(Version { major: 9, minor: 0 }, locale).is_none());
    }
    Ok(())
}

#[test]
fn a_language_that_the_site_does_not_speak_is_refused() -> io::Result<()> {
    let found = changed(|folder| fs::create_dir(folder.join("policy/sv")))?;
    let expected = "policy/sv:1: the site does not speak \"sv\", since there is no strings/sv.toml; it speaks en, ar, de, es, fr, it, nl, pl";
    assert_eq!(found.err().unwrap_or_default(), [expected]);
    assert!(changed(|folder| fs::create_dir(folder.join("policy/.git")))?.is_ok());
    Ok(())
}

#[test]
fn the_words_of_the_inventory_are_complete_and_belong_to_an_entry() -> io::Result<()> {
    let all = "name = \"__Host-visit\"\nsince = \"1.1\"";
    for (from, to, expected) in [
        (
            all,
            "name = \"__Host-visit\"\nsince = \"1.0\"",
            ":48: cookies.toml declares no cookie \"__Host-visit\" since edition 1.0",
        ),
        (
            all,
            "name = \"__Host-other\"\nsince = \"1.1\"",
            ":48: cookies.toml declares no cookie \"__Host-other\" since edition 1.1",
        ),
        (
            all,
            "name = \"__Host-visit\"\nsince = \"7.0\"",
            ":49: there is no edition \"7.0\"; there are 1.0, 1.1, 1.2, 1.3, 1.4, 1.5",
        ),
        (
            "name = \"security\"",
            "name = \"safety\"\nlabel = \"safety\"\nquestion = \"Safety?\"",
            ":10: cookies.toml says nothing of safety since edition 1.1",
        ),
        ("name = \"security\"", "name = \"consent\"", ":15: consent of edition 1.1 has its words already"),
        ("description = \"Schützt Sie und die Website.\"", "description = \" \"", ":12: description is empty"),
        ("question = \"Darf {name} sich Ihre Einstellungen merken?\"\n", "", ":19: question is missing"),
        (
            "description = \"Schützt Sie und die Website.\"",
            "description = \"Schützt.\"\nlifetime = \"1 day\"",
            ":13: there is no field \"lifetime\"; there are name, since, description",
        ),
        (
            "[[cookie]]",
            "[[biscuit]]",
            ":47: there is no \"biscuit\" here; there are only [[cookie]] and [[purpose]] tables",
        ),
    ] {
        let found = mistakes("cookies.de.toml", from, to)?;
        assert!(found.contains(&format!("cookies.de.toml{expected}")), "{from}: {found:?}");
    }
    let added = "[[cookie]]\nname = \"__Host-new\"\npurpose = \"analytics\"\nlifetime = \"session\"\nhttp_only = true\nsecure = true\nsame_site = \"Lax\"\npath = \"/\"\nset_by = \"Us\"\ndescription = \"New.\"\nsince = \"1.1\"\n";
    let found = changed(|folder| {
        let file = folder.join("cookies.toml");
        fs::write(&file, format!("{}\n{added}", fs::read_to_string(&file)?))
    })?;
    let expected = ["ar", "de", "es", "fr", "it", "nl", "pl"]
        .map(|tag| format!("cookies.{tag}.toml:1: the cookie __Host-new of edition 1.1 has no words in {tag}"));
    assert_eq!(found.err().unwrap_or_default(), expected);
    let found = changed(|folder| fs::remove_file(folder.join("cookies.fr.toml")))?.err().unwrap_or_default();
    assert!(found.len() == 1 && found.concat().starts_with("cookies.fr.toml:1: the file cannot be read"), "{found:?}");
    Ok(())
}

#[test]
fn the_facts_are_the_same_in_every_language() -> io::Result<()> {
    let content = changed(|_| Ok(()))?.map_err(|mistakes| io::Error::other(mistakes.join("\n")))?;
    let original = content.inventory(SECOND);
    for locale in [Locale::GERMAN, Locale::FRENCH, Locale::ARABIC] {
        let translated = content.localized_inventory(SECOND, locale);
        assert_eq!(translated.declarations().len(), original.declarations().len());
        for (one, other) in translated.declarations().iter().zip(original.declarations()) {
            assert_eq!(
                (&one.name, one.purpose, one.lifetime, &one.attributes),
                (&other.name, other.purpose, other.lifetime, &other.attributes)
            );
            assert_ne!(one.description, other.description, "{locale} {}", one.name);
        }
        assert_eq!(translated.purposes().len(), original.purposes().len());
        for (one, other) in translated.purposes().iter().zip(original.purposes()) {
            assert_ne!(one.description, other.description, "{locale}");
        }
        for (purpose, fingerprint) in content.fingerprints(SECOND).iter() {
            let known = content.prompt_purpose(*purpose, *fingerprint, locale).map(|shown| shown.question.as_str());
            let translated = translated.purpose(Purpose::Optional(*purpose));
            assert_eq!(known, translated.map(|text| text.question.as_str()));
        }
    }
    Ok(())
}

#[test]
fn a_language_begins_with_its_first_translated_edition() -> io::Result<()> {
    let without_first = |folder: &Path| {
        fs::remove_file(folder.join("policy/de/1.1.md"))?;
        fs::remove_file(folder.join("policy/de/1.2.md"))?;
        let file = folder.join("cookies.de.toml");
        let words = fs::read_to_string(&file)?;
        // An entry of edition 1.1 that 1.2 replaced, and one that is still in force.
        let (replaced, still) =
            ("name = \"__Host-visit\"\nsince = \"1.1\"", "name = \"authentication\"\nsince = \"1.1\"");
        for entry in [replaced, still] {
            assert!(words.contains(entry), "{entry}");
        }
        let kept = |entry: &&str| !entry.contains(replaced);
        fs::write(&file, words.split("\n[[").filter(kept).collect::<Vec<_>>().join("\n[["))
    };
    let content = changed(without_first)?.map_err(|found| io::Error::other(format!("{found:?}")))?;
    let reading = content.localized_edition(SECOND, Locale::GERMAN).map(|reading| reading.locale);
    assert_eq!(reading, Some(Locale::ENGLISH));
    let found = changed(|folder| {
        without_first(folder)?;
        let file = folder.join("cookies.de.toml");
        let words = fs::read_to_string(&file)?;
        let kept = |entry: &&str| !entry.contains("name = \"authentication\"");
        fs::write(&file, words.split("\n[[").filter(kept).collect::<Vec<_>>().join("\n[["))
    })?;
    let expected = "cookies.de.toml:1: the purpose authentication of edition 1.1 has no words in de";
    assert_eq!(found.err().unwrap_or_default(), [expected]);
    Ok(())
}

#[test]
fn what_a_language_lacks_is_told_by_file() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("content"), folder.path())?;
    fs::copy(folder.path().join("strings/en.toml"), folder.path().join("strings/eo.toml"))?;
    fs::write(folder.path().join("countries/ar.toml"), "DE = \"ألمانيا\"\n")?;
    fs::write(folder.path().join("countries/eo.toml"), "DE = \"Germanio\"\n")?;
    fs::remove_file(folder.path().join("policy/fr/1.2.md"))?;
    let content = Content::load(folder.path()).map_err(|found| io::Error::other(format!("{found:?}")))?;
    let within = format!("{}/", folder.path().display());
    let found: Vec<_> =
        content.untranslated(folder.path()).iter().map(|one| one.to_string().replace(&within, "")).collect();
    let expected = [
        "policy/eo:1: no edition is translated into this language; the original is shown",
        "cookies.eo.toml:1: cookies and purposes have no words in this language; those of the original are shown",
        "policy/fr/1.2.md:1: this edition is not translated; the original is shown",
        "countries/eo.toml:1: 248 countries have no name, and are shown by their codes: AD, AE, AF, AG, AI, …",
    ];
    assert_eq!(found, expected, "the program has the other names in Arabic");
    Ok(())
}

#[test]
fn a_file_of_texts_is_named_for_a_language() -> io::Result<()> {
    for (name, expected) in [
        ("DE", "the file is named for a language: a language is a tag in lower case, such as de, pt-br or zh-hant"),
        (
            "english",
            "the file is named for a language: a language is a tag in lower case, such as de, pt-br or zh-hant",
        ),
        ("api", "/api is a path of the site itself, and cannot be a language"),
    ] {
        let found = changed(|folder| {
            fs::copy(folder.join("strings/en.toml"), folder.join(format!("strings/{name}.toml"))).map(drop)
        })?;
        assert_eq!(found.err().unwrap_or_default(), [format!("strings/{name}.toml:1: {expected}")]);
    }
    let found = changed(|folder| {
        let file = folder.join("strings/en.toml");
        let text = fs::read_to_string(&file)?.replace("\nskip = ", "\n# skip = ");
        fs::write(folder.join("strings/eo.toml"), text)
    })?;
    let found = found.err().unwrap_or_default();
    assert!(
        matches!(&found[..], [one] if one.starts_with("strings/eo.toml:") && one.ends_with("skip is missing in [frame]")),
        "{found:?}"
    );
    Ok(())
}
