//! What file and environment set, before it is validated.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    ConfigError,
    environment::{self, EnvironmentSettings, RENAMED, variable},
    settings::{SETTINGS, Setting},
};

/// What is set, and the defaults of what is not. Each field is a key of the file;
/// [`SETTINGS`](super::settings::SETTINGS) describes it.
#[derive(Clone, Deserialize)]
pub(super) struct RawConfig {
    pub listen: String,
    pub origin: Option<String>,
    pub client_ip_header: Option<String>,
    pub country_header: Option<String>,
    pub country_database: Option<PathBuf>,
    pub hosts: Option<String>,
    pub hsts: String,
    pub security_contact: Option<String>,
    pub security_expires: Option<String>,
    pub data_dir: PathBuf,
    pub database: Option<String>,
    pub content_dir: PathBuf,
    pub static_dir: PathBuf,
    pub cookie_key: Option<String>,
    pub ledger_key: Option<String>,
    pub ledger_keys: Option<String>,
    pub token_key: Option<String>,
    pub record_retention_days: u32,
    pub timestamps: Option<String>,
    pub mail_server: Option<String>,
    pub mail_user: Option<String>,
    pub mail_password: Option<String>,
    pub mail_retry_seconds: u32,
    pub identity_providers: Option<PathBuf>,
    pub bound_sessions: String,
    pub account_attempts: u32,
    pub account_attempt_seconds: u32,
    pub client_ip_attempts: u32,
    pub client_ip_attempt_seconds: u32,
    pub client_ip_forms: u32,
    pub max_connections: u32,
    pub max_concurrent_requests: u32,
    pub max_url_bytes: u32,
    pub max_header_bytes: u32,
    pub max_headers: u32,
    pub header_read_timeout: u32,
    pub body_timeout: u32,
    pub request_timeout: u32,
    pub write_timeout: u32,
    pub shutdown_timeout: u32,
    pub log: String,
    pub log_format: String,
    pub metrics_listen: Option<String>,
    pub otlp_endpoint: Option<String>,
    /// The name of each setting as the operator wrote it.
    #[serde(skip)]
    names: SettingNames,
}

/// The names of settings as the operator wrote them, for error messages.
#[derive(Clone, Default)]
struct SettingNames {
    /// The variable of each key that the environment sets.
    in_environment: HashMap<String, String>,
    in_file: HashSet<String>,
    file: PathBuf,
}

impl SettingNames {
    /// The name as it was written; the variable if it is not set at all.
    fn written(&self, key: &str) -> String {
        match self.in_environment.get(key) {
            Some(name) => name.clone(),
            None if self.in_file.contains(key) => format!("{key} in {}", self.file.display()),
            None => variable(key),
        }
    }
}

impl RawConfig {
    /// Reads the file, if one is named, and the environment, which overrides it.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be read, an unknown or renamed setting, and a number
    /// out of its range.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let EnvironmentSettings { values, names: in_environment } = environment::settings(environment)?;
        let mut in_file = config::Config::builder();
        if let Some(file) = file {
            in_file = in_file.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let in_file = in_file.build().map_err(ConfigError::File)?;
        let keys = config::Source::collect(&in_file).map_err(ConfigError::File)?;
        let names = SettingNames {
            in_environment,
            in_file: keys.into_keys().collect(),
            file: file.map(Path::to_owned).unwrap_or_default(),
        };
        let mut builder = config::Config::builder();
        for Setting { key, default, .. } in SETTINGS {
            if !default.is_empty() {
                builder = builder.set_default(key, *default).map_err(ConfigError::File)?;
            }
        }
        let source = config::Environment::with_prefix("HARMONY").prefix_separator("_").source(Some(values));
        let found = builder.add_source(in_file).add_source(source).build().map_err(ConfigError::File)?;
        names.check()?;
        for setting in SETTINGS {
            check_number(setting, &found, &names)?;
        }
        let raw: Self = found.try_deserialize().map_err(|error| match &error {
            config::ConfigError::Type { key: Some(key), .. } => ConfigError::Invalid {
                name: names.written(key),
                problem: "not a string".into(),
                expected: "a string in quotation marks".into(),
            },
            _ => ConfigError::File(error),
        })?;
        Ok(Self { names, ..raw })
    }

    /// An error about the value of this setting. `problem` must never contain the value of a
    /// secret.
    pub fn invalid(&self, key: &str, problem: impl ToString, expected: &str) -> ConfigError {
        ConfigError::Invalid {
            name: self.names.written(key),
            problem: problem.to_string(),
            expected: expected.to_owned(),
        }
    }

    /// The name of a setting as the operator wrote it.
    pub fn name(&self, key: &str) -> String {
        self.names.written(key)
    }
}

impl SettingNames {
    /// Checks that each name is that of a setting.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`] and [`ConfigError::Renamed`].
    fn check(&self) -> Result<(), ConfigError> {
        let mut unknown: Vec<_> = self.in_environment.keys().chain(&self.in_file).collect();
        unknown.retain(|key| Setting::find(key).is_none());
        unknown.sort();
        let Some(key) = unknown.first() else { return Ok(()) };
        let old_variable = variable(key);
        let old = self.written(key);
        let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == old_variable) else {
            return Err(ConfigError::Unknown(old));
        };
        let is_in_file = !self.in_environment.contains_key(*key);
        let in_file = SETTINGS.iter().find(|setting| is_in_file && setting.variable() == *new);
        Err(ConfigError::Renamed { old, new: in_file.map_or(*new, |setting| setting.key) })
    }
}

/// Checks that a number is one, and in its range.
///
/// # Errors
/// [`ConfigError::Invalid`] if it is not.
fn check_number(setting: &Setting, found: &config::Config, names: &SettingNames) -> Result<(), ConfigError> {
    let Some((min, max)) = setting.range else { return Ok(()) };
    let problem = match found.get_int(setting.key) {
        Ok(number) if (i64::from(min)..=i64::from(max)).contains(&number) => return Ok(()),
        Ok(number) => format!("{number} is out of range"),
        Err(_) => "not a whole number".into(),
    };
    let expected = format!("{min} to {max} {}", setting.unit);
    Err(ConfigError::Invalid { name: names.written(setting.key), problem, expected })
}
