//! The names of the built assets, which carry a hash of their content.
//!
//! The build writes the hashes into a file beside the program. While `cargo leptos watch` runs,
//! only its first build writes hashed names and every later one plain names. Pages then name plain
//! ones, and a file that is missing under its plain name is found under its hashed one.

use std::{env, fs, path::Path};

/// The manifest of the build (`hash.txt`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assets {
    note: String,
    is_watched: bool,
}

impl Assets {
    /// Reads the manifest beside the program; without one, names are plain.
    pub(crate) fn read() -> Self {
        let program = env::current_exe().ok();
        let note = program.and_then(|program| fs::read_to_string(program.with_file_name("hash.txt")).ok());
        Self::noted(note.unwrap_or_default(), env::var_os("LEPTOS_WATCH").is_some())
    }

    /// Parses a manifest.
    pub(crate) fn noted(note: String, is_watched: bool) -> Self {
        Self { note, is_watched }
    }

    /// Whether the build tool watches the sources and reloads the browser.
    pub(crate) fn are_watched(&self) -> bool {
        self.is_watched
    }

    /// Whether pages name the assets by their hashes, so that what is under a name never changes.
    pub(crate) fn are_hashed(&self) -> bool {
        !self.is_watched && !self.note.is_empty()
    }

    /// The first built file that pages name and the folder lacks. `None` while the build tool
    /// watches, because it replaces files meanwhile.
    pub(crate) fn missing(&self, site: &Path) -> Option<String> {
        let plain =
            ["/pkg/harmony.css", "/pkg/harmony.js", "/pkg/harmony.wasm"].into_iter().filter(|_| !self.is_watched);
        let named = plain.map(|plain| self.hashed(plain).unwrap_or_else(|| plain.to_owned()));
        named.map(|name| name.trim_start_matches('/').to_owned()).find(|name| !site.join(name).is_file())
    }

    /// The URL of the style sheet.
    pub(crate) fn style(&self) -> String {
        let plain = "/pkg/harmony.css";
        let hashed = self.hashed(plain).filter(|_| self.are_hashed());
        hashed.unwrap_or_else(|| plain.to_owned())
    }

    /// The hashed URL of an asset.
    pub(crate) fn hashed(&self, plain: &str) -> Option<String> {
        let (stem, kind) = plain.rsplit_once('.')?;
        let mut noted = self.note.lines().filter_map(|line| line.split_once(':'));
        let (_, hash) = noted.find(|(noted, _)| *noted == kind && stem == "/pkg/harmony")?;
        Some(format!("{stem}.{}.{kind}", hash.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "js: a\nwasm: b\ncss: Xy-_1\n";

    #[test]
    fn the_style_sheet_bears_the_hash_that_the_build_noted() {
        for (note, is_watched, style, are_hashed) in [
            (NOTE, false, "/pkg/harmony.Xy-_1.css", true),
            (NOTE, true, "/pkg/harmony.css", false),
            ("", false, "/pkg/harmony.css", false),
        ] {
            let assets = Assets::noted(note.into(), is_watched);
            assert_eq!((assets.style().as_str(), assets.are_hashed()), (style, are_hashed));
        }
    }

    #[test]
    fn a_plain_name_leads_to_the_hashed_one_and_no_other_does() {
        let assets = Assets::noted(NOTE.into(), true);
        assert_eq!(assets.hashed("/pkg/harmony.wasm").as_deref(), Some("/pkg/harmony.b.wasm"));
        for other in ["/pkg/harmony.map", "/pkg/other.css", "/harmony.css", "", "/pkg/harmony.Xy-_1.css"] {
            assert_eq!(assets.hashed(other), None, "{other}");
        }
    }
}
