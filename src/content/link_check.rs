//! Checks the links from editions to the site's own pages.

use std::path::Path;

use crate::{
    content::diagnostic::{Diagnostic, Located},
    domain::{
        i18n::{languages::Languages, locale_path},
        policy::{document::Edition, version::Version},
        web::page::Page,
    },
};

/// Paths of this site that are not pages.
pub(crate) const DOCUMENTS: [&str; 3] = ["/policy.json", "/cookies.json", "/openapi.json"];

/// Checks the links of one edition to paths of this site.
pub(super) fn dangling(
    file: &Path,
    links: &[Located<String>],
    languages: &Languages,
    known: (&[Version], &[Edition]),
) -> Vec<Diagnostic> {
    let wrong = |link: &Located<String>| {
        let what = broken(&link.value, languages, known)?;
        Some(Diagnostic { file: file.to_owned(), line: link.line, what })
    };
    links.iter().filter_map(wrong).collect()
}

/// Why the link is broken; `None` if it is not.
pub(super) fn broken(
    to: &str,
    languages: &Languages,
    (versions, editions): (&[Version], &[Edition]),
) -> Option<String> {
    let (place, anchor) = to.split_once('#').unwrap_or((to, ""));
    let (locale, path) = locale_path::split(place.split('?').next().unwrap_or_default(), languages);
    // API paths have no locale prefix.
    if locale.is_none() && DOCUMENTS.contains(&path) {
        return None;
    }
    let Ok(page) = path.parse() else {
        return Some(format!("the link leads to {path}, but this site has no such page"));
    };
    let named = match page {
        Page::Edition(version) => vec![version],
        Page::Comparison(one, other) => vec![one, other],
        _ => return None,
    };
    if let Some(missing) = named.iter().find(|version| !versions.contains(version)) {
        return Some(format!("the link leads to {path}, but there is no edition {missing}"));
    }
    let Page::Edition(version) = page else { return None };
    // Only the permanent URL of an edition has known, stable sections.
    let edition = editions.iter().find(|edition| edition.version == version).filter(|_| !anchor.is_empty())?;
    let has_it = edition.sections.iter().any(|section| section.id == anchor);
    (!has_it).then(|| format!("the link leads to {to}, but no section of edition {version} has that id"))
}
