//! Published editions stay unchanged, and the publisher sees a diagnostic otherwise.

use std::{fs, io, path::Path};

use time::{Date, macros::date};

use super::{super::Content, inventory_of, shown, write_strings};
use crate::content::{lock_file, lock_file::LockScope};

const TODAY: Date = date!(2026 - 11 - 22);

/// A folder with the edition 1.0, whose day has come, and 1.1, whose day is to come, both locked.
struct Folder(tempfile::TempDir);

impl Folder {
    fn locked() -> io::Result<Self> {
        let folder = Self(tempfile::tempdir()?);
        fs::create_dir_all(folder.path().join("policy/en"))?;
        write_strings(folder.path())?;
        let cookies = inventory_of(&["1.1"]).replace("since = \"1.1\"", "since = \"1.0\"");
        fs::write(folder.path().join("cookies.toml"), cookies)?;
        folder.edition("1.0", "2026-11-22", "Text.")?;
        folder.edition("1.1", "2026-11-23", "Text.")?;
        assert_eq!(folder.lock(TODAY), Ok(vec!["1.0".to_owned(), "1.1".to_owned()]));
        Ok(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn edition(&self, version: &str, day: &str, text: &str) -> io::Result<()> {
        let head = format!("+++\nversion = \"{version}\"\neffective = {day}\nsummary = [\"a\"]\n+++\n");
        fs::write(self.path().join(format!("policy/en/{version}.md")), format!("{head}# Title\n\n{text}\n"))
    }

    fn edit(&self, file: &str, from: &str, to: &str) -> io::Result<()> {
        let text = fs::read_to_string(self.path().join(file))?;
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(self.path().join(file), text.replace(from, to))
    }

    fn told(&self, mistakes: &[super::Diagnostic]) -> Vec<String> {
        let prefix = format!("{}/", self.path().display());
        shown(mistakes).into_iter().map(|line| line.replace(&prefix, "")).collect()
    }

    fn lock(&self, today: Date) -> Result<Vec<String>, Vec<String>> {
        let content = Content::load(self.path()).map_err(|mistakes| self.told(&mistakes))?;
        let written = lock_file::lock(self.path(), &content, today).map_err(|mistakes| self.told(&mistakes))?;
        Ok(written.iter().map(ToString::to_string).collect())
    }

    fn check(&self, today: Date, reach: LockScope) -> Vec<String> {
        match Content::load(self.path()) {
            Ok(content) => self.told(&lock_file::check(self.path(), &content, today, reach)),
            Err(mistakes) => self.told(&mistakes),
        }
    }
}

#[test]
fn what_is_locked_as_it_is_stays_so_by_the_clock_alone() -> io::Result<()> {
    let folder = Folder::locked()?;
    for today in [date!(2020 - 01 - 01), TODAY, date!(2026 - 11 - 23), date!(2030 - 01 - 01)] {
        assert_eq!(folder.check(today, LockScope::Every), Vec::<String>::new());
        assert_eq!(folder.lock(today), Ok(vec![]));
    }
    Ok(())
}

#[test]
fn an_edition_is_edited_freely_until_its_day_and_then_not_at_all() -> io::Result<()> {
    let folder = Folder::locked()?;
    folder.edition("1.1", "2026-11-23", "Other text.")?;
    let stale = ["policy/en/1.1.md:1: edition 1.1 was changed after it was locked: run harmony lock again"];
    assert_eq!(folder.check(TODAY, LockScope::Every), stale);
    assert_eq!(folder.check(TODAY, LockScope::Published), Vec::<String>::new(), "it is still being written");
    let edited = [
        "policy/en/1.1.md:1: edition 1.1 was published for 2026-11-23 and edited since: put its text back, and write what \
         changes as a new edition",
    ];
    let tomorrow = date!(2026 - 11 - 23);
    assert_eq!(folder.check(tomorrow, LockScope::Published), edited);
    assert_eq!(folder.lock(tomorrow), Err(edited.map(str::to_owned).to_vec()), "too late");
    assert_eq!(folder.lock(TODAY), Ok(vec!["1.1".to_owned()]));
    assert_eq!(folder.check(tomorrow, LockScope::Every), Vec::<String>::new());
    Ok(())
}

#[test]
fn an_edition_in_force_cannot_be_put_off_to_be_edited() -> io::Result<()> {
    let folder = Folder::locked()?;
    folder.edition("1.0", "2026-11-23", "Text.")?;
    let told = [
        "policy/en/1.0.md:1: edition 1.0 was published for 2026-11-22 and edited since: put its text back, and write what \
         changes as a new edition",
    ];
    assert_eq!(folder.check(TODAY, LockScope::Published), told);
    assert_eq!(folder.lock(TODAY), Err(told.map(str::to_owned).to_vec()));
    Ok(())
}

#[test]
fn what_an_edition_in_force_declares_is_changed_by_a_new_entry_alone() -> io::Result<()> {
    let folder = Folder::locked()?;
    let before = fs::read_to_string(folder.path().join("cookies.toml"))?;
    let told = [
        "cookies.toml:1: what edition 1.0, published for 2026-11-22, declares was edited since: put it back, and write what \
         changes as one more entry with the new edition as since",
    ];
    for (from, to) in [
        ("Adds one to the count", "Adds two to the count"),
        ("May {name} count your visits?", "May Harmony count?"),
        ("Recognises you while you are signed in.\"\nsince", "Knows you.\"\nsince"),
        ("30 days", "31 days"),
        ("same_site = \"Lax\"", "same_site = \"Strict\""),
    ] {
        folder.edit("cookies.toml", from, to)?;
        assert_eq!(folder.check(TODAY, LockScope::Published), told, "{to}");
        assert_eq!(folder.lock(TODAY), Err(told.map(str::to_owned).to_vec()), "{to}");
        fs::write(folder.path().join("cookies.toml"), &before)?;
    }
    let more = "\n[[purpose]]\nname = \"security\"\ndescription = \"Keeps you safe.\"\nsince = \"1.1\"\n";
    fs::write(folder.path().join("cookies.toml"), format!("# Said otherwise.\n{before}{more}"))?;
    assert_eq!(folder.check(TODAY, LockScope::Published), Vec::<String>::new());
    assert_eq!(folder.lock(TODAY), Ok(vec!["1.1".to_owned()]));
    Ok(())
}

#[test]
fn an_edition_without_a_lock_entry_is_named_and_can_be_locked_at_any_time() -> io::Result<()> {
    let folder = Folder::locked()?;
    let locked = fs::read_to_string(folder.path().join(lock_file::FILE))?;
    fs::remove_file(folder.path().join(lock_file::FILE))?;
    let told = |version: &str| {
        format!("policy/en/{version}.md:1: edition {version} is not locked: run harmony lock when it is finished")
    };
    assert_eq!(folder.check(TODAY, LockScope::Every), [told("1.0"), told("1.1")]);
    assert_eq!(folder.check(TODAY, LockScope::Published), [told("1.0")]);
    assert_eq!(folder.lock(TODAY), Ok(vec!["1.0".to_owned(), "1.1".to_owned()]));
    assert_eq!(fs::read_to_string(folder.path().join(lock_file::FILE))?, locked);
    Ok(())
}

#[test]
fn an_edition_that_is_gone_is_missed_and_its_lock_entry_stays() -> io::Result<()> {
    let folder = Folder::locked()?;
    fs::remove_file(folder.path().join("policy/en/1.1.md"))?;
    let told = ["policy.lock:10: edition 1.1 was locked, but there is no 1.1.md: put it back"];
    assert_eq!(folder.check(TODAY, LockScope::Published), told);
    folder.edition("1.2", "2026-12-01", "Text.")?;
    assert_eq!(folder.lock(TODAY), Ok(vec!["1.2".to_owned()]));
    assert_eq!(folder.check(TODAY, LockScope::Every), told);
    Ok(())
}

#[test]
fn a_broken_lock_file_is_told_by_line_and_never_overwritten() -> io::Result<()> {
    let folder = Folder::locked()?;
    let hash = "0".repeat(64);
    let good = format!("version = \"1.0\"\neffective = 2026-11-22\ntext = \"{hash}\"\ndeclared = \"{hash}\"\n");
    for (text, told) in [
        ("[[edition]\n".to_owned(), "policy.lock:1: this is not TOML: unclosed array table, expected `]`"),
        (
            "[[edition]]\n".to_owned() + &good.replace("1.0", "1"),
            "policy.lock:2: a version is two numbers with a full stop between them, such as 1.1, not \"1\"",
        ),
        (
            "[[edition]]\n".to_owned() + &good.replace("text = \"0", "text = \"O"),
            "policy.lock:4: text must be the 64 hexadecimal digits of a SHA-256",
        ),
        (
            "[[edition]]\n".to_owned() + &good.replace("effective", "from"),
            "policy.lock:1: effective is missing\npolicy.lock:3: there is no field \"from\"; there are version, effective, text, declared",
        ),
        (format!("[[edition]]\n{good}[[edition]]\n{good}"), "policy.lock:6: edition 1.0 is locked twice"),
        ("editions = 1\n".to_owned(), "policy.lock:1: there are only [[edition]] tables here"),
        ("edition = [1]\n".to_owned(), "policy.lock:1: a lock entry is an [[edition]] table"),
    ] {
        fs::write(folder.path().join(lock_file::FILE), &text)?;
        assert_eq!(folder.check(TODAY, LockScope::Published).join("\n"), told);
        assert!(folder.lock(TODAY).is_err());
        assert_eq!(fs::read_to_string(folder.path().join(lock_file::FILE))?, text);
    }
    Ok(())
}

#[test]
fn the_shipped_editions_are_as_they_were_locked() -> Result<(), Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let content = Content::load(&folder).map_err(|mistakes| shown(&mistakes))?;
    assert_eq!(shown(&lock_file::check(&folder, &content, TODAY, LockScope::Every)), Vec::<String>::new());
    Ok(())
}
