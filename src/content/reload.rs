//! The content folder: loaded at start, and reloaded in debug builds when a file changes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::UNIX_EPOCH,
};

use sha2::{Digest, Sha256};
use time::Date;

use crate::content::{Content, Diagnostic, lock_file, lock_file::LockScope};

/// The latest loaded content.
#[derive(Debug)]
pub struct ContentStore {
    /// The folder; `None` if the content is never reloaded.
    folder: Option<PathBuf>,
    last: Mutex<Loaded>,
}

/// The content, the day of loading and the fingerprint of its files.
#[derive(Debug)]
struct Loaded {
    content: Arc<Content>,
    /// The errors of the files, if they have any. The content is the last without.
    errors: Arc<[Diagnostic]>,
    of: (Date, [u8; 32]),
}

impl ContentStore {
    /// Loads the folder.
    ///
    /// # Errors
    /// All diagnostics. A release requires every edition to be locked, so that a server that starts
    /// once also starts on the effective date of a later edition. In a debug build such an edition
    /// is still being written.
    pub fn load(folder: PathBuf, today: Date) -> Result<Self, Vec<Diagnostic>> {
        let read = (today, if cfg!(debug_assertions) { fingerprint(&folder) } else { [0; 32] });
        let content = Arc::new(load(&folder, today)?);
        Ok(Self { folder: Some(folder), last: Mutex::new(Loaded { content, errors: Arc::default(), of: read }) })
    }

    /// Content that is never reloaded.
    #[cfg(test)]
    pub(crate) fn fixed(content: Arc<Content>) -> Self {
        Self { folder: None, last: Mutex::new(Loaded { content, errors: Arc::default(), of: (Date::MIN, [0; 32]) }) }
    }

    /// The current content, so that a publisher sees saved changes at once; the last valid content
    /// while there are errors.
    pub fn current(&self, today: Date) -> Arc<Content> {
        Arc::clone(&self.latest(today).content)
    }

    /// The errors of the saved files. A release build has none: it would not have started.
    pub fn errors(&self, today: Date) -> Arc<[Diagnostic]> {
        Arc::clone(&self.latest(today).errors)
    }

    fn latest(&self, today: Date) -> MutexGuard<'_, Loaded> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = self.folder.as_ref().filter(|_| cfg!(debug_assertions)) {
            let found = (today, fingerprint(folder));
            if found != last.of {
                last.of = found;
                match load(folder, today) {
                    Ok(content) => (last.content, last.errors) = (Arc::new(content), Arc::default()),
                    Err(errors) => {
                        for error in &errors {
                            tracing::error!(%error, "the content has an error: pages show it until it is corrected");
                        }
                        last.errors = errors.into();
                    }
                }
            }
        }
        last
    }
}

fn load(folder: &Path, today: Date) -> Result<Content, Vec<Diagnostic>> {
    let content = Content::load(folder)?;
    let scope = if cfg!(debug_assertions) { LockScope::Published } else { LockScope::Every };
    let mistakes = lock_file::check(folder, &content, today, scope);
    if mistakes.is_empty() { Ok(content) } else { Err(mistakes) }
}

/// The hash of the names, sizes and modification times of all files in a folder, recursively. A
/// page asks for it dozens of times, so no file is read.
fn fingerprint(folder: &Path) -> [u8; 32] {
    let mut hash = Sha256::new();
    add(folder, &mut hash);
    hash.finalize().into()
}

fn add(folder: &Path, hash: &mut Sha256) {
    let mut paths: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        hash.update(path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            add(&path, hash);
            continue;
        }
        // Loading reports unreadable files.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        hash.update(metadata.len().to_le_bytes());
        hash.update(modified.unwrap_or_default().as_nanos().to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use time::macros::date;

    use super::*;
    use crate::content::tests::write_strings;

    /// A copy of the shipped content, with a text in one file replaced.
    fn with(file: &str, from: &str, to: &str) -> io::Result<tempfile::TempDir> {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
        let folder = tempfile::tempdir()?;
        fs::create_dir_all(folder.path().join("policy/en"))?;
        write_strings(folder.path())?;
        for name in ["cookies.toml", "policy.lock"] {
            fs::copy(shipped.join(name), folder.path().join(name))?;
        }
        for edition in fs::read_dir(shipped.join("policy/en"))? {
            let edition = edition?;
            fs::copy(edition.path(), folder.path().join("policy/en").join(edition.file_name()))?;
        }
        let text = fs::read_to_string(folder.path().join(file))?;
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(folder.path().join(file), text.replace(from, to))?;
        Ok(folder)
    }

    #[test]
    fn nothing_starts_with_an_edition_that_was_edited_after_its_day() -> io::Result<()> {
        let today = date!(2026 - 11 - 22);
        for (file, from, to, starts) in [
            ("policy/en/1.1.md", "We believe", "We believe", true),
            ("policy/en/1.1.md", "We believe", "We firmly believe", false),
            ("policy/en/1.1.md", "2026-11-01", "2026-12-01", false),
            ("cookies.toml", "30 days", "29 days", false),
            ("cookies.toml", "# `since`", "# As before: `since`", true),
            ("policy.lock", "6c76bddc", "00000000", false),
        ] {
            let folder = with(file, from, to)?;
            let opened = ContentStore::load(folder.path().to_owned(), today);
            assert_eq!(opened.is_ok(), starts, "{to} in {file}: {opened:?}");
        }
        Ok(())
    }
}
