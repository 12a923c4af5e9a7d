//! What is set is read, and what cannot be used is refused by its name.

use super::*;
use crate::{system::rng::Rng, telemetry::log::kept::Kept};

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(None, pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

#[test]
fn what_is_not_set_has_its_default_and_other_programs_settings_are_ignored() {
    let config = read(&[("HARMONY_LISTEN", "127.0.0.1:80"), ("HOME", "/"), ("HARMONY_CONFIG", "x.toml")]);
    assert!(config.is_ok_and(|config| config.listen == "127.0.0.1:80" && config.data_dir == Path::new("data")));
}

#[test]
fn an_unknown_key_or_a_wrong_value_is_refused_by_name() {
    for (pair, named) in [
        (("HARMONY_LISTN", "x"), "HARMONY_LISTN is no setting"),
        (("HARMONY_LOG_FORMAT", "JSON"), "HARMONY_LOG_FORMAT must be text or json"),
        (("HARMONY_HSTS", "On"), "HARMONY_HSTS must be off, host or subdomains"),
        (("HARMONY_RECORD_RETENTION_DAYS", "abc"), "HARMONY_RECORD_RETENTION_DAYS must be a whole number"),
    ] {
        let error = read(&[pair]).map_or_else(|error| error.to_string(), |_| String::new());
        assert!(error.contains(named), "{pair:?} gave {error:?}");
    }
    let config = Config { listen: "nowhere".into(), ..Config::default() };
    assert!(matches!(config.socket(), Err(ConfigError::Address(_))));
    let config = Config { client_ip_header: Some("a b".into()), ..Config::default() };
    assert!(matches!(config.client_ip_header(), Err(ConfigError::AddressHeader(_))));
    let config = Config { metrics_listen: Some("nowhere".into()), ..Config::default() };
    assert!(matches!(config.metrics(), Err(ConfigError::Metrics(_))));
    let config = Config { otlp_endpoint: Some("https://127.0.0.1:4318".into()), ..Config::default() };
    assert!(matches!(config.traces(), Err(ConfigError::Traces(_))));
    let config = Config { timestamps: Some("tsa.example".into()), ..Config::default() };
    assert!(matches!(config.timestamps(), Err(ConfigError::Timestamps(_))));
    let config = Config { client_ip_attempts: 0, ..Config::default() };
    assert!(matches!(config.limits(), Err(ConfigError::Limit { name: "HARMONY_CLIENT_IP_ATTEMPTS", .. })));
    let config = Config { database: Some("postgres:geheim".into()), ..Config::default() };
    assert!(config.database().is_err_and(|error| !format!("{error} {error:?} {config:?}").contains("geheim")));
    let config = Config { cookie_key: Some("00".into()), ..Config::default() };
    assert!(matches!(config.seal(&Rng::system()), Err(ConfigError::Key { .. })));
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
        let config = Config { listen: address.into(), origin: set.map(str::to_owned), ..Config::default() };
        assert_eq!(config.origin().ok().as_deref(), origin, "{address} {set:?}");
    }
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let config = Config { data_dir: folder.path().join("new"), ..Config::default() };
    let sealed = config.seal(&Rng::system())?.close("a", "x".into());
    assert_eq!(config.seal(&Rng::system())?.open("a", &sealed).as_deref(), Some("x"));
    let file = config.data_dir.join("consent.key");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file)?.permissions()) & 0o777, 0o600);
    fs::write(&file, "short")?;
    assert!(matches!(config.seal(&Rng::system()), Err(ConfigError::KeyFile { .. })));
    Ok(())
}

#[test]
fn of_many_that_start_at_one_moment_all_use_the_same_keys() -> Result<(), Box<dyn std::error::Error>> {
    for _ in 0..20 {
        let folder = tempfile::tempdir()?;
        let config = Config { data_dir: folder.path().join("new"), ..Config::default() };
        let begin = std::sync::Barrier::new(8);
        let start = || -> Result<_, ConfigError> {
            begin.wait();
            let chance = Rng::system();
            Ok((config.seal(&chance)?.close("a", "x".into()), config.ledger(&chance)?.public_key().to_owned()))
        };
        let started = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a start panicked")).collect::<Vec<_>>()
        });
        let kept = start_again(&config)?;
        for each in started {
            assert_eq!(each??, kept);
        }
        let mut left: Vec<_> = fs::read_dir(&config.data_dir)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<_, _>>()?;
        left.sort();
        assert_eq!(left, ["consent.key", "ledger.key"], "nothing unfinished is left");
    }
    Ok(())
}

