//! The names of the built assets, which carry a hash of their content.

use std::{fs, sync::Arc};

/// The address of the style sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assets {
    /// Where the style sheet is.
    pub style: Arc<str>,
}

impl Assets {
    /// What the build noted beside the program; names without a hash where it noted nothing.
    pub(crate) fn read() -> Self {
        Self::from_note(&note().unwrap_or_default())
    }

    fn from_note(note: &str) -> Self {
        let hash = note.lines().filter_map(|line| line.split_once(':')).find(|(kind, _)| *kind == "css");
        let style = hash.map_or("/pkg/harmony.css".into(), |(_, hash)| format!("/pkg/harmony.{}.css", hash.trim()));
        Self { style: style.into() }
    }
}

/// Whether the names carry a hash. A program that was built without the site has none beside it.
pub(crate) fn are_hashed() -> bool {
    note().is_some()
}

/// What the build noted beside the program.
fn note() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    fs::read_to_string(program.with_file_name("hash.txt")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_bears_the_hash_that_the_build_noted() {
        assert_eq!(&*Assets::from_note("js: a\nwasm: b\ncss: Xy-_1\n").style, "/pkg/harmony.Xy-_1.css");
        assert_eq!(&*Assets::from_note("").style, "/pkg/harmony.css");
    }
}
