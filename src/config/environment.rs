//! The environment variables of Harmony, and OpenTelemetry's for the collector.

use std::{collections::HashMap, ffi::OsString, fs, path::PathBuf};

use super::ConfigError;

const PREFIX: &str = "HARMONY_";

/// Settings that were renamed, by their old and new names.
pub(super) const RENAMED: [(&str, &str); 22] = [
    ("HARMONY_ADDRESS", "HARMONY_LISTEN"),
    ("HARMONY_DATA", "HARMONY_DATA_DIR"),
    ("HARMONY_CONTENT", "HARMONY_CONTENT_DIR"),
    ("HARMONY_SITE", "HARMONY_STATIC_DIR"),
    ("HARMONY_CONSENT_KEY", "HARMONY_COOKIE_KEY"),
    ("HARMONY_RECORD_DAYS", "HARMONY_RECORD_RETENTION_DAYS"),
    ("HARMONY_ADDRESS_ATTEMPTS", "HARMONY_CLIENT_IP_ATTEMPTS"),
    ("HARMONY_ADDRESS_ATTEMPT_SECONDS", "HARMONY_CLIENT_IP_ATTEMPT_SECONDS"),
    ("HARMONY_ADDRESS_FORMS", "HARMONY_CLIENT_IP_FORMS"),
    ("HARMONY_ADDRESS_HEADER", "HARMONY_CLIENT_IP_HEADER"),
    ("HARMONY_CONNECTIONS", "HARMONY_MAX_CONNECTIONS"),
    ("HARMONY_REQUESTS", "HARMONY_MAX_CONCURRENT_REQUESTS"),
    ("HARMONY_URL_BYTES", "HARMONY_MAX_URL_BYTES"),
    ("HARMONY_HEADER_BYTES", "HARMONY_MAX_HEADER_BYTES"),
    ("HARMONY_HEADER_COUNT", "HARMONY_MAX_HEADERS"),
    ("HARMONY_HEADER_SECONDS", "HARMONY_HEADER_READ_TIMEOUT"),
    ("HARMONY_BODY_SECONDS", "HARMONY_BODY_TIMEOUT"),
    ("HARMONY_REQUEST_SECONDS", "HARMONY_REQUEST_TIMEOUT"),
    ("HARMONY_ANSWER_SECONDS", "HARMONY_WRITE_TIMEOUT"),
    ("HARMONY_STOP_SECONDS", "HARMONY_SHUTDOWN_TIMEOUT"),
    ("HARMONY_METRICS", "HARMONY_METRICS_LISTEN"),
    ("HARMONY_TRACES", "OTEL_EXPORTER_OTLP_ENDPOINT"),
];

/// The key of the collector, and OpenTelemetry's own variable for it, which is its only variable.
const OTLP: (&str, &str) = ("otlp_endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT");

/// The suffix of a variable that names a file with the value. A secret then stays out of the
/// environment.
const FILE_SUFFIX: &str = "_FILE";

/// What the environment sets.
#[derive(Debug, Default)]
pub(super) struct EnvironmentSettings {
    /// The values, by `HARMONY_` and the key in capitals.
    pub values: HashMap<String, String>,
    /// The variable of each key, as the operator wrote it.
    pub names: HashMap<String, String>,
}

/// Reads the variables that are Harmony's.
///
/// An empty variable sets nothing: `${NAME:-}` leaves one. Kubernetes creates variables for a
/// service that is called harmony, such as `HARMONY_PORT=tcp://10.0.0.1:3000`; these are ignored.
///
/// # Errors
/// [`ConfigError::NotText`] for a value that is not UTF-8, [`ConfigError::SettingFile`] for a file
/// that cannot be read, [`ConfigError::SetTwice`] for a value that is set beside its file, and
/// [`ConfigError::Renamed`] for the collector under a name of Harmony's.
pub(super) fn settings(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<EnvironmentSettings, ConfigError> {
    let mut settings = EnvironmentSettings::default();
    let mut files = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| is_ours(name)).map(str::to_owned) else { continue };
        let value = value.into_string().map_err(|_| ConfigError::NotText(name.clone()))?;
        if value.is_empty() {
            continue;
        }
        // The collector has one variable.
        if name.trim_end_matches(FILE_SUFFIX) == "HARMONY_OTLP_ENDPOINT" {
            return Err(ConfigError::Renamed { old: name, new: OTLP.1 });
        }
        match name.strip_suffix(FILE_SUFFIX) {
            Some(setting) => files.push((key(setting), name, PathBuf::from(value))),
            None => drop(settings.insert(key(&name), name, value)),
        }
    }
    for (key, name, file) in files {
        let read = fs::read_to_string(&file);
        let value = read.map_err(|error| ConfigError::SettingFile { name: name.clone(), file, error })?;
        if settings.insert(key, name.clone(), value.trim_end().to_owned()) {
            return Err(ConfigError::SetTwice(name));
        }
    }
    Ok(settings)
}

