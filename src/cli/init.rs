//! `harmony init`: writes a content folder to begin with.

use std::path::Path;

use anyhow::{Context, Result};
use harmony::{
    content::{Content, lock_file, starter},
    system::clock::Clock,
};
use time::Duration;

use super::listed;

/// How long the first edition is announced before it takes effect.
const NOTICE: Duration = Duration::days(14);

/// Writes the folder, locks its edition, and says what to do next.
pub(super) fn run(folder: &Path, name: &str) -> Result<()> {
    let today = Clock::system().now().day();
    let effective = today.saturating_add(NOTICE);
    starter::write(folder, name, effective).with_context(|| folder.display().to_string())?;
    let content = Content::load(folder).map_err(listed)?;
    lock_file::lock(folder, &content, today).map_err(listed)?;
    let folder = folder.display();
    say!("{folder}: a policy of {name}, in force from {effective}");
    say!(
        "1. Edit {folder}/policy/en/1.0.md and {folder}/site.toml, then run: HARMONY_CONTENT_DIR={folder} harmony lock"
    );
    say!("2. See it: HARMONY_CONTENT_DIR={folder} harmony serve");
    say!("3. Before you publish it, run: HARMONY_CONTENT_DIR={folder} harmony check");
    Ok(())
}
