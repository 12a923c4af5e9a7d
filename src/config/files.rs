//! The folders that the server only reads: the content, and the built site.

use std::path::PathBuf;

use super::{ConfigError, asset_manifest::Assets, raw::RawConfig, settings::Setting};

/// The folders that the server only reads.
#[derive(Debug)]
pub struct FilesConfig {
    /// The folder of the policy and the inventory.
    pub content_dir: PathBuf,
    /// The folder of the built style, script and wasm.
    pub static_dir: PathBuf,
    /// The name of the setting of `static_dir`, as the operator wrote it.
    static_dir_name: String,
}

impl FilesConfig {
    pub(super) fn parse(raw: &RawConfig) -> Self {
        Self {
            content_dir: raw.content_dir.clone(),
            static_dir: raw.static_dir.clone(),
            static_dir_name: raw.name("static_dir"),
        }
    }

    /// Whether the built site is where a build puts it.
    pub fn has_default_static_dir(&self) -> bool {
        Setting::find("static_dir").is_some_and(|setting| self.static_dir.as_os_str() == setting.default)
    }

    /// Checks that the built site is there, and of the same build as the program.
    ///
    /// # Errors
    /// [`ConfigError::StaticDir`] and [`ConfigError::Asset`].
    pub(super) fn check_site(&self) -> Result<(), ConfigError> {
        let (name, folder) = (self.static_dir_name.clone(), self.static_dir.clone());
        if !folder.join("pkg").is_dir() {
            return Err(ConfigError::StaticDir { name, folder });
        }
        let missing = Assets::read().missing(&folder);
        missing.map_or(Ok(()), |file| Err(ConfigError::Asset { name, folder, file }))
    }
}
