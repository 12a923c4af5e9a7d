//! What an operator sets, parsed once at the start.
//!
//! [`Config::load`] reads file and environment into `raw` and validates all of it; each command
//! starts with it. `settings` describes each setting, for `--help` and for the documents that the
//! tests generate. The other structs of a [`Config`] have a file each, by topic; [`StoreConfig`]
//! and [`LedgerConfig`] are here.

pub(crate) mod asset_manifest;
mod data_dir;
mod environment;
mod error;
mod files;
mod help;
pub mod hsts;
pub mod http_limits;
pub mod identity_providers;
mod keys;
mod limits;
mod mail;
pub mod otlp;
pub mod rate_limits;
mod raw;
mod settings;
mod site;
mod telemetry;

#[cfg(test)]
mod tests;

use std::{ffi::OsString, path::Path, time::Duration};

use self::raw::RawConfig;
pub use self::{
    data_dir::DataDir,
    error::ConfigError,
    files::FilesConfig,
    help::help,
    identity_providers::IdentityConfig,
    keys::{KeyConfig, MissingKey},
    limits::LimitsConfig,
    mail::MailConfig,
    site::{CountrySource, SiteConfig},
    telemetry::{LogFormat, TelemetryConfig},
};
use crate::{ledger::timestamps::Authority, store::Database};

/// Every setting, validated.
#[derive(Debug)]
pub struct Config {
    /// How clients reach the site.
    pub site: SiteConfig,
    /// Where the data is.
    pub store: StoreConfig,
    /// The folders that the server only reads.
    pub files: FilesConfig,
    /// The secret keys.
    pub keys: KeyConfig,
    /// How the ledger is kept.
    pub ledger: LedgerConfig,
    /// What clients may cost.
    pub limits: LimitsConfig,
    /// The mail server.
    pub mail: MailConfig,
    /// The identity providers, and the binding of sessions.
    pub identity: IdentityConfig,
    /// Logs, metrics and traces.
    pub telemetry: TelemetryConfig,
}

/// Where the data is.
#[derive(Debug)]
pub struct StoreConfig {
    /// The folder of the keys, and of the SQLite database unless another one is set.
    pub data_dir: DataDir,
    /// The database that is set, or the file in the data folder.
    pub database: Database,
    /// Whether the database is the file in the data folder.
    pub is_in_data_dir: bool,
}

/// How long the ledger keeps records, and who attests its head.
#[derive(Debug)]
pub struct LedgerConfig {
    /// How long records are stored.
    pub record_retention: Duration,
    /// The time-stamping authority.
    pub timestamps: Option<Authority>,
}

impl Config {
    /// Reads and validates what the file (if one is named) and the environment set. Opens and
    /// creates nothing else.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting that cannot be used.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        Self::parse(&RawConfig::read(file, environment)?)
    }

    fn parse(raw: &RawConfig) -> Result<Self, ConfigError> {
        let data_dir = DataDir::new(&raw.data_dir);
        Ok(Self {
            site: SiteConfig::parse(raw)?,
            keys: KeyConfig::parse(raw, data_dir.clone())?,
            store: StoreConfig::parse(raw, data_dir)?,
            files: FilesConfig::parse(raw),
            ledger: LedgerConfig::parse(raw)?,
            limits: LimitsConfig::parse(raw),
            mail: MailConfig::parse(raw)?,
            identity: IdentityConfig::parse(raw)?,
            telemetry: TelemetryConfig::parse(raw)?,
        })
    }

    /// Checks that the server can start in the folders that are set: it can write the data folder,
    /// and the built site is complete. Leaves nothing behind.
    ///
    /// # Errors
    /// [`ConfigError::DataDir`], [`ConfigError::StaticDir`] and [`ConfigError::Asset`].
    pub fn check_folders(&self) -> Result<(), ConfigError> {
        self.store.data_dir.check_writable()?;
        self.files.check_site()
    }
}

impl StoreConfig {
    fn parse(raw: &RawConfig, data_dir: DataDir) -> Result<Self, ConfigError> {
        let database = match &raw.database {
            Some(name) => {
                Database::parse(name).map_err(|error| ConfigError::Database { name: raw.name("database"), error })?
            }
            None => Database::File(data_dir.path().join("harmony.sqlite")),
        };
        Ok(Self { data_dir, database, is_in_data_dir: raw.database.is_none() })
    }
}

impl LedgerConfig {
    fn parse(raw: &RawConfig) -> Result<Self, ConfigError> {
        let parse = |url: &String| {
            Authority::parse(url).ok_or_else(|| {
                raw.invalid(
                    "timestamps",
                    "not a time-stamping authority",
                    "a URL without a password, such as https://tsa.example/tsr",
                )
            })
        };
        Ok(Self {
            record_retention: Duration::from_secs(u64::from(raw.record_retention_days) * 24 * 60 * 60),
            timestamps: raw.timestamps.as_ref().map(parse).transpose()?,
        })
    }
}