impl EnvironmentSettings {
    /// Sets a value. Returns whether there was one before.
    fn insert(&mut self, key: String, name: String, value: String) -> bool {
        self.values.insert(format!("{PREFIX}{}", key.to_ascii_uppercase()), value);
        self.names.insert(key, name).is_some()
    }
}

/// Whether a variable of that name is Harmony's or OpenTelemetry's. `HARMONY_CONFIG` names the file
/// of settings and is not a setting.
fn is_ours(name: &str) -> bool {
    let is_of_kubernetes = name == "HARMONY_PORT"
        || ["HARMONY_PORT_", "HARMONY_SERVICE_HOST", "HARMONY_SERVICE_PORT"].iter().any(|its| name.starts_with(its));
    name == OTLP.1 || (name.starts_with(PREFIX) && name != "HARMONY_CONFIG" && !is_of_kubernetes)
}

/// The key that a variable sets.
fn key(variable: &str) -> String {
    if variable == OTLP.1 { OTLP.0.to_owned() } else { variable.trim_start_matches(PREFIX).to_ascii_lowercase() }
}

/// The variable that sets the key.
pub(super) fn variable(key: &str) -> String {
    if key == OTLP.0 { OTLP.1.to_owned() } else { format!("{PREFIX}{}", key.to_ascii_uppercase()) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<HashMap<String, String>, ConfigError> {
        let found = settings(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        found.map(|found| found.values)
    }

    #[test]
    fn what_others_set_and_what_is_empty_is_passed_over() {
        let found = read(&[
            ("HARMONY_LOG", "info"),
            ("HARMONY_ORIGIN", ""),
            ("HARMONY_CONFIG", "x.toml"),
            ("HARMONY_PORT", "tcp://10.0.0.1:3000"),
            ("HARMONY_PORT_3000_TCP_ADDR", "10.0.0.1"),
            ("HARMONY_SERVICE_HOST", "10.0.0.1"),
            ("HARMONY_SERVICE_PORT_HTTP", "3000"),
            ("PATH", "/bin"),
        ]);
        assert_eq!(found.unwrap(), HashMap::from([("HARMONY_LOG".to_owned(), "info".to_owned())]));
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "postgres://u:p@h/d\n").unwrap();
        let path = file.to_str().unwrap();
        let found = read(&[("HARMONY_DATABASE_FILE", path)]).unwrap();
        assert_eq!(found.get("HARMONY_DATABASE").map(String::as_str), Some("postgres://u:p@h/d"));
        let twice = read(&[("HARMONY_DATABASE_FILE", path), ("HARMONY_DATABASE", "sqlite:x")]).unwrap_err();
        assert!(twice.to_string().contains("HARMONY_DATABASE_FILE"), "{twice}");
        let missing = read(&[("HARMONY_LEDGER_KEY_FILE", "/nowhere/key")]).unwrap_err().to_string();
        assert!(missing.contains("HARMONY_LEDGER_KEY_FILE") && missing.contains("/nowhere/key"), "{missing}");
    }

    #[test]
    fn the_collector_has_opentelemetrys_own_variable() {
        let found = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")]).unwrap();
        assert_eq!(found.get("HARMONY_OTLP_ENDPOINT").map(String::as_str), Some("http://127.0.0.1:4318"));
        assert_eq!(variable("otlp_endpoint"), "OTEL_EXPORTER_OTLP_ENDPOINT");
        for name in ["HARMONY_OTLP_ENDPOINT", "HARMONY_OTLP_ENDPOINT_FILE"] {
            let error = read(&[(name, "http://127.0.0.1:4318")]).unwrap_err().to_string();
            assert_eq!(error, format!("{name} was renamed: set OTEL_EXPORTER_OTLP_ENDPOINT instead"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_named_and_what_is_none_of_ours_may_be_anything() {
        use std::os::unix::ffi::OsStringExt;
        let octets = || OsString::from_vec(b"a\xff".to_vec());
        assert!(settings([(octets(), octets()), ("HOME".into(), octets())]).unwrap().values.is_empty());
        let error = settings([("HARMONY_DATA_DIR".into(), octets())]).unwrap_err();
        assert!(error.to_string().contains("HARMONY_DATA_DIR"), "{error}");
        let error = settings([(OTLP.1.into(), octets())]).unwrap_err();
        assert!(error.to_string().contains(OTLP.1), "{error}");
    }
}
