//! `policy.lock`: hashes of published editions, committed beside the texts. The file reveals a
//! change of a published edition, and its history in git shows who made one on purpose.

use std::{fmt::Write, fs, io, path::Path};

use serde::Serialize;
use time::Date;
use toml::de::DeValue;

use super::{Content, fields, fields::Fields, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics, Located},
    domain::{
        consent::snapshot::{PromptCookie, PromptEntry},
        cookies::{
            collected::Collected,
            consent_mode::StorageType,
            inventory::{Inventory, PurposeText},
            purpose::{Optional, Purpose},
        },
        policy::{
            document::Edition,
            lock::{LockEntry, LockViolation},
            version::Version,
        },
    },
    system::digest::{sha256_hex, unhex},
};

/// The file name in the content folder.
pub const FILE: &str = "policy.lock";

/// The comment at the top of the file.
const HEAD: &str = "\
# What each edition was when it was published: its day, and the SHA-256 of its text and of what is declared with it.
# `harmony lock` writes this file, and `harmony check` finds what was changed since. Commit it with the edition.
";

/// Which editions must match the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockScope {
    /// Published editions; the others are still being written.
    Published,
    /// Every edition: a release must still start on the effective date of its newest edition.
    Every,
}

/// Compares the editions with the lock file.
pub fn check(folder: &Path, content: &Content, today: Date, scope: LockScope) -> Vec<Diagnostic> {
    let file = folder.join(FILE);
    let entries = match load(&file) {
        Ok(entries) => entries,
        Err(diagnostics) => return diagnostics,
    };
    let mut found = Vec::new();
    for Located { value: entry, line } in &entries {
        if content.edition(entry.version).is_none() {
            let what = format!("edition {0} was locked, but there is no {0}.md: put it back", entry.version);
            found.push(Diagnostic { file: file.clone(), line: *line, what });
        }
    }
    for edition in &content.editions {
        let now = lock_entry(content, edition);
        let locked = locked(&entries, edition.version);
        if scope == LockScope::Published && !now.is_due(locked, today) {
            continue;
        }
        found.extend(
            now.faults(locked, today).into_iter().map(|fault| diagnostic((folder, content), edition, locked, fault)),
        );
    }
    found.sort();
    found
}

/// Locks every new or changed edition, and returns their versions. A published edition is locked
/// only if it has no entry.
///
/// # Errors
/// The differences that locking again does not correct; then the file stays unchanged.
pub fn lock(folder: &Path, content: &Content, today: Date) -> Result<Vec<Version>, Vec<Diagnostic>> {
    let lasting = |fault| matches!(fault, LockViolation::TextEdited | LockViolation::DeclaredEdited);
    let file = folder.join(FILE);
    let entries = load(&file)?;
    let (mut kept, mut written, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    for edition in &content.editions {
        let now = lock_entry(content, edition);
        let locked = locked(&entries, edition.version);
        let faults = now.faults(locked, today);
        if !faults.is_empty() {
            written.push(edition.version);
        }
        let faults = faults.into_iter().filter(|fault| lasting(*fault));
        diagnostics.extend(faults.map(|fault| diagnostic((folder, content), edition, locked, fault)));
        kept.push(now);
    }
    // Locking again does not correct a missing edition, so its entry stays.
    kept.extend(entries.into_iter().map(|entry| entry.value).filter(|entry| content.edition(entry.version).is_none()));
    kept.sort_by_key(|entry| entry.version);
    if !diagnostics.is_empty() {
        diagnostics.sort();
        return Err(diagnostics);
    }
    if !written.is_empty() {
        write(&file, &kept).map_err(|error| {
            vec![Diagnostic { file: file.clone(), line: 1, what: format!("the file cannot be written: {error}") }]
        })?;
    }
    Ok(written)
}

fn locked(entries: &[Located<LockEntry>], version: Version) -> Option<&LockEntry> {
    entries.iter().map(|entry| &entry.value).find(|entry| entry.version == version)
}

/// Describes a difference and its remedy.
fn diagnostic(
    (folder, content): (&Path, &Content),
    edition: &Edition,
    locked: Option<&LockEntry>,
    fault: LockViolation,
) -> Diagnostic {
    let Edition { version, effective, .. } = edition;
    let text = folder.join("policy").join(content.publisher.language.tag()).join(format!("{version}.md"));
    let since = locked.map_or(*effective, |entry| entry.effective);
    let (file, what) = match fault {
        LockViolation::Unlocked => {
            (text, format!("edition {version} is not locked: run harmony lock when it is finished"))
        }
        LockViolation::Stale => {
            (text, format!("edition {version} was changed after it was locked: run harmony lock again"))
        }
        LockViolation::TextEdited => (
            text,
            format!(
                "edition {version} was published for {since} and edited since: put its text back, and write what changes \
                 as a new edition"
            ),
        ),
        LockViolation::DeclaredEdited => (
            folder.join("cookies.toml"),
            format!(
                "what edition {version}, published for {since}, declares was edited since: put it back, and write what \
                 changes as one more entry with the new edition as since"
            ),
        ),
    };
    Diagnostic { file, line: 1, what }
}

fn lock_entry(content: &Content, edition: &Edition) -> LockEntry {
    let Edition { version, effective, sha256, .. } = edition;
    let declared = declared(content.inventory(*version), *version);
    LockEntry { version: *version, effective: *effective, text: sha256.clone(), declared }
}

/// The hash of an edition's declarations.
///
/// It excludes what applies to an older edition only because the server needs it: a new first-party
/// cookie changes no published edition.
fn declared(inventory: &Inventory, version: Version) -> String {
    #[derive(Serialize)]
    struct LockedDeclarations<'i> {
        purposes: Vec<(&'i str, &'i str, &'i str)>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        collects: Vec<&'static str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        consent_mode: Vec<(&'i str, Vec<&'static str>)>,
        cookies: Vec<(&'i str, PromptCookie)>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        services: Vec<(&'i str, PromptEntry)>,
    }
    let purposes: Vec<_> = inventory.purposes().iter().filter(|text| text.since <= version).collect();
    let mut cookies: Vec<_> = inventory.declarations().iter().filter(|cookie| cookie.since <= version).collect();
    cookies.sort_by(|one, other| one.name.cmp(&other.name));
    let collects =
        inventory.purpose(Purpose::Optional(Optional::ANALYTICS)).into_iter().flat_map(|text| &text.collects);
    let storage_types = |text: &&PurposeText| text.consent_mode.iter().map(StorageType::into_str).collect::<Vec<_>>();
    let is_default = |text: &&&PurposeText| {
        text.purpose.optional().is_none_or(|purpose| text.consent_mode == StorageType::defaults(purpose))
    };
    let bound = purposes.iter().filter(|text| !is_default(text));
    let consent_mode = bound.map(|text| (text.purpose.as_str(), storage_types(text)));
    let services = inventory.purposes().iter().flat_map(|text| {
        let entries = PromptEntry::sorted(inventory.services().for_purpose(text.purpose));
        entries.into_iter().map(|entry| (text.purpose.as_str(), entry))
    });
    let declared = LockedDeclarations {
        collects: collects.map(Collected::into_str).collect(),
        consent_mode: consent_mode.collect(),
        purposes: purposes.iter().map(|text| (text.purpose.as_str(), &*text.question, &*text.description)).collect(),
        cookies: cookies.into_iter().map(|cookie| (cookie.purpose.as_str(), PromptCookie::from(cookie))).collect(),
        services: services.collect(),
    };
    sha256_hex(&serde_json::to_string(&declared).unwrap_or_default())
}

/// Loads the entries; none if the file does not exist.
fn load(file: &Path) -> Result<Vec<Located<LockEntry>>, Vec<Diagnostic>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = source::load(file).map_err(|diagnostic| vec![diagnostic])?;
    let mut report = Diagnostics::new(file, &text);
    let entries = parse(&text, &mut report);
    if report.is_empty() { Ok(entries) } else { Err(report.into_vec()) }
}

