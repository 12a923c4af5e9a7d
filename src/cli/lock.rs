//! `harmony lock`: locks each edition by its hash, before it is published.

use anyhow::Result;
use harmony::{
    config::Config,
    content::{Content, lock_file},
    system::clock::Clock,
};

use super::listed;

/// Locks every edition that is new or was changed since it was locked.
pub(super) fn run(config: &Config) -> Result<()> {
    let folder = &config.files.content_dir;
    let content = Content::load(folder).map_err(listed)?;
    let written = lock_file::lock(folder, &content, Clock::system().now().day()).map_err(listed)?;
    if written.is_empty() {
        say!("every edition is locked as it is");
    }
    for version in written {
        say!("edition {version} is locked; commit {} with it", folder.join(lock_file::FILE).display());
    }
    Ok(())
}
