//! What an operator sets, from a file and the environment, checked at start.
//!
//! Here stands what there is to set. `environment` reads the variables, [`front`] reads how the site is reached, [`bounds`] how much of everything it takes,
//! [`secrets`] its keys, and [`error`] says what is wrong with any of it.

pub(crate) mod asset_manifest;
mod environment;
mod error;
pub mod hsts;
pub mod http_limits;
mod limits;
pub mod otlp;
pub mod rate_limits;
mod secrets;
mod site;

#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

pub use self::error::ConfigError;
use super::store::{Database, explain};
use crate::config::{asset_manifest::Assets, hsts::Hsts, rate_limits::RateLimits};

/// Everything that can be set. Each is `HARMONY_` and the name in capitals in the environment, or the name itself in
/// the file; the environment wins.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen: address and port.
    pub listen: String,
    /// The folder of the embedded database and of keys; made if missing.
    pub data_dir: PathBuf,
    /// The database: `sqlite:PATH` or `postgres://…`. Without it, a file in the data folder.
    pub database: Option<String>,
    /// The folder of the policy and the inventory.
    pub content_dir: PathBuf,
    /// The folder of the built site.
    pub static_dir: PathBuf,
    /// The key that marks consent cookies, as 128 hexadecimal digits. Without it, one is made in the data folder.
    pub cookie_key: Option<String>,
    /// The secret key that signs the ledger, as 64 hexadecimal digits. Without it, one is made in the data folder.
    pub ledger_key: Option<String>,
    /// The public keys of other servers at the same database, and of earlier ones, with commas between, each as 64 hexadecimal
    /// digits. What is signed with any other key than these and the own is not believed.
    pub ledger_keys: Option<String>,
    /// The secret key that signs what sibling services verify, as 64 hexadecimal digits. Without it, one is made in the data
    /// folder.
    pub token_key: Option<String>,
    /// The origin under which the site is reached, such as `https://cookies.example`. Without it, `http://` and the address.
    pub origin: Option<String>,
    /// More hosts that a request may name, with commas between. Without these and the origin, those of this machine and the
    /// address.
    pub hosts: Option<String>,
    /// Whom to tell of a hole in the site: `mailto:` and `https:` addresses with commas between, as RFC 9116 has them.
    pub security_contact: Option<String>,
    /// The day from which those contacts are not to be used any more, such as `2027-06-01`.
    pub security_expires: Option<String>,
    /// For which hosts browsers are told to keep to https: `off`, `host` or `subdomains`.
    pub hsts: Hsts,
    /// How many days a record is kept.
    pub record_retention_days: u32,
    /// How many times a password may be given for one account before each further attempt must wait.
    pub account_attempts: u32,
    /// How long an account's next attempt then takes, in seconds.
    pub account_attempt_seconds: u32,
    /// How many times a password may be given from one address before each further attempt must wait.
    pub client_ip_attempts: u32,
    /// How long an address's next attempt then takes, in seconds.
    pub client_ip_attempt_seconds: u32,
    /// How many forms may come from one address in a minute, and from one account; of questions of scripts, ten times as many.
    pub client_ip_forms: u32,
    /// The header in which the server in front names the client's address, such as `x-forwarded-for`; its last entry
    /// counts. Without it, the connection's other end is the client.
    pub client_ip_header: Option<String>,
    /// How many connections there may be at once; where the system lets the process open fewer files, fewer.
    pub max_connections: u32,
    /// How many requests may be worked on at once, beside what is answered from memory.
    pub max_concurrent_requests: u32,
    /// The longest address of a request, in bytes.
    pub max_url_bytes: u32,
    /// The most that all headers of a request may hold, in bytes.
    pub max_header_bytes: u32,
    /// The most headers of a request.
    pub max_headers: u32,
    /// How long the headers of a request may take to arrive, and how long a connection may stay open without one, in seconds.
    pub header_read_timeout: u32,
    /// How long the body of a request may take to arrive, in seconds.
    pub body_timeout: u32,
    /// How long a request may take in all, in seconds.
    pub request_timeout: u32,
    /// How long a client may take nothing of its answer, in seconds.
    pub write_timeout: u32,
    /// How long what has begun may go on when the server is told to stop, in seconds.
    pub shutdown_timeout: u32,
    /// Where to tell figures to whoever watches: address and port. Without it, none are kept.
    pub metrics_listen: Option<String>,
    /// The collector that the course of each request is told to, such as `http://127.0.0.1:4318`. Without it, none is.
    pub otlp_endpoint: Option<String>,
    /// The time-stamping authority that attests the ledger's head once a day, such as `https://tsa.example/tsr`. Without it, none
    /// does.
    pub timestamps: Option<String>,
    /// What to log: `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,harmony=debug`.
    pub log: String,
    /// How to log it.
    pub log_format: LogFormat,
}

