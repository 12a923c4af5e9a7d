//! Settings are parsed, and an error names the setting that it is about.

mod documents;

use std::fs;

use super::*;
use crate::{config::rate_limits::RateLimits, system::rng::Rng, telemetry::log::captured::CapturedLog};

fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(None, pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

/// The error that these settings give, or nothing.
fn error(pairs: &[(&str, &str)]) -> String {
    load(pairs).map_or_else(|error| error.to_string(), |_| String::new())
}

/// The settings of a site with that data folder.
fn in_folder(data_dir: &Path) -> Result<Config, ConfigError> {
    load(&[("HARMONY_DATA_DIR", &data_dir.to_string_lossy())])
}

#[test]
fn what_is_not_set_has_its_default_and_other_programs_settings_are_ignored() -> Result<(), ConfigError> {
    let config = load(&[("HARMONY_LISTEN", "127.0.0.1:80"), ("HOME", "/"), ("HARMONY_CONFIG", "x.toml")])?;
    assert_eq!(config.site.listen.port(), 80);
    assert_eq!(config.store.data_dir.path(), Path::new("data"));
    assert_eq!(format!("{:?}", config.limits.rates), format!("{:?}", RateLimits::default()));
    Ok(())
}

#[test]
fn an_unknown_key_or_a_wrong_value_is_refused_by_name() {
    for (name, value, sentence) in [
        ("HARMONY_LISTN", "x", "unknown setting; docs/configuration.md and harmony --help list all settings"),
        ("HARMONY_LOG_FORMAT", "JSON", "unknown format \"JSON\"; expected text or json"),
        ("HARMONY_BOUND_SESSIONS", "1", "unknown value \"1\"; expected on or off"),
        ("HARMONY_HSTS", "On", "unknown scope \"On\"; expected off, host or subdomains"),
        ("HARMONY_RECORD_RETENTION_DAYS", "abc", "not a whole number; expected 180 to 36525 days"),
        ("HARMONY_CLIENT_IP_ATTEMPTS", "0", "0 is out of range; expected 1 to 10000 attempts"),
        ("HARMONY_MAX_HEADERS", "-1", "-1 is out of range; expected 32 to 1000 headers"),
        (
            "HARMONY_LISTEN",
            "nowhere",
            "invalid address \"nowhere\"; expected an address and a port, such as 127.0.0.1:3000",
        ),
        ("HARMONY_CLIENT_IP_HEADER", "a b", "invalid header name \"a b\"; expected a name such as x-forwarded-for"),
        (
            "HARMONY_METRICS_LISTEN",
            "nowhere",
            "invalid address \"nowhere\"; expected an address and a port, such as 127.0.0.1:9464",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://127.0.0.1:4318",
            "invalid OTLP endpoint \"https://127.0.0.1:4318\"; expected a URL such as http://127.0.0.1:4318 (TLS is \
             not supported)",
        ),
        (
            "HARMONY_TIMESTAMPS",
            "tsa.example",
            "not a time-stamping authority; expected a URL without a password, such as https://tsa.example/tsr",
        ),
        (
            "HARMONY_MAIL_SERVER",
            "mail.example:25",
            "not a mail server; expected smtps://HOST, or smtp://HOST for STARTTLS",
        ),
        (
            "HARMONY_MAIL_SERVER",
            "smtp+plaintext://mail.example",
            "no TLS to another machine; expected smtps://HOST, or smtp://HOST for STARTTLS",
        ),
        (
            "HARMONY_MAIL_SERVER",
            "smtp://user:geheim@mail.example",
            "a user in the URL; expected mail_user and mail_password instead",
        ),
        ("HARMONY_MAIL_USER", "harmony", "HARMONY_MAIL_PASSWORD is missing; expected both or neither"),
        ("HARMONY_MAIL_PASSWORD", "geheim", "HARMONY_MAIL_USER is missing; expected both or neither"),
        ("HARMONY_MAIL_RETRY_SECONDS", "0", "0 is out of range; expected 1 to 3600 seconds"),
        ("HARMONY_COOKIE_KEY", "00", "not a key; expected 128 hexadecimal digits"),
        (
            "HARMONY_DATABASE",
            "postgres:geheim",
            "no database is named like that: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
        ),
    ] {
        assert_eq!(error(&[(name, value)]), format!("{name}: {sentence}"));
    }
}

#[test]
fn an_error_names_a_setting_as_it_was_written() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("harmony.toml");
    let path = file.display();
    for (text, sentence) in [
        ("max_headers = 3", format!("max_headers in {path}: 3 is out of range; expected 32 to 1000 headers")),
        ("listen = [1]", format!("listen in {path}: not a string; expected a string in quotation marks")),
        (
            "listn = 1",
            format!("listn in {path}: unknown setting; docs/configuration.md and harmony --help list all settings"),
        ),
    ] {
        fs::write(&file, text)?;
        assert_eq!(Config::load(Some(&file), []).err().map(|error| error.to_string()), Some(sentence));
    }
    fs::write(&file, "hsts = \"on\"")?;
    let environment = [(OsString::from("HARMONY_HSTS"), OsString::from("off"))];
    assert!(Config::load(Some(&file), environment).is_ok(), "the environment overrides the file");
    let key = folder.path().join("key");
    fs::write(&key, "geheim\n")?;
    let said = error(&[("HARMONY_LEDGER_KEY_FILE", &key.to_string_lossy())]);
    assert_eq!(said, "HARMONY_LEDGER_KEY_FILE: not a key; expected 64 hexadecimal digits");
    Ok(())
}

