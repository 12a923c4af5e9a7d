//! Links from an edition to the site's own pages: each must lead somewhere.

use std::path::Path;

use crate::{
    content::diagnostic::{Diagnostic, Located},
    domain::{
        i18n::locale_path,
        policy::{document::Edition, version::Version},
        web::page::Page,
    },
};

/// What has an address of its own beside the pages.
pub(crate) const DOCUMENTS: [&str; 3] = ["/policy.json", "/cookies.json", "/openapi.json"];

/// What is wrong with one edition's links to paths of this site.
pub(super) fn dangling(
    file: &Path,
    links: &[Located<String>],
    versions: &[Version],
    editions: &[Edition],
) -> Vec<Diagnostic> {
    let wrong = |link: &Located<String>| {
        let what = wrong(&link.value, versions, editions)?;
        Some(Diagnostic { file: file.to_owned(), line: link.line, what })
    };
    links.iter().filter_map(wrong).collect()
}

/// Why a link to this path leads nowhere, if it does not.
fn wrong(to: &str, versions: &[Version], editions: &[Edition]) -> Option<String> {
    let (place, anchor) = to.split_once('#').unwrap_or((to, ""));
    let (locale, path) = locale_path::split(place.split('?').next().unwrap_or_default());
    // What programs read has one address for all languages.
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
    // Only of an edition at its own address is it known which sections it has, and will have.
    let edition = editions.iter().find(|edition| edition.version == version).filter(|_| !anchor.is_empty())?;
    let has_it = edition.sections.iter().any(|section| section.id == anchor);
    (!has_it).then(|| format!("the link leads to {to}, but no section of edition {version} has that id"))
}