/// The form of the log on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line to read.
    #[default]
    Text,
    /// A line to query: one JSON object each.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        let limits = RateLimits::default();
        Self {
            listen: "127.0.0.1:3000".into(),
            data_dir: "data".into(),
            database: None,
            content_dir: "content".into(),
            static_dir: "target/site".into(),
            cookie_key: None,
            ledger_key: None,
            ledger_keys: None,
            token_key: None,
            origin: None,
            hosts: None,
            security_contact: None,
            security_expires: None,
            hsts: Hsts::default(),
            record_retention_days: FIVE_YEARS,
            account_attempts: limits.account_burst,
            account_attempt_seconds: limits.account_seconds,
            client_ip_attempts: limits.address_burst,
            client_ip_attempt_seconds: limits.address_seconds,
            client_ip_forms: limits.forms,
            client_ip_header: None,
            max_connections: 4_096,
            max_concurrent_requests: 256,
            max_url_bytes: 2_048,
            max_header_bytes: 32_768,
            max_headers: 100,
            header_read_timeout: 20,
            body_timeout: 10,
            request_timeout: 15,
            write_timeout: 30,
            shutdown_timeout: 5,
            metrics_listen: None,
            otlp_endpoint: None,
            timestamps: None,
            log: "info".into(),
            log_format: LogFormat::Text,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .field("content_dir", &self.content_dir)
            .field("static_dir", &self.static_dir)
            .field("log", &self.log)
            .field("log_format", &self.log_format)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// What the file (if one is named) and the environment set.
    ///
    /// # Errors
    /// [`ConfigError`] for an unknown key, a wrong value, or a file that cannot be read.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let environment = environment::settings(environment)?;
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let source = config::Environment::with_prefix("HARMONY").prefix_separator("_").source(Some(environment));
        let found = builder.add_source(source).build().map_err(ConfigError::of)?;
        for (old, new) in environment::RENAMED {
            let key = old.strip_prefix(environment::PREFIX).unwrap_or(old).to_ascii_lowercase();
            if found.get::<config::Value>(&key).is_ok() {
                return Err(ConfigError::Renamed { old, new });
            }
        }
        found.try_deserialize().map_err(ConfigError::of)
    }

    /// Whether all of it can be used, without a start. Nothing is made or opened that stays.
    ///
    /// # Errors
    /// [`ConfigError`] for the first of it that cannot.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.hosts(self.socket()?)?;
        self.origin()?;
        self.bounds()?;
        self.limits()?;
        self.retention()?;
        self.client_ip_header()?;
        self.metrics()?;
        self.traces()?;
        self.timestamps()?;
        self.security_txt()?;
        self.log_filter()?;
        self.check_keys()?;
        if let Some(name) = &self.database {
            Database::parse(name)?;
        }
        can_be_written(&self.data_dir).map_err(|error| self.data_error(error))?;
        let site = || self.static_dir.clone();
        if !self.static_dir.join("pkg").is_dir() {
            return Err(ConfigError::Site(site()));
        }
        Assets::read().missing(&self.static_dir).map_or(Ok(()), |name| Err(ConfigError::Asset { site: site(), name }))
    }

    /// What is logged.
    ///
    /// # Errors
    /// [`ConfigError::Log`] if it is no level and no filter.
    pub fn log_filter(&self) -> Result<EnvFilter, ConfigError> {
        let wrong = || ConfigError::Log(self.log.clone());
        // The library takes a lone word that is no level for the name of a module, and logs nothing at all.
        if !self.log.split(',').all(|part| part.contains('=') || part.parse::<LevelFilter>().is_ok()) {
            return Err(wrong());
        }
        let filter = EnvFilter::try_new(&self.log).map_err(|_| wrong())?;
        // What these say below that holds values: of statements, and of requests.
        Ok(QUIET.into_iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive))
    }

    /// The database that is named, or else the file in the data folder. Nothing is made.
    ///
    /// # Errors
    /// [`ConfigError::Database`] if the name is none.
    pub fn database(&self) -> Result<Database, ConfigError> {
        match &self.database {
            Some(name) => Ok(Database::parse(name)?),
            None => Ok(Database::File(self.data_dir.join("harmony.sqlite"))),
        }
    }

    /// Makes the data folder, if it is missing, for its owner alone. What only looks makes none.
    ///
    /// # Errors
    /// [`ConfigError::Data`] if it cannot be made.
    pub fn make_data_folder(&self) -> Result<(), ConfigError> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.data_dir).map_err(|error| self.data_error(error))
    }

    /// How long a record is kept.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] if it is shorter than a decision can hold, or longer than a century.
    pub fn retention(&self) -> Result<Duration, ConfigError> {
        if !(SHORTEST_RETENTION..=LONGEST_RETENTION).contains(&self.record_retention_days) {
            return Err(ConfigError::Retention);
        }
        Ok(Duration::from_secs(u64::from(self.record_retention_days) * 24 * 60 * 60))
    }

    fn data_error(&self, error: std::io::Error) -> ConfigError {
        ConfigError::Data { folder: self.data_dir.clone(), error: explain(&self.data_dir, error) }
    }
}

/// Whether something can be written in a folder, which is made for a moment if it is not there.
fn can_be_written(folder: &Path) -> std::io::Result<()> {
    let missing: Vec<_> =
        folder.ancestors().take_while(|part| !part.as_os_str().is_empty() && !part.exists()).collect();
    let tried = fs::create_dir_all(folder).and_then(|()| {
        let trial = folder.join(format!(".harmony-{}", std::process::id()));
        fs::write(&trial, "").and_then(|()| fs::remove_file(&trial))
    });
    for made in missing {
        // Unless somebody has put something in it since.
        let _ = fs::remove_dir(made);
    }
    tried
}

/// Libraries that would log addresses of people, hashes of passwords or forms, whatever is asked for.
const QUIET: [&str; 4] =
    ["tokio_postgres=info", "tokio_postgres::query=info", "tokio_postgres::connection=info", "axum::rejection=off"];

/// How long a record is kept unless it is set, in days.
const FIVE_YEARS: u32 = 1_826;

/// The shortest time that a record can be kept, in days: as long as a decision holds.
const SHORTEST_RETENTION: u32 = 180;

/// The longest time that a record can be kept, in days: a century.
const LONGEST_RETENTION: u32 = 36_525;
