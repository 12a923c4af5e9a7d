//! Why a setting cannot be used.

use std::{io, path::PathBuf};

use crate::{store::DatabaseError, system::country_database::CountryDatabaseError};

/// A setting that cannot be used. Each message names the setting as the operator wrote it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file of settings cannot be read, or is not TOML.
    #[error("cannot read the file of settings: {0}")]
    File(config::ConfigError),
    /// The name is not that of a setting.
    #[error("{0}: unknown setting; docs/configuration.md and harmony --help list all settings")]
    Unknown(String),
    /// The setting has another name now.
    #[error("{old} was renamed: set {new} instead")]
    Renamed {
        /// The old name, as it was written.
        old: String,
        /// The new name: a variable if the old one was, else a key of the file.
        new: &'static str,
    },
    /// The value is invalid.
    #[error("{name}: {problem}; expected {expected}")]
    Invalid {
        /// The setting.
        name: String,
        /// What is wrong with its value.
        problem: String,
        /// What it must be.
        expected: String,
    },
    /// The value is not the name of a database.
    #[error("{name}: {error}")]
    Database {
        /// The setting.
        name: String,
        /// What is wrong.
        error: DatabaseError,
    },
    /// One of two settings is missing that are only valid together.
    #[error("{set}: {missing} is missing; expected both or neither")]
    Half {
        /// The setting that is there.
        set: String,
        /// The other one.
        missing: String,
    },
    /// The file of countries cannot be used.
    #[error("{name}: cannot use {file}: {error}")]
    CountryDatabase {
        /// The setting.
        name: String,
        /// The file.
        file: PathBuf,
        /// Why not.
        error: CountryDatabaseError,
    },
    /// The value of a variable is not UTF-8.
    #[error("{0}: not UTF-8; expected text")]
    NotText(String),
    /// The file that a variable names cannot be read.
    #[error("{name}: cannot read {file}: {error}")]
    SettingFile {
        /// The variable.
        name: String,
        /// The file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A setting has both a value and a file.
    #[error("{0}: the setting itself is set too; expected one of them")]
    SetTwice(String),
    /// The folder holds no built site.
    #[error("{name}: {folder} holds no built site; run make site, or cargo leptos build --release")]
    StaticDir {
        /// The setting.
        name: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The built site is not of the same build as the program.
    #[error(
        "{name}: {folder} lacks {file}; the program, its hash.txt and the site must be of one build: run make site"
    )]
    Asset {
        /// The setting.
        name: String,
        /// The folder of the site.
        folder: PathBuf,
        /// The missing file.
        file: String,
    },
    /// A key file holds no key.
    #[error(
        "{file} holds no key; expected {digits} hexadecimal digits: put the original file back, or remove this one \
         and the next start creates a new key ({lost})"
    )]
    KeyFile {
        /// The file.
        file: PathBuf,
        /// How many digits a key has.
        digits: usize,
        /// What a new key loses.
        lost: &'static str,
    },
    /// A key file cannot be read.
    #[error("cannot read the key file {file}: {error}")]
    KeyUnread {
        /// The file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The data folder cannot be created or written.
    #[error("cannot use the data folder {folder}: {error}")]
    DataDir {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
}
