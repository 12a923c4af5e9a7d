//! `harmony stamp`: writes down what each edition is, before it is published.

use anyhow::Result;
use harmony::{
    config::Config,
    content::{Content, lock_file},
    system::clock::Clock,
};

use super::listed;

/// Stamps every edition that is not stamped as it is.
pub(super) fn run(config: &Config) -> Result<()> {
    let folder = &config.files.content_dir;
    let content = Content::load(folder).map_err(listed)?;
    let written = lock_file::stamp(folder, &content, Clock::system().now().day()).map_err(listed)?;
    if written.is_empty() {
        say!("every edition is stamped as it is");
    }
    for version in written {
        say!("edition {version} is stamped; commit {} with it", folder.join(lock_file::FILE).display());
    }
    Ok(())
}
