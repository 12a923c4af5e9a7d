//! What an operator sets, from a file and the environment, checked at start.

use std::{
    fmt, fs,
    io::Write,
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::HeaderName;
use serde::Deserialize;

use super::{
    accounts::guessing::{LARGEST_BURST, LONGEST_PAUSE, Limits},
    chance::Chance,
    digest::{hex, unhex},
    http::gate::{KEY_BYTES, Seal},
    ledger::{
        Ledger,
        key::{Key, SECRET_BYTES},
    },
    store::{Database, DatabaseError},
    tokens::{self, Tokens},
    traces::Collector,
};
use crate::model::origin::{NotAnOrigin, Origin};

/// Everything that can be set. Each is `HARMONY_` and the name in capitals in the environment, or the name itself in
/// the file; the environment wins.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen: address and port.
    pub address: String,
    /// The folder of the embedded database and of keys; made if missing.
    pub data: PathBuf,
    /// The database: `sqlite:PATH` or `postgres://…`. Without it, a file in the data folder.
    pub database: Option<String>,
    /// The folder of the policy and the inventory.
    pub content: PathBuf,
    /// The folder of the built site.
    pub site: PathBuf,
    /// The key that marks consent cookies, as 128 hexadecimal digits. Without it, one is made in the data folder.
    pub consent_key: Option<String>,
    /// The secret key that signs the ledger, as 64 hexadecimal digits. Without it, one is made in the data folder.
    pub ledger_key: Option<String>,
    /// The secret key that signs what sibling services verify, as 64 hexadecimal digits. Without it, one is made in the data
    /// folder.
    pub token_key: Option<String>,
    /// The origin under which the site is reached, such as `https://cookies.example`. Without it, `http://` and the address.
    pub origin: Option<String>,
    /// How many days a record is kept.
    pub record_days: u32,
    /// How many times a password may be given for one account before each further attempt must wait.
    pub account_attempts: u32,
    /// How long an account's next attempt then takes, in seconds.
    pub account_attempt_seconds: u32,
    /// How many times a password may be given from one address before each further attempt must wait.
    pub address_attempts: u32,
    /// How long an address's next attempt then takes, in seconds.
    pub address_attempt_seconds: u32,
    /// The header in which the server in front names the client's address, such as `x-forwarded-for`; its last entry
    /// counts. Without it, the connection's other end is the client.
    pub address_header: Option<String>,
    /// Where to tell figures to whoever watches: address and port. Without it, none are kept.
    pub metrics: Option<String>,
    /// The collector that the course of each request is told to, such as `http://127.0.0.1:4318`. Without it, none is.
    pub traces: Option<String>,
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
        let limits = Limits::default();
        Self {
            address: "127.0.0.1:3000".into(),
            data: "data".into(),
            database: None,
            content: "content".into(),
            site: "target/site".into(),
            consent_key: None,
            ledger_key: None,
            token_key: None,
            origin: None,
            record_days: FIVE_YEARS,
            account_attempts: limits.account_burst,
            account_attempt_seconds: limits.account_seconds,
            address_attempts: limits.address_burst,
            address_attempt_seconds: limits.address_seconds,
            address_header: None,
            metrics: None,
            traces: None,
            log: "info".into(),
            log_format: LogFormat::Text,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("address", &self.address)
            .field("data", &self.data)
            .field("content", &self.content)
            .field("site", &self.site)
            .field("log", &self.log)
            .field("log_format", &self.log_format)
            .finish_non_exhaustive()
    }
}