#[test]
fn no_secret_is_shown_by_an_error_or_by_debug() -> Result<(), ConfigError> {
    let key = "5e".repeat(32);
    for (name, value) in [
        ("HARMONY_DATABASE", "postgres:5e5e5e"),
        ("HARMONY_LEDGER_KEY", "5e5e5e"),
        ("HARMONY_TOKEN_KEY", "5e5e5e"),
        ("HARMONY_COOKIE_KEY", "5e5e5e"),
    ] {
        let shown = load(&[(name, value)]).map_or_else(|error| format!("{error} {error:?}"), |_| "5e5e5e".into());
        assert!(!shown.contains("5e5e5e"), "{shown}");
    }
    let config = load(&[
        ("HARMONY_DATABASE", "postgres://u:5e5e5e@127.0.0.1/d"),
        ("HARMONY_LEDGER_KEY", &key),
        ("HARMONY_TOKEN_KEY", &key),
        ("HARMONY_COOKIE_KEY", &key.repeat(2)),
        ("HARMONY_MAIL_SERVER", "smtps://mail.example"),
        ("HARMONY_MAIL_USER", "harmony"),
        ("HARMONY_MAIL_PASSWORD", "5e5e5e"),
    ])?;
    let shown = format!("{config:?}");
    assert!(!shown.contains("5e5e5e") && !shown.contains("94, 94"), "{shown}");
    Ok(())
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
        let config = load(&[("HARMONY_LISTEN", address), ("HARMONY_ORIGIN", set.unwrap_or_default())]);
        assert_eq!(config.ok().map(|config| config.site.origin).as_deref(), origin, "{address} {set:?}");
    }
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let keys = in_folder(&folder.path().join("new"))?.keys;
    let sealed = keys.cookie_signer(&Rng::system())?.sign("a", "x".into());
    assert_eq!(keys.cookie_signer(&Rng::system())?.verify("a", &sealed).as_deref(), Some("x"));
    let file = folder.path().join("new/consent.key");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file)?.permissions()) & 0o777, 0o600);
    fs::write(&file, "short")?;
    assert!(matches!(keys.cookie_signer(&Rng::system()), Err(ConfigError::KeyFile { .. })));
    Ok(())
}

#[test]
fn of_many_that_start_at_one_moment_all_use_the_same_keys() -> Result<(), Box<dyn std::error::Error>> {
    for _ in 0..20 {
        let folder = tempfile::tempdir()?;
        let keys = in_folder(&folder.path().join("new"))?.keys;
        let begin = std::sync::Barrier::new(8);
        let start = || -> Result<_, ConfigError> {
            begin.wait();
            let rng = Rng::system();
            Ok((keys.cookie_signer(&rng)?.sign("a", "x".into()), keys.ledger(&rng)?.public_key().to_owned()))
        };
        let started = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a start panicked")).collect::<Vec<_>>()
        });
        let kept = start_again(&keys)?;
        for each in started {
            assert_eq!(each??, kept);
        }
        let mut left: Vec<_> = fs::read_dir(folder.path().join("new"))?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<_, _>>()?;
        left.sort();
        assert_eq!(left, ["consent.key", "ledger.key"], "nothing unfinished is left");
    }
    Ok(())
}

/// The keys that a later start loads.
fn start_again(keys: &KeyConfig) -> Result<(String, String), ConfigError> {
    let rng = Rng::system();
    Ok((keys.cookie_signer(&rng)?.sign("a", "x".into()), keys.ledger(&rng)?.public_key().to_owned()))
}

