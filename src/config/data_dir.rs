//! The data folder: where the keys are, and the SQLite database.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::ConfigError;
use crate::store::explain;

/// The folder of the keys and the SQLite database, which may not exist yet.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

impl DataDir {
    pub(super) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Creates the folder, for its owner alone, if it is missing. Commands that only read do not.
    ///
    /// # Errors
    /// [`ConfigError::DataDir`] if that fails.
    pub fn create(&self) -> Result<(), ConfigError> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.0).map_err(|error| self.error(error))
    }

    /// Checks that a file can be written in the folder. A missing folder is created for that, and
    /// removed again.
    ///
    /// # Errors
    /// [`ConfigError::DataDir`] if it cannot.
    pub(super) fn check_writable(&self) -> Result<(), ConfigError> {
        let missing: Vec<_> =
            self.0.ancestors().take_while(|part| !part.as_os_str().is_empty() && !part.exists()).collect();
        let tried = fs::create_dir_all(&self.0).and_then(|()| {
            let trial = self.0.join(format!(".harmony-{}", std::process::id()));
            fs::write(&trial, "").and_then(|()| fs::remove_file(&trial))
        });
        for made in missing {
            // This fails if another process has put a file into it since.
            let _ = fs::remove_dir(made);
        }
        tried.map_err(|error| self.error(error))
    }

    pub(super) fn error(&self, error: io::Error) -> ConfigError {
        ConfigError::DataDir { folder: self.0.clone(), error: explain(&self.0, error) }
    }
}
