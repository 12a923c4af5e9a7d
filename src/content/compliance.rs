//! Loads `compliance.json`, the compliance report of this site. The file is optional.
//!
//! `make compliance` writes it.

use std::path::Path;

use super::source;
use crate::{content::diagnostic::Diagnostic, domain::compliance::ComplianceReport};

/// The file name in the content folder.
pub const FILE: &str = "compliance.json";

/// Loads the report.
///
/// # Errors
/// The first diagnostic of the file.
pub(super) fn load(file: &Path) -> Result<Option<ComplianceReport>, Vec<Diagnostic>> {
    if file.try_exists().is_ok_and(|exists| !exists) {
        return Ok(None);
    }
    let text = source::load(file).map_err(|diagnostic| vec![diagnostic])?;
    parse(file, &text).map(Some)
}

/// Parses the report.
///
/// # Errors
/// The first diagnostic of the text.
pub(super) fn parse(file: &Path, text: &str) -> Result<ComplianceReport, Vec<Diagnostic>> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // [`Diagnostic`] has the line already.
        let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        let what = format!("{what}: run make compliance, which writes this file anew");
        vec![Diagnostic { file: file.to_owned(), line: error.line().max(1), what }]
    })
}