#[test]
fn to_look_makes_no_folder_and_what_a_start_will_make_is_known() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let config = in_folder(&data)?;
    assert!(matches!(&config.store.database, Database::File(file) if *file == data.join("harmony.sqlite")));
    let missing = |config: &Config| config.keys.missing().into_iter().map(|key| key.name).collect::<Vec<_>>();
    assert_eq!(missing(&config), ["HARMONY_COOKIE_KEY", "HARMONY_LEDGER_KEY", "HARMONY_TOKEN_KEY"]);
    config.keys.trusted_keys()?;
    assert!(!data.exists());
    config.keys.ledger(&Rng::system())?;
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&data)?.permissions()) & 0o777, 0o700);
    let token = ("HARMONY_TOKEN_KEY", &*"00".repeat(32));
    assert_eq!(missing(&load(&[("HARMONY_DATA_DIR", &data.to_string_lossy()), token])?), ["HARMONY_COOKIE_KEY"]);
    Ok(())
}

#[test]
fn the_hosts_are_those_of_the_origin_and_those_that_are_set_or_else_this_machine() {
    let listens = std::net::SocketAddr::from(([127, 0, 0, 1], 3000));
    for (origin, hosts, known, unknown) in [
        ("", "", &["127.0.0.1:3000", "localhost:3000", "[::1]:3000"][..], &["cookies.example", "localhost"][..]),
        ("https://cookies.example", "", &["cookies.example"], &["localhost:3000", "127.0.0.1:3000"]),
        ("", "cookies.example", &["cookies.example"], &["localhost:3000"]),
        (
            "https://cookies.example",
            "a.example, b.example:8443",
            &["cookies.example", "a.example", "b.example:8443"],
            &["b.example"],
        ),
    ] {
        let config = load(&[("HARMONY_ORIGIN", origin), ("HARMONY_HOSTS", hosts)]);
        let all = config.map(|config| config.site.hosts(listens)).unwrap_or_default();
        assert!(known.iter().all(|host| all.contains(host.as_bytes())), "{origin:?} {hosts:?}");
        assert!(!unknown.iter().any(|host| all.contains(host.as_bytes())), "{origin:?} {hosts:?}");
    }
    for bad in [" ", "Cookies.example", "https://cookies.example", "a.example,,b.example", "*"] {
        let said = error(&[("HARMONY_HOSTS", bad)]);
        assert!(said.starts_with("HARMONY_HOSTS: invalid host"), "{bad:?}: {said}");
    }
}

#[test]
fn a_limit_that_bounds_nothing_or_shuts_browsers_out_is_refused_by_its_name() {
    for (name, value) in [
        ("HARMONY_MAX_CONNECTIONS", "0"),
        ("HARMONY_MAX_CONCURRENT_REQUESTS", "0"),
        ("HARMONY_MAX_URL_BYTES", "100"),
        ("HARMONY_MAX_HEADER_BYTES", "4294967295"),
        ("HARMONY_MAX_HEADERS", "3"),
        ("HARMONY_HEADER_READ_TIMEOUT", "0"),
        ("HARMONY_BODY_TIMEOUT", "100000"),
        ("HARMONY_REQUEST_TIMEOUT", "0"),
        ("HARMONY_WRITE_TIMEOUT", "0"),
        ("HARMONY_SHUTDOWN_TIMEOUT", "0"),
    ] {
        let said = error(&[(name, value)]);
        assert!(said.starts_with(&format!("{name}: {value} is out of range; expected ")), "{said}");
    }
}

#[test]
fn contacts_for_reports_are_set_with_the_day_on_which_they_end() {
    let contact = ("HARMONY_SECURITY_CONTACT", "mailto:security@cookies.example");
    let expires = ("HARMONY_SECURITY_EXPIRES", "2027-06-01");
    let is_served = |pairs: &[(&str, &str)]| load(pairs).map(|config| config.site.security_txt.is_some());
    assert!(matches!(is_served(&[]), Ok(false)));
    assert!(matches!(is_served(&[contact, expires]), Ok(true)));
    assert!(matches!(is_served(&[contact]), Err(ConfigError::Half { .. })));
    assert!(matches!(is_served(&[expires]), Err(ConfigError::Half { .. })));
    for day in ["2027-06-31", "1.6.2027", "2027-06-01T00:00:00Z"] {
        let said = error(&[contact, ("HARMONY_SECURITY_EXPIRES", day)]);
        assert!(said.starts_with("HARMONY_SECURITY_EXPIRES: invalid day"), "{said}");
    }
    let said = error(&[("HARMONY_SECURITY_CONTACT", "security@cookies.example"), expires]);
    assert!(said.starts_with("HARMONY_SECURITY_CONTACT: a contact begins with"), "{said}");
}

