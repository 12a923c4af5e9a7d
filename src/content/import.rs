//! `harmony import`: turns an existing policy into an edition, and its table of cookies into
//! proposed declarations.
//!
//! The text stays as it was written. `lines` first mends what other dialects mean line by line;
//! then `patches` finds what an edition may not hold, one change after the other, until nothing is
//! left. Every change has the line of the file that it came from.

mod declarations;
mod html;
mod lines;
mod patches;

use std::{fmt, ops::Range, path::Path};

use time::Date;

use self::patches::Importer;
use super::{diagnostic::Diagnostic, edition, source};
use crate::domain::{i18n::languages::Languages, policy::version::Version};

/// The most rounds of changes. Each round mends what stands within the changes of the last.
const MAX_ROUNDS: usize = 12;

/// What the imported policy becomes.
#[derive(Clone, Copy, Debug)]
pub struct Target<'t> {
    pub version: Version,
    /// The effective date.
    pub effective: Date,
    /// The languages that paths of this site may begin with.
    pub languages: &'t Languages,
    /// The URL that relative links of the policy start from, such as `https://example.org`.
    pub base: Option<&'t str>,
}

/// A policy turned into an edition.
#[derive(Debug)]
pub struct Imported {
    /// The text of the edition's file.
    pub text: String,
    /// The changes, by line.
    pub changes: Vec<Change>,
    /// What still keeps the edition from passing, with lines of `text`.
    pub left: Vec<Diagnostic>,
    /// Proposed `[[cookie]]` tables, and how many.
    pub declarations: (String, usize),
}

/// A change to the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The line in the imported file, from 1.
    pub line: usize,
    /// A sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

/// Reads a file and turns it into an edition that is written to `to`.
///
/// # Errors
/// A diagnostic if the file cannot be read, is longer than 256 KiB, or is not UTF-8.
pub fn import(file: &Path, to: &Path, target: &Target) -> Result<Imported, Diagnostic> {
    Ok(import_text(&source::load(file)?, to, target))
}

/// Turns a text into an edition.
pub(super) fn import_text(text: &str, to: &Path, target: &Target) -> Imported {
    let (mut draft, mut changes, title) = lines::mend(text);
    let mut importer = Importer::new(title, target);
    for _ in 0..MAX_ROUNDS {
        let patches = importer.patches(&draft.text);
        if patches.is_empty() {
            break;
        }
        draft = draft.patched(patches, &mut changes);
    }
    changes.sort();
    changes.dedup();
    let body = draft.text.trim();
    let Target { version, effective, .. } = target;
    let summary = if version.minor == 0 && version.major <= 1 { "First edition." } else { "The text is new." };
    let text = format!(
        "+++\nversion = \"{version}\"\neffective = \"{effective}\"\nsummary = [\"{summary}\"]\n+++\n\n{body}\n"
    );
    let mut read = edition::parse(to, &text);
    let left = std::mem::take(&mut read.diagnostics);
    let declarations = read.into_edition().map(|edition| declarations::propose(&edition)).unwrap_or_default();
    Imported { text, changes, left, declarations }
}

/// A text on its way to an edition.
#[derive(Debug)]
struct Draft {
    text: String,
    /// The line of the imported file that each line comes from.
    origins: Vec<usize>,
}

/// A replacement of a part of the draft.
#[derive(Debug)]
struct Patch {
    range: Range<usize>,
    with: String,
    what: String,
}

impl Draft {
    /// Applies the patches, and records them. Of two that overlap, the outer one, or else the first
    /// one, is applied; the other is found again in the next round.
    fn patched(self, mut patches: Vec<Patch>, changes: &mut Vec<Change>) -> Self {
        patches.sort_by_key(|patch| (patch.range.start, std::cmp::Reverse(patch.range.end)));
        let origin = |line: usize| self.origins.get(line).or(self.origins.last()).copied().unwrap_or(1);
        let mut new = Self { text: String::with_capacity(self.text.len()), origins: vec![origin(0)] };
        let (mut at, mut line) = (0, 0);
        for Patch { range, with, what } in patches {
            let Some(before) = self.text.get(at..range.start) else { continue };
            for _ in before.matches('\n') {
                line += 1;
                new.origins.push(origin(line));
            }
            new.text.push_str(before);
            changes.push(Change { line: origin(line), what });
            new.origins.extend(with.matches('\n').map(|_| origin(line)));
            new.text.push_str(&with);
            line += self.text.get(range.clone()).unwrap_or_default().matches('\n').count();
            at = range.end;
        }
        let rest = self.text.get(at..).unwrap_or_default();
        new.origins.extend(rest.matches('\n').zip(line + 1..).map(|(_, line)| origin(line)));
        new.text.push_str(rest);
        new
    }
}
