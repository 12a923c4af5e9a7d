//! `compliance.json`, turned into the report on the last examination of this site. Where there is no such file, there is none.
//!
//! Nobody types it: `make compliance` writes it.

use std::path::Path;

use super::source;
use crate::{content::diagnostic::Diagnostic, domain::compliance::ComplianceReport};

/// The file, in the folder of the content.
pub const FILE: &str = "compliance.json";

/// Reads the report from a file.
///
/// # Errors
/// The first mistake in the file.
pub(super) fn load(file: &Path) -> Result<Option<ComplianceReport>, Vec<Diagnostic>> {
    if file.try_exists().is_ok_and(|exists| !exists) {
        return Ok(None);
    }
    let text = source::read(file).map_err(|mistake| vec![mistake])?;
    parse(file, &text).map(Some)
}

/// Reads the report from a text.
///
/// # Errors
/// The first mistake in the text.
pub(super) fn parse(file: &Path, text: &str) -> Result<ComplianceReport, Vec<Diagnostic>> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // The line stands before the sentence already.
        let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        let what = format!("{what}: run make compliance, which writes this file anew");
        vec![Diagnostic { file: file.to_owned(), line: error.line().max(1), what }]
    })
}
