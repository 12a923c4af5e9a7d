//! The command line: `harmony serve`, `harmony check`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use harmony::server::{
    Parts, State,
    chance::Chance,
    clock::Clock,
    config::{Config, LogFormat},
    content::Content,
    http,
    store::Store,
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// A cookie policy that is true: published, shown and enforced from one source.
///
/// Everything is configured by environment variables or by a TOML file with the same names in lower case and without the
/// prefix: HARMONY_ADDRESS (default 127.0.0.1:3000), HARMONY_DATA (folder of the database and keys, default data, made if
/// missing), HARMONY_CONTENT (default content), HARMONY_SITE (default target/site), HARMONY_CONSENT_KEY (128 hexadecimal
/// digits; made in the data folder if missing), HARMONY_LOG (default info), HARMONY_LOG_FORMAT (text or json).
#[derive(Parser)]
#[expect(clippy::doc_markdown, reason = "this is the text of `--help`, which is no Markdown")]
#[command(version)]
struct CommandLine {
    /// A TOML file of settings; the environment wins over it.
    #[arg(long, env = "HARMONY_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the site until it is told to stop (SIGINT or SIGTERM). The default.
    Serve,
    /// Checks all content and says what is wrong, by file and line.
    Check,
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let done = Config::read(command_line.config.as_deref(), std::env::vars())
        .map_err(|error| error.to_string())
        .and_then(|config| match command_line.command {
            // The watching build tool starts the program with no word.
            None | Some(Command::Serve) => serve(&config),
            Some(Command::Check) => check(&config),
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Checks all content.
fn check(config: &Config) -> Result<(), String> {
    let content = Content::load(&config.content).map_err(|mistakes| lines(&mistakes))?;
    let (editions, cookies) = (content.editions.len(), content.inventory.declarations().len());
    println!("{}: {editions} editions and {cookies} cookies, no mistakes", config.content.display());
    Ok(())
}

fn lines(mistakes: &[impl ToString]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Serves the site until it is told to stop.
fn serve(config: &Config) -> Result<(), String> {
    start_log(config)?;
    let address = config.socket().map_err(|error| error.to_string())?;
    let chance = Chance::system();
    if !config.site.join("pkg").is_dir() {
        return Err(format!(
            "HARMONY_SITE is {}, which holds no built site: run make run, or cargo leptos build --release",
            config.site.display()
        ));
    }
    let database = config.database().map_err(|error| error.to_string())?;
    let site = State::new(Parts {
        content: config.content.clone(),
        site: config.site.clone(),
        clock: Clock::system(),
        seal: config.seal(&chance).map_err(|error| error.to_string())?,
        chance,
        store: Store::open(&database).map_err(|error| format!("{}: {error}", database.display()))?,
    })
    .map_err(|mistakes| lines(&mistakes))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen at {address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "browsers keep no Secure cookie over plain http from any name but localhost: put a server with https in front"
            );
        }
        tracing::info!(%address, "serving at http://{address}");
        axum::serve(listener, http::router(&site))
            .with_graceful_shutdown(told_to_stop())
            .await
            .map_err(|error| error.to_string())
    })?;
    tracing::info!("stopped");
    Ok(())
}

/// Ends when the operator says so.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
    tracing::info!("told to stop: finishing what has begun");
}

fn start_log(config: &Config) -> Result<(), String> {
    let wrong = || format!("HARMONY_LOG is {:?}, which is no level and no filter: write one such as info", config.log);
    // The library takes a lone word that is no level for the name of a module, and logs nothing at all.
    if !config.log.split(',').all(|part| part.contains('=') || part.parse::<LevelFilter>().is_ok()) {
        return Err(wrong());
    }
    let filter = EnvFilter::try_new(&config.log).map_err(|_| wrong())?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    // A panic is logged like any other failure; the visitor gets the page of an inner failure.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a request panicked")));
    Ok(())
}