/// Something that is set cannot be used; the sentence says what and why.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// An unknown key, or a value of the wrong kind.
    #[error("the configuration cannot be used: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// The address is none.
    #[error("HARMONY_ADDRESS is {0:?}, which is no address to listen at: write one such as 127.0.0.1:3000")]
    Address(String),
    /// The origin of the site is none.
    #[error("HARMONY_ORIGIN cannot be used: {0}")]
    Origin(#[from] NotAnOrigin),
    /// The name of a header is none.
    #[error("HARMONY_ADDRESS_HEADER is {0:?}, which is no name of a header: write one such as x-forwarded-for")]
    AddressHeader(String),
    /// The address of the figures is none.
    #[error("HARMONY_METRICS is {0:?}, which is no address to listen at: write one such as 127.0.0.1:9464")]
    Metrics(String),
    /// The address of the collector is none.
    #[error(
        "HARMONY_TRACES is {0:?}, which is no collector: write one such as http://127.0.0.1:4318; TLS there is not"
    )]
    Traces(String),
    /// A limit that is none.
    #[error("{name} must be 1 to {largest}")]
    Limit {
        /// Its name.
        name: &'static str,
        /// The most that it can be.
        largest: u32,
    },
    /// The name of the database is none.
    #[error("HARMONY_DATABASE cannot be used: {0}")]
    Database(#[from] DatabaseError),
    /// The time that records are kept is none.
    #[error("HARMONY_RECORD_DAYS must be {SHORTEST_RETENTION} to {LONGEST_RETENTION}")]
    Retention,
    /// A given key is none.
    #[error("{name} must be {digits} hexadecimal digits")]
    Key {
        /// Its name.
        name: &'static str,
        /// How many digits it has.
        digits: usize,
    },
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
    /// The data folder cannot be used.
    #[error("the data folder {folder} cannot be used: {error}")]
    Data {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl Config {
    /// What the file (if one is named) and the environment set.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] for an unknown key, a wrong value, or a file that cannot be read.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        // `HARMONY_CONFIG` names the file and is no key of it.
        let environment = environment.into_iter().filter(|(name, _)| name != "HARMONY_CONFIG").collect();
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let source = config::Environment::with_prefix("HARMONY").prefix_separator("_").source(Some(environment));
        Ok(builder.add_source(source).build()?.try_deserialize()?)
    }

    /// The address to listen at.
    ///
    /// # Errors
    /// [`ConfigError::Address`] if it is none.
    pub fn socket(&self) -> Result<SocketAddr, ConfigError> {
        socket(&self.address).ok_or_else(|| ConfigError::Address(self.address.clone()))
    }

    /// The address to tell figures at, if they are to be told.
    ///
    /// # Errors
    /// [`ConfigError::Metrics`] if it is none.
    pub fn metrics(&self) -> Result<Option<SocketAddr>, ConfigError> {
        let read = |address: &String| socket(address).ok_or_else(|| ConfigError::Metrics(address.clone()));
        self.metrics.as_ref().map(read).transpose()
    }

    /// The collector to tell the course of each request to, if there is one.
    ///
    /// # Errors
    /// [`ConfigError::Traces`] if its address is none.
    pub fn traces(&self) -> Result<Option<Collector>, ConfigError> {
        let read = |address: &String| Collector::parse(address).ok_or_else(|| ConfigError::Traces(address.clone()));
        self.traces.as_ref().map(read).transpose()
    }

    /// How much guessing is let pass.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] if one of the four numbers is 0 or beyond what can be counted.
    pub fn limits(&self) -> Result<Limits, ConfigError> {
        for (name, value) in [
            ("HARMONY_ACCOUNT_ATTEMPTS", self.account_attempts),
            ("HARMONY_ACCOUNT_ATTEMPT_SECONDS", self.account_attempt_seconds),
            ("HARMONY_ADDRESS_ATTEMPTS", self.address_attempts),
            ("HARMONY_ADDRESS_ATTEMPT_SECONDS", self.address_attempt_seconds),
        ] {
            let largest = if name.ends_with("SECONDS") { LONGEST_PAUSE } else { LARGEST_BURST };
            if !(1..=largest).contains(&value) {
                return Err(ConfigError::Limit { name, largest });
            }
        }
        Ok(Limits {
            account_burst: self.account_attempts,
            account_seconds: self.account_attempt_seconds,
            address_burst: self.address_attempts,
            address_seconds: self.address_attempt_seconds,
        })
    }

    /// The header in which the server in front names the client's address.
    ///
    /// # Errors
    /// [`ConfigError::AddressHeader`] if it is no name of a header.
    pub fn address_header(&self) -> Result<Option<HeaderName>, ConfigError> {
        let read = |name: &String| name.parse().map_err(|_| ConfigError::AddressHeader(name.clone()));
        self.address_header.as_ref().map(read).transpose()
    }

    /// The database that is named, or else the file in the data folder, which is made if missing.
    ///
    /// # Errors
    /// [`ConfigError::Database`] if the name is none; [`ConfigError::Data`] if the folder cannot be made.
    pub fn database(&self) -> Result<Database, ConfigError> {
        if let Some(name) = &self.database {
            return Ok(Database::parse(name)?);
        }
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.data).map_err(|error| self.data_error(error))?;
        Ok(Database::File(self.data.join("harmony.sqlite")))
    }

    /// The seal of the configured key, or of the one in the data folder, which is made if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key is none or its file cannot be read or made.
    pub fn seal(&self, chance: &Chance) -> Result<Seal, ConfigError> {
        const SECRET: Secret = Secret {
            name: "HARMONY_CONSENT_KEY",
            file: "consent.key",
            lost: "every stored choice is then asked again",
        };
        Ok(Seal::new(&self.secret::<KEY_BYTES>(&SECRET, self.consent_key.as_deref(), chance)?))
    }

    /// The ledger under the configured key, or under the one in the data folder, which is made if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key is none or its file cannot be read or made.
    pub fn ledger(&self, chance: &Chance) -> Result<Ledger, ConfigError> {
        let secret = self.secret::<SECRET_BYTES>(&LEDGER_SECRET, self.ledger_key.as_deref(), chance)?;
        Ok(Ledger::new(Key::new(&secret)))
    }

    /// What signs the statements for sibling services: the configured key, or the one in the data folder, which is made if
    /// missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key is none or its file cannot be read or made.
    pub fn tokens(&self, chance: &Chance) -> Result<Tokens, ConfigError> {
        const SECRET: Secret = Secret {
            name: "HARMONY_TOKEN_KEY",
            file: "token.key",
            lost: "sibling services then fetch the new public key",
        };
        Ok(Tokens::new(&self.secret::<{ tokens::SECRET_BYTES }>(&SECRET, self.token_key.as_deref(), chance)?))
    }

    /// The origin under which the site is reached: as it is set, or that of the address which it listens at.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] if what is set is none; [`ConfigError::Address`] if nothing is set and the address is none.
    pub fn origin(&self) -> Result<String, ConfigError> {
        if let Some(origin) = &self.origin {
            return Ok(origin.parse::<Origin>()?.into());
        }
        let mut socket = self.socket()?;
        if socket.ip().is_unspecified() {
            socket.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let origin = format!("http://{socket}");
        Ok(origin.strip_suffix(":80").map(str::to_owned).unwrap_or(origin))
    }

    /// Whether there is a key to sign the ledger with already.
    pub fn has_ledger_key(&self) -> bool {
        self.ledger_key.is_some() || self.data.join(LEDGER_SECRET.file).is_file()
    }

    /// How long a record is kept.
    ///
    /// # Errors
    /// [`ConfigError::Limit`] if it is shorter than a decision can hold, or longer than a century.
    pub fn retention(&self) -> Result<Duration, ConfigError> {
        if !(SHORTEST_RETENTION..=LONGEST_RETENTION).contains(&self.record_days) {
            return Err(ConfigError::Retention);
        }
        Ok(Duration::from_secs(u64::from(self.record_days) * 24 * 60 * 60))
    }

    /// A secret as it is set, or as its file in the data folder has it, which is made if missing.
    fn secret<const N: usize>(
        &self,
        secret: &Secret,
        set: Option<&str>,
        chance: &Chance,
    ) -> Result<[u8; N], ConfigError> {
        let digits = N * 2;
        if let Some(set) = set {
            return key_from_hex(set).ok_or(ConfigError::Key { name: secret.name, digits });
        }
        let file = self.data.join(secret.file);
        match fs::read_to_string(&file) {
            Ok(held) => key_from_hex(held.trim_end()).ok_or(ConfigError::KeyFile { file, digits, lost: secret.lost }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = chance.bytes();
                write_key(&self.data, &file, &key).map_err(|error| self.data_error(error))?;
                Ok(key)
            }
            Err(error) => Err(self.data_error(error)),
        }
    }

    fn data_error(&self, error: std::io::Error) -> ConfigError {
        ConfigError::Data { folder: self.data.clone(), error }
    }
}

/// The first address that this names.
fn socket(address: &str) -> Option<SocketAddr> {
    address.to_socket_addrs().ok()?.next()
}

/// A secret that can be set, or is made in the data folder.
struct Secret {
    /// The variable that sets it.
    name: &'static str,
    /// The file in the data folder.
    file: &'static str,
    /// What is lost when another takes its place.
    lost: &'static str,
}

/// What signs the ledger.
const LEDGER_SECRET: Secret = Secret {
    name: "HARMONY_LEDGER_KEY",
    file: "ledger.key",
    lost: "a new chain of records then begins beside the old one",
};

/// How long a record is kept unless it is set, in days.
const FIVE_YEARS: u32 = 1_826;

/// The shortest time that a record can be kept, in days: as long as a decision holds.
const SHORTEST_RETENTION: u32 = 180;

/// The longest time that a record can be kept, in days: a century.
const LONGEST_RETENTION: u32 = 36_525;

/// Writes the key so that its owner alone can read it, whole or not at all.
fn write_key(folder: &Path, file: &Path, key: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = file.with_extension("key.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writing = options.open(&unfinished)?;
    writeln!(writing, "{}", hex(key))?;
    writing.sync_all()?;
    fs::rename(&unfinished, file)?;
    fs::File::open(folder)?.sync_all()
}

/// The key of so many hexadecimal digits, in either case.
fn key_from_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    unhex(&digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(None, pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_is_not_set_has_its_default_and_other_programs_settings_are_ignored() {
        let config = read(&[("HARMONY_ADDRESS", "127.0.0.1:80"), ("HOME", "/"), ("HARMONY_CONFIG", "x.toml")]);
        assert!(config.is_ok_and(|config| config.address == "127.0.0.1:80" && config.data == Path::new("data")));
    }

    #[test]
    fn an_unknown_key_or_a_wrong_value_is_refused_by_name() {
        for (pair, named) in [(("HARMONY_ADRESS", "x"), "adress"), (("HARMONY_LOG_FORMAT", "xml"), "xml")] {
            let error = read(&[pair]).map_or_else(|error| error.to_string(), |_| String::new());
            assert!(error.contains(named), "{pair:?} gave {error:?}");
        }
        let config = Config { address: "nowhere".into(), ..Config::default() };
        assert!(matches!(config.socket(), Err(ConfigError::Address(_))));
        let config = Config { address_header: Some("a b".into()), ..Config::default() };
        assert!(matches!(config.address_header(), Err(ConfigError::AddressHeader(_))));
        let config = Config { metrics: Some("nowhere".into()), ..Config::default() };
        assert!(matches!(config.metrics(), Err(ConfigError::Metrics(_))));
        let config = Config { traces: Some("https://127.0.0.1:4318".into()), ..Config::default() };
        assert!(matches!(config.traces(), Err(ConfigError::Traces(_))));
        let config = Config { address_attempts: 0, ..Config::default() };
        assert!(matches!(config.limits(), Err(ConfigError::Limit { name: "HARMONY_ADDRESS_ATTEMPTS", .. })));
        let config = Config { database: Some("postgres:geheim".into()), ..Config::default() };
        assert!(config.database().is_err_and(|error| !format!("{error} {error:?} {config:?}").contains("geheim")));
        let config = Config { consent_key: Some("00".into()), ..Config::default() };
        assert!(matches!(config.seal(&Chance::system()), Err(ConfigError::Key { .. })));
    }

    #[test]
    fn the_origin_is_what_is_set_or_that_of_the_address() {
        for (address, set, origin) in [
            ("127.0.0.1:3000", None, Some("http://127.0.0.1:3000")),
            ("0.0.0.0:8080", None, Some("http://127.0.0.1:8080")),
            ("127.0.0.1:80", None, Some("http://127.0.0.1")),
            ("127.0.0.1:3000", Some("https://cookies.example"), Some("https://cookies.example")),
            ("127.0.0.1:3000", Some("https://cookies.example/"), None),
            ("127.0.0.1:3000", Some("http://cookies.example"), None),
            ("nowhere", None, None),
        ] {
            let config = Config { address: address.into(), origin: set.map(str::to_owned), ..Config::default() };
            assert_eq!(config.origin().ok().as_deref(), origin, "{address} {set:?}");
        }
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let config = Config { data: folder.path().join("new"), ..Config::default() };
        let sealed = config.seal(&Chance::system())?.close("a", "x".into());
        assert_eq!(config.seal(&Chance::system())?.open("a", &sealed).as_deref(), Some("x"));
        let file = config.data.join("consent.key");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file)?.permissions()) & 0o777, 0o600);
        fs::write(&file, "short")?;
        assert!(matches!(config.seal(&Chance::system()), Err(ConfigError::KeyFile { .. })));
        Ok(())
    }
}
