//! Reads one file of the publisher.

use std::{fs::File, io::Read, path::Path};

use crate::content::diagnostic::Diagnostic;

/// The longest file. A policy is a few pages, so more is a mix-up.
pub(super) const MAX_FILE_BYTES: u64 = 256 * 1024;

/// Reads a file as text, without a byte order mark.
///
/// # Errors
/// A diagnostic if the file cannot be read, is longer than 256 KiB, or is not UTF-8.
pub(super) fn load(file: &Path) -> Result<String, Diagnostic> {
    let diagnostic = |line, what| Diagnostic { file: file.to_owned(), line, what };
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| diagnostic(1, format!("the file cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(diagnostic(1, "the file is longer than 256 KiB".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = valid.filter(|byte| **byte == b'\n').count() + 1;
        diagnostic(line, "the text is not UTF-8: save the file in that encoding".to_owned())
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
