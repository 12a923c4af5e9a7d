//! What a whole folder of content may hold.

use std::{fs, io, path::Path};

use super::{
    super::{
        Content,
        shipped::{SHIPPED, Shipped},
    },
    inventory_of, shown, write_strings,
};

fn text(version: &str, day: &str) -> String {
    format!("+++\nversion = \"{version}\"\neffective = \"{day}\"\nsummary = [\"a\"]\n+++\n# Title\n")
}

/// The diagnostics of a folder with these editions and the shipped cookies, with the folder's name
/// left out.
fn mistakes(editions: &[(&str, &[u8])]) -> io::Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let policy = folder.path().join("policy/en");
    fs::create_dir_all(&policy)?;
    fs::write(folder.path().join("cookies.toml"), inventory_of(&["1.1"]))?;
    write_strings(folder.path())?;
    for (name, text) in editions {
        fs::write(policy.join(name), text)?;
    }
    let found = Content::load(folder.path()).err().unwrap_or_default();
    let prefix = format!("{}/", folder.path().display());
    Ok(shown(&found).into_iter().map(|line| line.replace(&prefix, "")).collect())
}

#[test]
fn editions_come_by_rising_version_and_rising_day() -> io::Result<()> {
    let (first, second, tenth) = (text("1.1", "2026-01-01"), text("1.2", "2026-02-01"), text("1.10", "2026-02-01"));
    let (first, second, tenth) = (first.as_bytes(), second.as_bytes(), tenth.as_bytes());
    assert_eq!(mistakes(&[("1.10.md", tenth), ("1.2.md", second), ("1.1.md", first)])?, Vec::<String>::new());
    let late = text("1.2", "2026-03-01");
    assert_eq!(
        mistakes(&[("1.10.md", tenth), ("1.2.md", late.as_bytes()), ("1.1.md", first)])?,
        ["policy/en/1.10.md:3: 2026-02-01 is before 2026-03-01, the day of edition 1.2"]
    );
    Ok(())
}

#[test]
fn a_file_is_named_for_its_version_and_no_version_stands_twice() -> io::Result<()> {
    let first = text("1.1", "2026-01-01");
    let first = first.as_bytes();
    assert_eq!(
        mistakes(&[("1.1.md", first), ("1.2.md", first)])?,
        [
            "policy/en/1.2.md:2: the version is 1.1, but the file is named 1.2.md",
            "policy/en/1.2.md:2: there is an edition 1.1 already"
        ]
    );
    assert_eq!(
        mistakes(&[("1.1.md", first), ("draft.md", text("1.2", "2026-02-01").as_bytes())])?,
        ["policy/en/draft.md:1: the file must be named for its version, such as 1.1.md"]
    );
    Ok(())
}

#[test]
fn files_of_editors_and_systems_are_left_alone() -> io::Result<()> {
    let first = text("1.1", "2026-01-01");
    let found = mistakes(&[("1.1.md", first.as_bytes()), (".1.1.md", b"x"), ("1.1.md~", b"x"), ("notes.txt", b"x")])?;
    assert_eq!(found, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_file_that_is_no_text_or_too_long_is_refused() -> io::Result<()> {
    let first = text("1.1", "2026-01-01");
    let mut marked = vec![0xef, 0xbb, 0xbf];
    marked.extend(first.as_bytes());
    assert_eq!(mistakes(&[("1.1.md", &marked)])?, Vec::<String>::new());
    let mut latin = first.clone().into_bytes();
    latin.extend(b"\nSchl\xf6sser\n");
    assert_eq!(
        mistakes(&[("1.1.md", &latin)])?,
        ["policy/en/1.1.md:8: the text is not UTF-8: save the file in that encoding"]
    );
    let full = format!("{first}\n{}", "a".repeat(256 * 1024 - first.len() - 1));
    assert_eq!(mistakes(&[("1.1.md", full.as_bytes())])?, Vec::<String>::new());
    assert_eq!(
        mistakes(&[("1.1.md", (full + "a").as_bytes())])?,
        ["policy/en/1.1.md:1: the file is longer than 256 KiB"]
    );
    Ok(())
}

#[test]
fn a_folder_without_content_says_what_is_missing() -> io::Result<()> {
    assert_eq!(mistakes(&[])?, ["policy/en:1: there is no edition of the policy: write one, such as 1.0.md"]);
    let nowhere = Content::load(Path::new("nowhere")).err().unwrap_or_default();
    let files: Vec<_> = nowhere.iter().map(|mistake| mistake.file.display().to_string()).collect();
    assert_eq!(files, ["nowhere/cookies.toml", "nowhere/policy/en", "nowhere/site.toml"]);
    assert!(nowhere.iter().all(|mistake| mistake.what.contains("cannot be read")), "{nowhere:?}");
    Ok(())
}

#[test]
fn mistakes_of_all_files_come_together_in_the_order_of_files_and_lines() -> io::Result<()> {
    let (first, second) = (text("1.0", "2026-01-01") + "\n<b>\n\n## A\n", text("1.1", "2026-01") + "\n<b>\n");
    let found = mistakes(&[("1.1.md", second.as_bytes()), ("1.0.md", first.as_bytes())])?;
    let places: Vec<_> = found.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(places, ["policy/en/1.0.md:8", "policy/en/1.0.md:10", "policy/en/1.1.md:3", "policy/en/1.1.md:8"]);
    Ok(())
}

#[test]
fn what_a_language_lacks_is_told_with_the_mistakes_of_all_other_files() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    for sub in ["policy/en", "strings"] {
        fs::create_dir_all(folder.path().join(sub))?;
    }
    fs::write(folder.path().join("cookies.toml"), inventory_of(&["1.1"]))?;
    fs::write(folder.path().join("policy/en/1.1.md"), text("1.1", "2026-01-01") + "\n<b>\n")?;
    for Shipped { tag, strings, .. } in SHIPPED {
        // The program has no text in Esperanto.
        let (tag, text) = match tag {
            "en" => (tag, strings.to_owned()),
            "pl" => ("eo", strings.replace("\nskip = ", "\nskipp = ")),
            _ => (tag, strings.replace("\nskip = ", "\nskipp = ")),
        };
        fs::write(folder.path().join(format!("strings/{tag}.toml")), text)?;
    }
    let found = Content::load(folder.path()).err().unwrap_or_default();
    let of = |name: &str| -> Vec<&str> {
        let here = found.iter().filter(|mistake| mistake.file.ends_with(name));
        here.map(|mistake| mistake.what.as_str()).collect()
    };
    assert_eq!(of("policy/en/1.1.md").len(), 1);
    assert_eq!(of("strings/en.toml").len(), 0);
    for name in ["strings/de.toml", "strings/fr.toml", "strings/ar.toml"] {
        assert_eq!(of(name), ["there is no skipp in [frame]"]);
    }
    assert!(of("strings/eo.toml").starts_with(&["skip is missing in [frame]", "there is no skipp in [frame]"]));
    Ok(())
}

#[test]
fn a_folder_needs_texts_only_in_a_language_that_the_program_lacks() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    for (language, expected) in [("nl", None), ("eo", Some("cannot be read"))] {
        let edition = folder.path().join(format!("policy/{language}/1.1.md"));
        fs::create_dir_all(edition.parent().unwrap_or(folder.path()))?;
        fs::write(edition, text("1.1", "2026-01-01"))?;
        fs::write(folder.path().join("site.toml"), format!("name = \"Acme\"\nlanguage = \"{language}\"\n"))?;
        fs::write(folder.path().join("cookies.toml"), inventory_of(&["1.1"]))?;
        let found = Content::load(folder.path()).err().unwrap_or_default();
        let of_texts = found.iter().find(|mistake| mistake.file.ends_with(format!("strings/{language}.toml")));
        match expected {
            Some(expected) => assert!(of_texts.is_some_and(|one| one.what.contains(expected)), "{found:?}"),
            None => assert_eq!(found, []),
        }
        fs::remove_dir_all(folder.path().join("policy").join(language))?;
    }
    Ok(())
}

