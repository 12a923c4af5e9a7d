//! `stamps.toml`, the lock file: hashes of published editions, committed beside the texts. It
//! reveals a change of a published edition, and its history in git shows who made one on purpose.

use std::{fmt::Write, fs, io, path::Path};

use serde::Serialize;
use time::Date;
use toml::de::DeValue;

use super::{Content, ORIGINAL, fields, fields::Fields, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics, Located},
    domain::{
        consent::snapshot::PromptCookie,
        cookies::{inventory::Inventory, purpose::Purpose},
        policy::{
            document::Edition,
            lock::{LockEntry, LockViolation},
            version::Version,
        },
    },
    system::digest::{sha256_hex, unhex},
};

/// The file name in the content folder.
pub const FILE: &str = "stamps.toml";

/// The comment at the top of the file.
const HEAD: &str = "\
# What each edition was when it was published: its day, and the SHA-256 of its text and of what is declared with it.
# `harmony stamp` writes this file, and `harmony check` finds whatever was changed since. Commit it with the edition.
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
    let stamps = match load(&file) {
        Ok(stamps) => stamps,
        Err(diagnostics) => return diagnostics,
    };
    let mut found = Vec::new();
    for Located { value: stamp, line } in &stamps {
        if content.edition(stamp.version).is_none() {
            let what = format!("edition {0} was stamped, but there is no {0}.md: put it back", stamp.version);
            found.push(Diagnostic { file: file.clone(), line: *line, what });
        }
    }
    for edition in &content.editions {
        let now = lock_entry(content, edition);
        let stamped = stamped(&stamps, edition.version);
        if scope == LockScope::Published && !now.is_due(stamped, today) {
            continue;
        }
        found.extend(now.faults(stamped, today).into_iter().map(|fault| diagnostic(folder, edition, stamped, fault)));
    }
    found.sort();
    found
}

/// Locks every new or changed edition, and returns their versions. A published edition is locked
/// only if it has no entry.
///
/// # Errors
/// The differences that a new lock entry cannot mend; then the file stays unchanged.
pub fn stamp(folder: &Path, content: &Content, today: Date) -> Result<Vec<Version>, Vec<Diagnostic>> {
    let lasting = |fault| matches!(fault, LockViolation::TextEdited | LockViolation::DeclaredEdited);
    let file = folder.join(FILE);
    let stamps = load(&file)?;
    let (mut kept, mut written, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    for edition in &content.editions {
        let now = lock_entry(content, edition);
        let stamped = stamped(&stamps, edition.version);
        let faults = now.faults(stamped, today);
        if !faults.is_empty() {
            written.push(edition.version);
        }
        let faults = faults.into_iter().filter(|fault| lasting(*fault));
        diagnostics.extend(faults.map(|fault| diagnostic(folder, edition, stamped, fault)));
        kept.push(now);
    }
    // A missing edition cannot be mended here, so its entry stays.
    kept.extend(stamps.into_iter().map(|stamp| stamp.value).filter(|stamp| content.edition(stamp.version).is_none()));
    kept.sort_by_key(|stamp| stamp.version);
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

fn stamped(stamps: &[Located<LockEntry>], version: Version) -> Option<&LockEntry> {
    stamps.iter().map(|stamp| &stamp.value).find(|stamp| stamp.version == version)
}

/// Describes a difference and its remedy.
fn diagnostic(folder: &Path, edition: &Edition, stamped: Option<&LockEntry>, fault: LockViolation) -> Diagnostic {
    let Edition { version, effective, .. } = edition;
    let text = folder.join("policy").join(ORIGINAL.tag()).join(format!("{version}.md"));
    let since = stamped.map_or(*effective, |stamp| stamp.effective);
    let (file, what) = match fault {
        LockViolation::Unstamped => {
            (text, format!("edition {version} is not stamped: run harmony stamp when it is finished"))
        }
        LockViolation::Stale => {
            (text, format!("edition {version} was changed after it was stamped: run harmony stamp again"))
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
        purposes: Vec<(&'static str, &'i str, &'i str)>,
        cookies: Vec<(&'static str, PromptCookie)>,
    }
    let purposes =
        Purpose::ALL.into_iter().map(|purpose| inventory.purpose_text(purpose)).filter(|text| text.since <= version);
    let mut cookies: Vec<_> = inventory.declarations().iter().filter(|cookie| cookie.since <= version).collect();
    cookies.sort_by(|one, other| one.name.cmp(&other.name));
    let declared = LockedDeclarations {
        purposes: purposes.map(|text| (text.purpose.into_str(), &*text.question, &*text.description)).collect(),
        cookies: cookies.into_iter().map(|cookie| (cookie.purpose.into_str(), PromptCookie::from(cookie))).collect(),
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
    let stamps = parse(&text, &mut report);
    if report.is_empty() { Ok(stamps) } else { Err(report.into_vec()) }
}

/// Parses the entries, with diagnostics in the report.
fn parse(text: &str, report: &mut Diagnostics) -> Vec<Located<LockEntry>> {
    let mut stamps: Vec<Located<LockEntry>> = Vec::new();
    let Some(root) = fields::parse(text, 0, report) else { return stamps };
    for (key, value) in root.get_ref() {
        let line = report.line_of(key.span().start);
        let ("edition", DeValue::Array(entries)) = (key.get_ref().as_ref(), value.get_ref()) else {
            report.add(line, "there are only [[edition]] tables here");
            continue;
        };
        for entry in entries {
            let line = report.line_of(entry.span().start);
            let DeValue::Table(table) = entry.get_ref() else {
                report.add(line, "a stamp is an [[edition]] table");
                continue;
            };
            let Some(stamp) = parse_entry(&Fields::new(table, 0, line), report) else { continue };
            if stamps.iter().any(|other| other.value.version == stamp.version) {
                report.add(line, format!("edition {} is stamped twice", stamp.version));
            }
            stamps.push(Located { value: stamp, line });
        }
    }
    stamps
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
fn write(file: &Path, stamps: &[LockEntry]) -> io::Result<()> {
    let mut text = HEAD.to_owned();
    for LockEntry { version, effective, text: hash, declared } in stamps {
        let _ = writeln!(text, "\n[[edition]]\nversion = \"{version}\"\neffective = {effective}");
        let _ = writeln!(text, "text = \"{hash}\"\ndeclared = \"{declared}\"");
    }
    let new = file.with_extension("toml.new");
    fs::write(&new, text)?;
    fs::rename(new, file)
}
