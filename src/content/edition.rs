//! Loads the editions of the policy: one file each, named for its version.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{front_matter, front_matter::FrontMatter, markdown, source};
use crate::{
    content::{
        diagnostic::{Diagnostic, Diagnostics, Located},
        document_builder::DocumentBuilder,
        link_check,
    },
    domain::{
        i18n::languages::Languages,
        policy::{document::Edition, version::Version},
    },
    system::digest::sha256_hex,
};

/// The editions of a folder.
#[derive(Debug, Default)]
pub(super) struct Editions {
    /// The editions, by version; incomplete if there are diagnostics.
    pub parsed: Vec<Edition>,
    /// The version of every file name, so that one broken edition does not make references to it
    /// wrong.
    pub versions: Vec<Version>,
    pub diagnostics: Vec<Diagnostic>,
    /// The paths of images.
    pub images: Vec<(PathBuf, Located<String>)>,
}

/// A file, parsed as far as possible.
#[derive(Debug)]
pub(super) struct EditionDraft {
    file: PathBuf,
    sha256: String,
    front_matter: Option<FrontMatter>,
    outline: DocumentBuilder,
    /// What is wrong in it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads every edition in a folder.
pub(super) fn load(folder: &Path, languages: &Languages) -> Editions {
    let mut found = Editions::default();
    let files = match files(folder) {
        Ok(files) => files,
        Err(error) => {
            let what = format!("the folder cannot be read: {error}");
            found.diagnostics.push(Diagnostic { file: folder.to_owned(), line: 1, what });
            return found;
        }
    };
    if files.is_empty() {
        let what = "there is no edition of the policy: write one, such as 1.0.md".to_owned();
        found.diagnostics.push(Diagnostic { file: folder.to_owned(), line: 1, what });
    }
    let mut drafts = Vec::new();
    for file in files {
        found.versions.extend(version_of(&file));
        match source::load(&file) {
            Ok(text) => drafts.push(parse(&file, &text)),
            Err(diagnostic) => found.diagnostics.push(diagnostic),
        }
    }
    found.diagnostics.extend(drafts.iter_mut().flat_map(|draft| std::mem::take(&mut draft.diagnostics)));
    found.diagnostics.extend(disorder(&drafts));
    found.versions.sort_unstable();
    let links: Vec<_> = drafts.iter_mut().map(|draft| (draft.file.clone(), draft.take_links())).collect();
    for draft in &mut drafts {
        let images = std::mem::take(&mut draft.outline.images);
        found.images.extend(images.into_iter().map(|image| (draft.file.clone(), image)));
    }
    found.parsed = drafts.into_iter().filter_map(EditionDraft::into_edition).collect();
    found.parsed.sort_by_key(|edition| edition.version);
    let dangling = links
        .iter()
        .flat_map(|(file, links)| link_check::dangling(file, links, languages, (&found.versions, &found.parsed)));
    found.diagnostics.extend(dangling);
    found
}

/// Parses an edition.
pub(super) fn parse(file: &Path, text: &str) -> EditionDraft {
    let mut report = Diagnostics::new(file, text);
    let (front_matter, body) = front_matter::parse(text, &mut report);
    match (version_of(file), &front_matter) {
        (None, _) => report.add(1, "the file must be named for its version, such as 1.1.md"),
        (Some(name), Some(front_matter)) if name != front_matter.version.value => {
            let version = front_matter.version;
            report.add(version.line, format!("the version is {}, but the file is named {name}.md", version.value));
        }
        _ => {}
    }
    // Without the end of the front matter there is no text.
    let outline = match text.get(body..) {
        Some(markdown) if front_matter.is_some() || body < text.len() => markdown::parse(markdown, body, &mut report),
        _ => DocumentBuilder::default(),
    };
    let diagnostics = report.into_vec();
    EditionDraft { file: file.to_owned(), sha256: sha256_hex(text), front_matter, outline, diagnostics }
}

impl EditionDraft {
    /// Takes the links to paths of this site.
    fn take_links(&mut self) -> Vec<Located<String>> {
        std::mem::take(&mut self.outline.links)
    }

    /// The edition; `None` if its front matter is invalid.
    pub fn into_edition(self) -> Option<Edition> {
        let DocumentBuilder { title, introduction, sections, .. } = self.outline;
        let FrontMatter { version, effective, published, notify_days, summary } = self.front_matter?;
        let (version, effective) = (version.value, effective.value);
        let notify_days = notify_days.map(|days| days.value);
        let sha256 = self.sha256;
        Some(Edition { version, effective, published, notify_days, sha256, summary, title, introduction, sections })
    }
}

/// The Markdown files of a folder. Hidden and other files belong to an editor or the system.
pub(super) fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let hidden = file.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && file.extension().is_some_and(|extension| extension == "md") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

pub(super) fn version_of(file: &Path) -> Option<Version> {
    file.file_stem()?.to_str()?.parse().ok()
}

/// Checks the order of the editions: unique versions, effective dates that do not decrease, and a
/// first one that announces no change.
fn disorder(drafts: &[EditionDraft]) -> Vec<Diagnostic> {
    let mut row: Vec<(&Path, &FrontMatter)> =
        drafts.iter().filter_map(|draft| Some((draft.file.as_path(), draft.front_matter.as_ref()?))).collect();
    row.sort_by_key(|(file, front_matter)| (front_matter.version.value, *file));
    let mut diagnostics = Vec::new();
    if let Some((file, first)) = row.first()
        && let Some(days) = &first.notify_days
    {
        let what = "the first edition changes nothing, so nobody is told of it: leave notify out".to_owned();
        diagnostics.push(Diagnostic { file: file.to_path_buf(), line: days.line, what });
    }
    for ((_, before), (file, after)) in row.iter().zip(row.iter().skip(1)) {
        let mut wrong = |line, what| diagnostics.push(Diagnostic { file: file.to_path_buf(), line, what });
        let version = before.version.value;
        if after.version.value == version {
            wrong(after.version.line, format!("there is an edition {version} already"));
        } else if after.effective.value < before.effective.value {
            let (day, earlier) = (after.effective.value, before.effective.value);
            wrong(after.effective.line, format!("{day} is before {earlier}, the day of edition {version}"));
        }
    }
    diagnostics
}