#[test]
fn a_check_refuses_what_a_start_would_and_leaves_nothing_behind() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("site/pkg"))?;
    for file in ["css", "js", "wasm"] {
        fs::write(folder.path().join("site/pkg/harmony").with_extension(file), "")?;
    }
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (data, site) = (path("a/data"), path("site"));
    let check = |name: &str, value: &str| {
        let mut pairs = vec![("HARMONY_DATA_DIR", &*data), ("HARMONY_STATIC_DIR", &*site)];
        pairs.retain(|(set, _)| *set != name);
        pairs.push((name, value));
        let checked = load(&pairs).and_then(|config| config.check_folders());
        checked.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(check("HARMONY_LOG", "info"), "");
    assert!(!folder.path().join("a").exists(), "nothing is left of the trial");
    for (name, value, named) in [
        ("HARMONY_DATABASE", "mysql://x", "HARMONY_DATABASE"),
        ("HARMONY_DATABASE", "postgres://a@b/c", "sslmode"),
        ("HARMONY_RECORD_RETENTION_DAYS", "1", "HARMONY_RECORD_RETENTION_DAYS"),
        ("HARMONY_COOKIE_KEY", "zz", "HARMONY_COOKIE_KEY"),
        ("HARMONY_LEDGER_KEY", "zz", "HARMONY_LEDGER_KEY"),
        ("HARMONY_LEDGER_KEYS", "zz", "HARMONY_LEDGER_KEYS"),
        ("HARMONY_TOKEN_KEY", "zz", "HARMONY_TOKEN_KEY"),
        ("HARMONY_METRICS_LISTEN", "nowhere", "HARMONY_METRICS_LISTEN"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("HARMONY_LOG", "loud", "HARMONY_LOG"),
        ("HARMONY_CLIENT_IP_HEADER", "a b", "HARMONY_CLIENT_IP_HEADER"),
        ("HARMONY_STATIC_DIR", "/nowhere", "HARMONY_STATIC_DIR"),
        ("HARMONY_ACCOUNT_ATTEMPTS", "0", "HARMONY_ACCOUNT_ATTEMPTS"),
        ("HARMONY_CLIENT_IP_ATTEMPTS", "0", "HARMONY_CLIENT_IP_ATTEMPTS"),
        ("HARMONY_DATA_DIR", "/proc/x", "/proc/x"),
    ] {
        let said = check(name, value);
        assert!(said.contains(named), "{named}: {said:?}");
    }
    fs::remove_file(folder.path().join("site/pkg/harmony.css"))?;
    let lacks = check("HARMONY_LOG", "info");
    assert!(lacks.contains("lacks pkg/harmony.css"), "a site of another build: {lacks}");
    Ok(())
}

#[test]
fn no_filter_lets_a_library_log_what_is_somebodys() {
    for filter in ["trace", "debug,tokio_postgres=debug", "info,tokio_postgres::query=trace", "axum::rejection=trace"] {
        let captured = CapturedLog::default();
        let log_filter = load(&[("HARMONY_LOG", filter)]).map(|config| config.telemetry.log_filter).unwrap_or_default();
        let subscriber = tracing_subscriber::fmt().with_env_filter(log_filter).with_writer(captured.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "tokio_postgres::query", "with parameters: anna@example.org");
            tracing::trace!(target: "axum::rejection", "anna@example.org");
            tracing::error!("it is written");
        });
        let text = captured.text();
        assert!(!text.contains("anna"), "{filter}: {text}");
        assert_eq!(text.contains("it is written"), filter != "axum::rejection=trace", "{filter}: {text}");
    }
}

#[test]
fn a_setting_under_its_old_name_is_refused_with_its_new_one() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("settings.toml");
    for (old, new) in environment::RENAMED {
        assert_eq!(error(&[(old, "1")]), format!("{old} was renamed: set {new} instead"));
        let key = |variable: &str| match variable {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => "otlp_endpoint".to_owned(),
            _ => variable.trim_start_matches("HARMONY_").to_ascii_lowercase(),
        };
        fs::write(&file, format!("{} = 1", key(old)))?;
        let sentence = format!("{} in {} was renamed: set {} instead", key(old), file.display(), key(new));
        assert_eq!(Config::load(Some(&file), []).err().map(|error| error.to_string()), Some(sentence));
    }
    Ok(())
}