/// What a later start finds.
fn start_again(config: &Config) -> Result<(String, String), ConfigError> {
    let chance = Rng::system();
    Ok((config.seal(&chance)?.close("a", "x".into()), config.ledger(&chance)?.public_key().to_owned()))
}

#[test]
fn to_look_makes_no_folder_and_what_a_start_will_make_is_known() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let config = Config { data_dir: folder.path().join("data"), ..Config::default() };
    assert!(matches!(config.database()?, Database::File(file) if file == config.data_dir.join("harmony.sqlite")));
    let missing = |config: &Config| config.missing_keys().into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(missing(&config), ["HARMONY_COOKIE_KEY", "HARMONY_LEDGER_KEY", "HARMONY_TOKEN_KEY"]);
    config.trusted_keys()?;
    assert!(!config.data_dir.exists());
    config.ledger(&Rng::system())?;
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&config.data_dir)?.permissions()) & 0o777, 0o700);
    let set = Config { token_key: Some("00".repeat(32)), ..config };
    assert_eq!(missing(&set), ["HARMONY_COOKIE_KEY"]);
    Ok(())
}

#[test]
fn the_hosts_are_those_of_the_origin_and_those_that_are_set_or_else_this_machine() {
    let listens = std::net::SocketAddr::from(([127, 0, 0, 1], 3000));
    for (origin, hosts, known, unknown) in [
        (None, None, &["127.0.0.1:3000", "localhost:3000", "[::1]:3000"][..], &["cookies.example", "localhost"][..]),
        (Some("https://cookies.example"), None, &["cookies.example"], &["localhost:3000", "127.0.0.1:3000"]),
        (None, Some("cookies.example"), &["cookies.example"], &["localhost:3000"]),
        (
            Some("https://cookies.example"),
            Some("a.example, b.example:8443"),
            &["cookies.example", "a.example", "b.example:8443"],
            &["b.example"],
        ),
    ] {
        let (set_origin, set_hosts) = (origin.map(str::to_owned), hosts.map(str::to_owned));
        let config = Config { origin: set_origin, hosts: set_hosts, ..Config::default() };
        let all = config.hosts(listens).unwrap_or_default();
        assert!(known.iter().all(|host| all.contains(host.as_bytes())), "{origin:?} {hosts:?}");
        assert!(!unknown.iter().any(|host| all.contains(host.as_bytes())), "{origin:?} {hosts:?}");
    }
    for bad in ["", "Cookies.example", "https://cookies.example", "a.example,,b.example", "*"] {
        let config = Config { hosts: Some(bad.into()), ..Config::default() };
        assert!(matches!(config.hosts(listens), Err(ConfigError::Host(_))), "{bad:?}");
    }
}

#[test]
fn a_bound_that_bounds_nothing_or_shuts_browsers_out_is_refused_by_its_name() {
    assert!(Config::default().bounds().is_ok());
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
        let refused = read(&[(name, value)]).and_then(|config| config.bounds().map(|_| ()));
        assert!(matches!(refused, Err(ConfigError::Limit { name: named, .. }) if named == name), "{name}: {refused:?}");
    }
}

#[test]
fn contacts_for_reports_are_set_with_the_day_on_which_they_end() {
    let contact = ("HARMONY_SECURITY_CONTACT", "mailto:security@cookies.example");
    let expires = ("HARMONY_SECURITY_EXPIRES", "2027-06-01");
    let read = |pairs: &[(&str, &str)]| read(pairs).and_then(|config| config.security_txt());
    assert!(matches!(read(&[]), Ok(None)));
    assert!(matches!(read(&[contact, expires]), Ok(Some(_))));
    assert!(matches!(read(&[contact]), Err(ConfigError::SecurityHalf)));
    assert!(matches!(read(&[expires]), Err(ConfigError::SecurityHalf)));
    for day in ["2027-06-31", "1.6.2027", "2027-06-01T00:00:00Z"] {
        let refused = read(&[contact, ("HARMONY_SECURITY_EXPIRES", day)]);
        assert!(matches!(refused, Err(ConfigError::SecurityExpires(_))), "{day:?}");
    }
    let refused = read(&[("HARMONY_SECURITY_CONTACT", "security@cookies.example"), expires]);
    assert!(matches!(refused, Err(ConfigError::SecurityContact(_))));
}

