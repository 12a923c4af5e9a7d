//! `harmony stamp`: writes down what each edition is, before it is published.

use harmony::{
    config::Config,
    content::{Content, lock_file},
    system::clock::Clock,
};

use super::lines;

/// Stamps every edition that is not stamped as it is.
pub(super) fn run(config: &Config) -> Result<(), String> {
    let content = Content::load(&config.content_dir).map_err(lines)?;
    let written = lock_file::stamp(&config.content_dir, &content, Clock::system().now().day()).map_err(lines)?;
    if written.is_empty() {
        say!("every edition is stamped as it is");
    }
    for version in written {
        say!("edition {version} is stamped; commit {} with it", config.content_dir.join(lock_file::FILE).display());
    }
    Ok(())
}