/// Parses the entries, with diagnostics in the report.
fn parse(text: &str, report: &mut Diagnostics) -> Vec<Located<LockEntry>> {
    let mut entries: Vec<Located<LockEntry>> = Vec::new();
    let Some(root) = fields::parse(text, 0, report) else { return entries };
    for (key, value) in root.get_ref() {
        let line = report.line_of(key.span().start);
        let ("edition", DeValue::Array(tables)) = (key.get_ref().as_ref(), value.get_ref()) else {
            report.add(line, "there are only [[edition]] tables here");
            continue;
        };
        for table in tables {
            let line = report.line_of(table.span().start);
            let DeValue::Table(table) = table.get_ref() else {
                report.add(line, "a lock entry is an [[edition]] table");
                continue;
            };
            let Some(entry) = parse_entry(&Fields::new(table, 0, line), report) else { continue };
            if entries.iter().any(|other| other.value.version == entry.version) {
                report.add(line, format!("edition {} is locked twice", entry.version));
            }
            entries.push(Located { value: entry, line });
        }
    }
    entries
}

fn parse_entry(fields: &Fields, report: &mut Diagnostics) -> Option<LockEntry> {
    let version = fields.text("version", report).and_then(|text| {
        let version = text.value.parse();
        if let Err(not_a_version) = &version {
            report.add(text.line, format!("{not_a_version}, not {:?}", text.value));
        }
        version.ok()
    });
    let effective = fields.day("effective", report);
    let mut hash = |key| {
        let text = fields.text(key, report)?;
        let is_hash = unhex::<32>(&text.value).is_some();
        if !is_hash {
            report.add(text.line, format!("{key} must be the 64 hexadecimal digits of a SHA-256"));
        }
        is_hash.then_some(text.value)
    };
    let (text, declared) = (hash("text"), hash("declared"));
    fields.reject_unknown(report);
    Some(LockEntry { version: version?, effective: effective?.value, text: text?, declared: declared? })
}

/// Writes a temporary file and renames it, so that readers never see half of it.
fn write(file: &Path, entries: &[LockEntry]) -> io::Result<()> {
    let mut text = HEAD.to_owned();
    for LockEntry { version, effective, text: hash, declared } in entries {
        let _ = writeln!(text, "\n[[edition]]\nversion = \"{version}\"\neffective = {effective}");
        let _ = writeln!(text, "text = \"{hash}\"\ndeclared = \"{declared}\"");
    }
    let new = file.with_extension("lock.new");
    fs::write(&new, text)?;
    fs::rename(new, file)
}
