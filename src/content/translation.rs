//! Loads translated editions: a folder per language beside the originals, with files of the same
//! names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{edition, edition::Editions, front_matter, markdown, source};
use crate::{
    content::{
        diagnostic::{Diagnostic, Diagnostics},
        document_builder::DocumentBuilder,
    },
    domain::{
        i18n::{languages::Languages, locale::Locale},
        policy::{
            document::{Block, Edition, Section, Shortcode, Translation},
            version::Version,
        },
    },
    system::digest::sha256_hex,
};

/// Loads every translation of originals in a language.
///
/// # Errors
/// The diagnostics of all files.
pub(super) fn load(
    policy: &Path,
    originals: &Editions,
    languages: &Languages,
) -> Result<Vec<Translation>, Vec<Diagnostic>> {
    let (mut read, mut diagnostics) = (Vec::new(), Vec::new());
    for (locale, folder) in folders(policy, languages, &mut diagnostics) {
        let files = edition::files(&folder).unwrap_or_else(|error| {
            let what = format!("the folder cannot be read: {error}");
            diagnostics.push(Diagnostic { file: folder.clone(), line: 1, what });
            Vec::new()
        });
        for file in files {
            match source::load(&file).map_err(|diagnostic| vec![diagnostic]).and_then(|text| {
                let mut report = Diagnostics::new(&file, &text);
                let translation = parse(&file, &text, locale, originals, &mut report);
                if report.is_empty() { Ok(translation) } else { Err(report.into_vec()) }
            }) {
                Ok(translation) => read.extend(translation),
                Err(found) => diagnostics.extend(found),
            }
        }
    }
    if diagnostics.is_empty() { Ok(read) } else { Err(diagnostics) }
}

/// The folder with the editions in a language.
pub(super) fn folder(content: &Path, locale: Locale) -> PathBuf {
    content.join("policy").join(locale.tag())
}

/// The first edition that is translated into a language, by the name of its file.
pub(super) fn first(content: &Path, locale: Locale) -> Option<Version> {
    let files = edition::files(&folder(content, locale)).unwrap_or_default();
    files.iter().filter_map(|file| edition::version_of(file)).min()
}

/// The folders of other languages. An unknown language is an error.
fn folders(policy: &Path, languages: &Languages, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Locale, PathBuf)> {
    let mut found = Vec::new();
    // Without any folder, the missing originals are reported already.
    for entry in fs::read_dir(policy).into_iter().flatten().flatten() {
        let folder = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == languages.original().tag() || !folder.is_dir() {
            continue;
        }
        if let Some(locale) = languages.find(&name) {
            found.push((locale, folder));
        } else {
            let what = format!(
                "the site does not speak {name:?}, since there is no strings/{name}.toml; it speaks {}",
                languages.tags()
            );
            diagnostics.push(Diagnostic { file: folder, line: 1, what });
        }
    }
    found.sort();
    found
}

/// Parses a translation; `None` with diagnostics in the report if its front matter is invalid or it
/// has no original.
fn parse(
    file: &Path,
    text: &str,
    locale: Locale,
    originals: &Editions,
    report: &mut Diagnostics,
) -> Option<Translation> {
    let (front_matter, body) = front_matter::parse_translated(text, report);
    let outline = match text.get(body..) {
        Some(markdown) if front_matter.is_some() || body < text.len() => markdown::parse(markdown, body, report),
        _ => DocumentBuilder::default(),
    };
    let front_matter = front_matter?;
    let version = front_matter.version;
    match edition::version_of(file) {
        None => report.add(1, "the file must be named for its version, such as 1.1.md"),
        Some(name) if name != version.value => {
            report.add(version.line, format!("the version is {}, but the file is named {name}.md", version.value));
        }
        Some(_) => {}
    }
    let Some(original) = originals.parsed.iter().find(|original| original.version == version.value) else {
        // Errors of the original are reported there.
        if !originals.versions.contains(&version.value) {
            report.add(version.line, format!("there is no edition {} to translate", version.value));
        }
        return None;
    };
    let DocumentBuilder { title, introduction, sections, .. } = outline;
    let edition = Edition {
        version: original.version,
        effective: original.effective,
        published: original.published,
        notify_days: original.notify_days,
        sha256: sha256_hex(text),
        summary: front_matter.summary,
        title,
        introduction,
        sections,
    };
    // An outdated translation may lack what came since: pages show it with a note.
    if front_matter.translates == original.sha256 {
        compare(original, &edition, report);
    }
    Some(Translation { locale, translates: front_matter.translates, edition })
}

/// Reports structural differences to the original: link targets and shortcodes must match.
fn compare(original: &Edition, translation: &Edition, report: &mut Diagnostics) {
    let of = |edition: &Edition, id: &str| edition.sections.iter().find(|section| section.id == id).map(inserts);
    for section in &original.sections {
        match of(translation, &section.id) {
            None => report.add(1, format!("the section #{} of the original is missing", section.id)),
            Some(found) if found != inserts(section) => {
                report.add(1, format!("the section #{} must hold the same inserts as in the original", section.id));
            }
            Some(_) => {}
        }
    }
    for section in translation.sections.iter().filter(|section| of(original, &section.id).is_none()) {
        report.add(1, format!("the original has no section #{}", section.id));
    }
    let ids = |edition: &Edition| edition.sections.iter().map(|section| section.id.clone()).collect::<Vec<_>>();
    if report.is_empty() && ids(original) != ids(translation) {
        report.add(1, "the sections stand in another order than in the original");
    }
    if translation.summary.len() != original.summary.len() {
        let (found, expected) = (translation.summary.len(), original.summary.len());
        report.add(1, format!("the summary has {found} sentences, and that of the original {expected}"));
    }
}

/// The shortcodes of a section, in order.
fn inserts(section: &Section) -> Vec<Shortcode> {
    let insert = |block: &Block| match block {
        Block::Shortcode(insert) => Some(*insert),
        _ => None,
    };
    section.blocks.iter().filter_map(insert).collect()
}
