//! Why a setting cannot be used.

use std::path::PathBuf;

use super::{LONGEST_RETENTION, SHORTEST_RETENTION, environment::variable};
use crate::{
    domain::web::{origin::ParseOriginError, security_txt::ParseContactError},
    store::DatabaseError,
};

/// Something that is set cannot be used; the sentence says what and why.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file of settings cannot be read, or is no TOML.
    #[error("the settings cannot be used: {0}")]
    Unreadable(config::ConfigError),
    /// Something that is set is no setting.
    #[error("{0} is no setting of Harmony: look for it in the table of settings of the README")]
    Unknown(String),
    /// A setting has another name now.
    #[error("{old} was renamed: set {new} instead")]
    Renamed {
        /// Its old name.
        old: &'static str,
        /// Its name now.
        new: &'static str,
    },
    /// A value of the wrong kind.
    #[error("{name} must be {expected}")]
    Kind {
        /// The variable.
        name: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A variable holds octets that are no text.
    #[error("{0} is no UTF-8")]
    NotText(String),
    /// A file that a variable names cannot be read.
    #[error("{name} is {file}, which cannot be read: {error}")]
    SettingFile {
        /// The variable.
        name: String,
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something is set by itself and by a file.
    #[error("{0} and the setting itself are both set: set one of them")]
    SetTwice(String),
    /// What to log is none.
    #[error("HARMONY_LOG is {0:?}, which is no level and no filter: write one such as info")]
    Log(String),
    /// There is no built site.
    #[error("HARMONY_STATIC_DIR is {0}, which holds no built site: run make run, or cargo leptos build --release")]
    Site(PathBuf),
    /// The built site is not the one that the program names.
    #[error(
        "HARMONY_STATIC_DIR is {site}, which lacks {name}: take the program, hash.txt beside it and the site from one build"
    )]
    Asset {
        /// The folder of the site.
        site: PathBuf,
        /// What it lacks.
        name: String,
    },
    /// The address is none.
    #[error("HARMONY_LISTEN is {0:?}, which is no address to listen at: write one such as 127.0.0.1:3000")]
    Address(String),
    /// The origin of the site is none.
    #[error("HARMONY_ORIGIN cannot be used: {0}")]
    Origin(#[from] ParseOriginError),
    /// A host of the site is none.
    #[error(
        "HARMONY_HOSTS holds {0:?}, which is no host: write names in small letters with commas between, each with a port only where it is not 443"
    )]
    Host(String),
    /// Contacts for reports are none.
    #[error("HARMONY_SECURITY_CONTACT cannot be used: {0}")]
    SecurityContact(#[from] ParseContactError),
    /// The day on which they end is none.
    #[error("HARMONY_SECURITY_EXPIRES is {0:?}, which is no day: write one such as 2027-06-01")]
    SecurityExpires(String),
    /// One of the two is set without the other.
    #[error("HARMONY_SECURITY_CONTACT and HARMONY_SECURITY_EXPIRES are set together or not at all")]
    SecurityHalf,
    /// The name of a header is none.
    #[error("HARMONY_CLIENT_IP_HEADER is {0:?}, which is no name of a header: write one such as x-forwarded-for")]
    AddressHeader(String),
    /// The address of the figures is none.
    #[error("HARMONY_METRICS_LISTEN is {0:?}, which is no address to listen at: write one such as 127.0.0.1:9464")]
    Metrics(String),
    /// The address of the collector is none.
    #[error(
        "OTEL_EXPORTER_OTLP_ENDPOINT is {0:?}, which is no collector: write one such as http://127.0.0.1:4318; TLS there is not"
    )]
    Traces(String),
    /// The address of the time-stamping authority is none.
    #[error(
        "HARMONY_TIMESTAMPS is {0:?}, which is no time-stamping authority: write one such as https://tsa.example/tsr, without a password"
    )]
    Timestamps(String),
    /// A limit that is none.
    #[error("{name} must be {smallest} to {largest}")]
    Limit {
        /// Its name.
        name: &'static str,
        /// The least that it can be.
        smallest: u32,
        /// The most that it can be.
        largest: u32,
    },
    /// The name of the database is none.
    #[error("HARMONY_DATABASE cannot be used: {0}")]
    Database(#[from] DatabaseError),
    /// The time that records are kept is none.
    #[error("HARMONY_RECORD_RETENTION_DAYS must be {SHORTEST_RETENTION} to {LONGEST_RETENTION}")]
    Retention,
    /// A given key is none.
    #[error("{name} must be {digits} hexadecimal digits")]
    Key {
        /// Its name.
        name: &'static str,
        /// How many digits it has.
        digits: usize,
    },
    /// A listed public key is none.
    #[error(
        "HARMONY_LEDGER_KEYS holds {0:?}, which is no public key: write what harmony ledger key prints, with commas between"
    )]
    LedgerKeys(String),
    /// A key file holds no key.
    #[error(
        "{file} holds no key: it must be {digits} hexadecimal digits; put the key back that was there, or remove the file to have a new one made ({lost})"
    )]
    KeyFile {
        /// The file.
        file: PathBuf,
        /// How many digits it has.
        digits: usize,
        /// What is lost with the old one.
        lost: &'static str,
    },
    /// A key file cannot be read.
    #[error("{file} cannot be read: {error}")]
    KeyUnread {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("the data folder {folder} cannot be used: {error}")]
    Data {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl ConfigError {
    /// What a library says of the settings, with the name of the variable as the README writes it.
    pub(super) fn of(error: config::ConfigError) -> Self {
        let said = error.to_string();
        let quoted = |before: &str| Some(said.split_once(before)?.1.split_once('`')?.0.to_owned());
        if let Some(key) = quoted("unknown field `") {
            return Self::Unknown(variable(&key));
        }
        if said.contains("Hsts") {
            return Self::Kind { name: variable("hsts"), expected: "off, host or subdomains" };
        }
        if said.contains("LogFormat") {
            return Self::Kind { name: variable("log_format"), expected: "text or json" };
        }
        match quoted("for key `") {
            Some(key) => Self::Kind { name: variable(&key), expected: "a whole number that is not negative" },
            None => Self::Unreadable(error),
        }
    }
}
