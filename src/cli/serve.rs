//! `harmony serve`: serves the site until it is told to stop.

use std::sync::Arc;

use harmony::{
    app::{AppState, AppStateParts, retention, time_stamping::Stamper},
    config::{Config, LogFormat},
    domain::web::security_txt::ContactExpiry,
    http::{
        self,
        metrics_listener::Listener,
        server,
        state::{HttpSettings, HttpState},
    },
    store::StoreError,
    system::{clock::Clock, rng::Rng},
    telemetry::{Telemetry, log::LogWriter},
};
use tokio::net::TcpListener;

use super::database_to_make;

/// Serves the site until it is told to stop.
pub(super) fn run(config: &Config) -> Result<(), String> {
    config.check().map_err(|error| error.to_string())?;
    start_log(config)?;
    let address = config.socket().map_err(|error| error.to_string())?;
    let chance = Rng::system();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    // Before anything is opened: whoever connects meanwhile waits.
    let bind = |address| {
        runtime.block_on(TcpListener::bind(address)).map_err(|error| format!("cannot listen at {address}: {error}"))
    };
    let listener = bind(address)?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let hosts = config.hosts(address).map_err(|error| error.to_string())?;
    let names = hosts.to_string();
    let bounds = config.bounds().map_err(|error| error.to_string())?;
    let security_txt = config.security_txt().map_err(|error| error.to_string())?;
    let clock = Clock::system();
    if security_txt.as_ref().is_some_and(|contacts| contacts.standing(clock.now().day()) != ContactExpiry::Valid) {
        tracing::warn!(
            "security.txt is over, or soon will be: set HARMONY_SECURITY_EXPIRES anew once its contacts are read again"
        );
    }
    let origin = config.origin().map_err(|error| error.to_string())?;
    let https = config.hsts.header(&origin);
    let database = database_to_make(config)?;
    let new_keys = config.missing_keys();
    let ledger = config.ledger(&chance).map_err(|error| error.to_string())?;
    let tokens = config.tokens(&chance).map_err(|error| error.to_string())?;
    let stamper = config.timestamps().map_err(|error| error.to_string())?.map(Stamper::new);
    let records = config.retention().map_err(|error| error.to_string())?;
    let mut stop = Box::pin(told_to_stop());
    // While there is no database, whoever connects is refused rather than kept waiting.
    let mut listener = Some(listener);
    let wait = |error: &StoreError| {
        tracing::warn!("{database}: {error}: waiting for it");
        listener = None;
    };
    let opened = runtime.block_on(ledger.open_once_there(&database, &chance, &mut stop, wait));
    let Some(store) = opened.map_err(|error| format!("{database}: {error}"))? else {
        tracing::info!("stopped");
        return Ok(());
    };
    let listener = listener.map_or_else(|| bind(address), Ok)?;
    let clock = Clock::system();
    let observers = Telemetry::of(config, &store, clock.now(), http::route_templates())?;
    let site = AppState::new(AppStateParts {
        content: config.content_dir.clone(),
        site: config.static_dir.clone(),
        clock,
        seal: config.seal(&chance).map_err(|error| error.to_string())?,
        chance,
        limits: config.limits().map_err(|error| error.to_string())?,
        observers,
        store,
        ledger,
        tokens,
        origin,
        security_txt,
    })
    .map_err(|error| error.to_string())?;
    let client_ip_header = config.client_ip_header().map_err(|error| error.to_string())?;
    let settings = HttpSettings { limits: bounds, hosts, hsts: config.hsts, client_ip_header };
    let http = HttpState::new(Arc::clone(&site), settings);
    runtime.block_on(async {
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "browsers keep no Secure cookie over plain http from any name but localhost: put a server with https in front"
            );
        }
        if site.ledger.is_begun(&site.store).await.map_err(|error| format!("{database}: {error}"))? {
            for (key, lost) in new_keys {
                tracing::warn!(
                    "the key of {key} was made anew, but the database was used before ({lost}): if its file was lost, stop the server and put it back from the backup"
                );
            }
        }
        site.ledger.begin(&site.store).await.map_err(|error| format!("{database}: {error}"))?;
        for chain in site.ledger.untrusted(&site.store).await.map_err(|error| format!("{database}: {error}"))? {
            tracing::warn!(
                %chain,
                "the database holds a chain of records whose key is not known here, so they are not believed: list the key in HARMONY_LEDGER_KEYS if it is of another server of yours, or of an earlier one"
            );
        }
        site.learn_costs().await.map_err(|error| format!("{database}: {error}"))?;
        let metrics = listen_for_metrics(config, &http).await?;
        let _retention = tokio::spawn(retention::keep(Arc::clone(&site), records, stamper));
        tracing::info!(%address, %names, "listening on http://{address}");
        server::serve(listener, http::service(&http), bounds, https, stop).await;
        // To the end, so that it can be seen how the last requests go.
        if let Some(metrics) = metrics {
            metrics.close().await;
        }
        Ok::<_, String>(())
    })?;
    // What was cut off is let go before the store is, which writes what it was handed.
    drop(runtime);
    site.observers.close();
    tracing::info!("stopped");
    Ok(())
}

/// Serves `/metrics`, if the operator set an address for it.
async fn listen_for_metrics(config: &Config, http: &Arc<HttpState>) -> Result<Option<Listener>, String> {
    let Some(address) = config.metrics().map_err(|error| error.to_string())? else { return Ok(None) };
    let listener = Listener::open(address, http).await;
    listener.map(Some).map_err(|error| format!("HARMONY_METRICS_LISTEN: cannot listen on {address}: {error}"))
}

/// Ends when the operator says so.
async fn told_to_stop() {
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

fn start_log(config: &Config) -> Result<(), String> {
    let filter = config.log_filter().map_err(|error| error.to_string())?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| LogWriter);
    match config.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    // A panic is logged like any other failure; the visitor gets the page of an inner failure.
    std::panic::set_hook(Box::new(|panic| {
        // What was put together may hold what a visitor sent; what stands in the code does not.
        let said = panic.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, said, "a request panicked");
    }));
    Ok(())
}