#[test]
fn a_link_to_this_site_leads_to_a_page_that_there_is() -> io::Result<()> {
    let linking = |to: &str| {
        let first = text("1.0", "2026-01-01") + "\n## A {#a}\n";
        let second = text("1.1", "2026-02-01") + &format!("\nText\nand [more]({to}).\n\n## B {{#b}}\n");
        mistakes(&[("1.0.md", first.as_bytes()), ("1.1.md", second.as_bytes())])
    };
    for good in [
        "/",
        "/policy",
        "/policy#anything",
        "/policy/1.0",
        "/policy/1.0#a",
        "/policy/1.1#b",
        "/preferences?a=b",
        "/preferences#choices",
        "/statistics",
        "/cookies.json",
        "/de",
        "/ar/preferences",
        "https://example.org/polcy",
    ] {
        assert_eq!(linking(good)?, Vec::<String>::new(), "{good}");
    }
    for (bad, told) in [
        ("/polcy", "the link leads to /polcy, but this site has no such page"),
        ("/policy/", "the link leads to /policy/, but this site has no such page"),
        ("/Policy", "the link leads to /Policy, but this site has no such page"),
        ("/de/policy.json", "the link leads to /policy.json, but this site has no such page"),
        ("/de/", "the link leads to /de/, but this site has no such page"),
        ("/policy/compare/1.0/1.2", "the link leads to /policy/compare/1.0/1.2, but there is no edition 1.2"),
        ("/de/polcy", "the link leads to /polcy, but this site has no such page"),
        ("/sv/policy", "the link leads to /sv/policy, but this site has no such page"),
        ("/preferences/../x", "the link leads to /preferences/../x, but this site has no such page"),
        ("/policy/1.2", "the link leads to /policy/1.2, but there is no edition 1.2"),
        ("/policy/1.0#b", "the link leads to /policy/1.0#b, but no section of edition 1.0 has that id"),
    ] {
        assert_eq!(linking(bad)?, [format!("policy/en/1.1.md:9: {told}")], "{bad}");
    }
    Ok(())
}

#[test]
fn an_image_that_is_no_static_file_is_found() -> io::Result<()> {
    let (folder, files) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let policy = folder.path().join("policy/en");
    fs::create_dir_all(&policy)?;
    fs::write(folder.path().join("cookies.toml"), inventory_of(&["1.1"]))?;
    write_strings(folder.path())?;
    fs::write(policy.join("1.1.md"), text("1.1", "2026-01-01") + "\n![a](/there.png)\n\n![b](/img/gone.png)\n")?;
    fs::write(files.path().join("there.png"), "")?;
    let found = Content::load(folder.path()).map(|content| shown(&content.missing_images(files.path())));
    let file = policy.join("1.1.md");
    let expected = format!("{}:10: there is no image /img/gone.png: put the file into public/", file.display());
    assert_eq!(found, Ok(vec![expected]));
    Ok(())
}
