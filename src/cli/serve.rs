//! `harmony serve`: serves the site until it is stopped.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use harmony::{
    app::{AppState, AppStateParts, mail, retention, subscriptions, time_stamping::Stamper},
    config::{Config, CountrySource, LogFormat, MissingKey, TelemetryConfig},
    content::reload::ContentStore,
    domain::web::security_txt::ContactExpiry,
    http::{
        self,
        metrics_listener::Listener,
        server,
        server::wait_for_content,
        state::{HttpSettings, HttpState},
    },
    store::StoreError,
    system::{clock::Clock, rng::Rng},
    telemetry::{Telemetry, log::LogWriter},
};
use tokio::net::TcpListener;

use super::{binds_sessions, database_to_create, listed, outbox, sign_in_config};

fn cannot_listen(address: SocketAddr) -> String {
    format!("HARMONY_LISTEN: cannot listen on {address}")
}

/// Serves the site until it is stopped.
pub(super) fn run(config: Config) -> Result<()> {
    config.check_folders()?;
    let country_source = config.site.country_source()?;
    start_log(&config.telemetry);
    let rng = Rng::system();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let bind = |address| runtime.block_on(TcpListener::bind(address)).with_context(|| cannot_listen(address));
    // Bind before anything is opened: clients that connect meanwhile wait.
    let listener = bind(config.site.listen)?;
    let address = listener.local_addr().context("cannot listen")?;
    let hosts = config.site.hosts(address);
    let names = hosts.to_string();
    let clock = Clock::system();
    warn_of_expiry(&config, &clock);
    let https = config.site.hsts.header(&config.site.origin);
    let database = database_to_create(&config)?;
    let missing_keys = config.keys.missing();
    let ledger = config.keys.ledger(&rng)?;
    let tokens = config.keys.token_signer(&rng)?;
    let mut stop = Box::pin(shutdown_requested());
    // While the database is unavailable, clients are refused rather than left waiting.
    let mut listener = Some(listener);
    let wait = |error: &StoreError| {
        tracing::warn!("{database}: {error}: waiting for it");
        listener = None;
    };
    let of_database = || database.to_string();
    let opened = runtime.block_on(ledger.open_when_reachable(database, &rng, &mut stop, wait));
    let Some(store) = opened.with_context(of_database)? else {
        tracing::info!("stopped");
        return Ok(());
    };
    let listener = listener.map_or_else(|| bind(address), Ok)?;
    let load = || ContentStore::load(config.files.content_dir.clone(), clock.now().day());
    let loaded = wait_for_content::load(listener, config.limits.http, load, &mut stop);
    let (content, listener) = runtime.block_on(loaded).map_err(listed)?;
    let listener = listener.map_or_else(|| bind(address), Ok)?;
    let observers =
        Telemetry::of(&config, &store, clock.now(), http::route_templates()).context("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let mail = outbox(&config, content.current(clock.now().day()).publisher.as_ref())?;
    let today = clock.now().day();
    let sign_in = sign_in_config(&config, &content.current(today))?;
    let binds_sessions = binds_sessions(&config, &content.current(today), today)?;
    let site = AppState::new(AppStateParts {
        content,
        site: config.files.static_dir.clone(),
        clock,
        cookie_signer: config.keys.cookie_signer(&rng)?,
        rng,
        sign_in,
        binds_sessions,
        limits: config.limits.rates,
        mail,
        observers,
        store,
        ledger,
        tokens,
        origin: config.site.origin.clone(),
        security_txt: config.site.security_txt.clone(),
        has_country_header: matches!(country_source, CountrySource::Header(_)),
    })?;
    let settings = HttpSettings {
        limits: config.limits.http,
        hosts,
        hsts: config.site.hsts,
        client_ip_header: config.site.client_ip_header.clone(),
        country_source,
    };
    let http = HttpState::new(Arc::clone(&site), settings);
    runtime.block_on(async {
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "browsers keep no Secure cookie over plain http except from localhost: put a proxy with https in front"
            );
        }
        check_chains(&site, &missing_keys).await.with_context(of_database)?;
        site.load_hash_costs().await.with_context(of_database)?;
        let metrics = match config.telemetry.metrics_listen {
            Some(address) => {
                let listener = Listener::open(address, &http).await;
                Some(listener.with_context(|| format!("HARMONY_METRICS_LISTEN: cannot listen on {address}"))?)
            }
            None => None,
        };
        let stamper = config.ledger.timestamps.clone().map(Stamper::new);
        let _retention = tokio::spawn(retention::keep(Arc::clone(&site), config.ledger.record_retention, stamper));
        let _mail = tokio::spawn(mail::deliver(Arc::clone(&site)));
        let _subscriptions = tokio::spawn(subscriptions::tell(Arc::clone(&site)));
        tracing::info!(%address, %names, "listening on http://{address}");
        server::serve(listener, http::service(&http), config.limits.http, https, stop).await;
        // Last, so that the metrics of the last requests can be scraped.
        if let Some(metrics) = metrics {
            metrics.close().await;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    // Aborted requests release the store before the store ends, which commits pending writes.
    drop(runtime);
    site.observers.close();
    tracing::info!("stopped");
    Ok(())
}

fn warn_of_expiry(config: &Config, clock: &Clock) {
    let contacts = config.site.security_txt.as_ref();
    if contacts.is_some_and(|contacts| contacts.expiry(clock.now().day()) != ContactExpiry::Valid) {
        tracing::warn!(
            "security.txt has expired or soon will: review its contacts, and set a later HARMONY_SECURITY_EXPIRES"
        );
    }
}

/// Begins the server's own chain. Warns of keys that were created for a database that was used
/// before, and of chains under unknown keys.
async fn check_chains(site: &AppState, missing_keys: &[MissingKey]) -> Result<(), StoreError> {
    if site.ledger.exists(&site.store).await? {
        for MissingKey { name, lost } in missing_keys {
            tracing::warn!(
                "the key of {name} was created, but the database was used before ({lost}): if its file was lost, stop \
                 the server and put it back from the backup"
            );
        }
    }
    site.ledger.begin(&site.store).await?;
    for chain in site.ledger.untrusted(&site.store).await? {
        tracing::warn!(
            %chain,
            "the database holds a chain of records under an unknown key, so they are not trusted: list the key in \
             HARMONY_LEDGER_KEYS if it is of another server of yours, or of an earlier one"
        );
    }
    Ok(())
}

/// Completes when the operator stops the server.
async fn shutdown_requested() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let [terminated, hung_up] = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::terminate(), SignalKind::hangup()].map(|kind| async move {
            match signal(kind) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        })
    };
    #[cfg(not(unix))]
    let [terminated, hung_up] = [std::future::pending::<()>(), std::future::pending()];
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
        () = hung_up => {}
    }
    tracing::info!("shutdown requested: draining connections");
}

fn start_log(telemetry: &TelemetryConfig) {
    let log = tracing_subscriber::fmt().with_env_filter(telemetry.log_filter.clone()).with_writer(|| LogWriter);
    match telemetry.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    // A panic is logged like any other failure, and the visitor gets the page for an internal
    // error.
    std::panic::set_hook(Box::new(|panic| {
        // A formatted message may contain what a visitor sent; a literal cannot.
        let said = panic.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, said, "a request panicked");
    }));
}