#[test]
fn a_check_refuses_whatever_a_start_would_and_leaves_nothing_behind() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("site/pkg"))?;
    for file in ["css", "js", "wasm"] {
        fs::write(folder.path().join("site/pkg/harmony").with_extension(file), "")?;
    }
    let sound =
        Config { data_dir: folder.path().join("a/data"), static_dir: folder.path().join("site"), ..Config::default() };
    sound.check()?;
    assert!(!folder.path().join("a").exists(), "nothing is left of the trial");
    let some = |text: &str| Some(text.to_owned());
    for (unsound, named) in [
        (Config { database: some("mysql://x"), ..sound.clone() }, "HARMONY_DATABASE"),
        (Config { database: some("postgres://a@b/c"), ..sound.clone() }, "sslmode"),
        (Config { record_retention_days: 1, ..sound.clone() }, "HARMONY_RECORD_RETENTION_DAYS"),
        (Config { cookie_key: some("zz"), ..sound.clone() }, "HARMONY_COOKIE_KEY"),
        (Config { ledger_key: some("zz"), ..sound.clone() }, "HARMONY_LEDGER_KEY"),
        (Config { ledger_keys: some("zz"), ..sound.clone() }, "HARMONY_LEDGER_KEYS"),
        (Config { token_key: some("zz"), ..sound.clone() }, "HARMONY_TOKEN_KEY"),
        (Config { metrics_listen: some("nowhere"), ..sound.clone() }, "HARMONY_METRICS_LISTEN"),
        (Config { otlp_endpoint: some("nowhere"), ..sound.clone() }, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (Config { log: "loud".into(), ..sound.clone() }, "HARMONY_LOG"),
        (Config { client_ip_header: some("a b"), ..sound.clone() }, "HARMONY_CLIENT_IP_HEADER"),
        (Config { static_dir: "/nowhere".into(), ..sound.clone() }, "HARMONY_STATIC_DIR"),
        (Config { account_attempts: 0, ..sound.clone() }, "HARMONY_ACCOUNT_ATTEMPTS"),
        (Config { client_ip_attempts: 0, ..sound.clone() }, "HARMONY_CLIENT_IP_ATTEMPTS"),
        (Config { data_dir: "/proc/x".into(), ..sound.clone() }, "/proc/x"),
    ] {
        let said = unsound.check().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(named), "{named}: {said:?}");
    }
    fs::remove_file(folder.path().join("site/pkg/harmony.css"))?;
    let lacks = sound.check().err().map(|error| error.to_string()).unwrap_or_default();
    assert!(lacks.contains("lacks pkg/harmony.css"), "a site of another build: {lacks}");
    Ok(())
}

#[test]
fn no_filter_lets_a_library_log_what_is_somebodys() {
    for log in ["trace", "debug,tokio_postgres=debug", "info,tokio_postgres::query=trace", "axum::rejection=trace"] {
        let config = Config { log: log.into(), ..Config::default() };
        let kept = Kept::default();
        let filter = config.log_filter().unwrap_or_default();
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(kept.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "tokio_postgres::query", "with parameters: anna@example.org");
            tracing::trace!(target: "axum::rejection", "anna@example.org");
            tracing::error!("it is written");
        });
        let text = kept.text();
        assert!(!text.contains("anna"), "{log}: {text}");
        assert_eq!(text.contains("it is written"), log != "axum::rejection=trace", "{log}: {text}");
    }
}

#[test]
fn a_setting_under_its_old_name_is_refused_with_its_new_one() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("settings.toml");
    for (old, new) in environment::RENAMED {
        let variables = [(OsString::from(old), OsString::from("1"))];
        let sentence = Some(format!("{old} was renamed: set {new} instead"));
        assert_eq!(Config::read(None, variables).err().map(|error| error.to_string()), sentence);
        let key = old.trim_start_matches("HARMONY_").to_ascii_lowercase();
        fs::write(&file, format!("{key} = 1"))?;
        assert_eq!(Config::read(Some(&file), []).err().map(|error| error.to_string()), sentence, "{key}");
    }
    Ok(())
}
