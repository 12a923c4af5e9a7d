//! The command line: what it takes, and how it ends.

mod cli;

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Parser;
use harmony::config::Config;

use self::cli::Command;

/// A request is answered with hundreds of small pieces of memory, and this hands them out faster than the system does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A cookie policy that is true: published, shown and enforced from one source.
///
/// Everything is configured by environment variables or by a TOML file with the same names in lower case and without the
/// prefix: HARMONY_LISTEN (default 127.0.0.1:3000), HARMONY_DATA_DIR (folder of the database and keys, default data, made if
/// missing), HARMONY_DATABASE (sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE; default: harmony.sqlite in the data
/// folder), HARMONY_CONTENT_DIR (default content), HARMONY_STATIC_DIR (default target/site), HARMONY_COOKIE_KEY (128 hexadecimal
/// digits; made in the data folder if missing), HARMONY_LEDGER_KEY and HARMONY_TOKEN_KEY (64
/// hexadecimal digits each; made likewise), HARMONY_LEDGER_KEYS (none; more public keys whose records are believed, with commas between), HARMONY_ORIGIN (such as https://cookies.example; default http:// and the address), HARMONY_HSTS (off, host or subdomains; default host), HARMONY_RECORD_RETENTION_DAYS
/// (default 1826), HARMONY_ACCOUNT_ATTEMPTS (default 5) and HARMONY_ACCOUNT_ATTEMPT_SECONDS (default 60), HARMONY_CLIENT_IP_ATTEMPTS (default 20) and HARMONY_CLIENT_IP_ATTEMPT_SECONDS (default 10), HARMONY_CLIENT_IP_FORMS (default 300, a minute),
/// HARMONY_CLIENT_IP_HEADER (none; behind another server, the header that names the client),
/// HARMONY_HOSTS (more hosts that requests may name, with commas between; without it and HARMONY_ORIGIN, those of this machine), HARMONY_SECURITY_CONTACT
/// and HARMONY_SECURITY_EXPIRES (none; what security.txt says), HARMONY_MAX_CONNECTIONS (default 4096), HARMONY_MAX_CONCURRENT_REQUESTS (default 256), HARMONY_MAX_URL_BYTES (default
/// 2048), HARMONY_MAX_HEADER_BYTES (default 32768), HARMONY_MAX_HEADERS (default 100), HARMONY_HEADER_READ_TIMEOUT (default 20), HARMONY_BODY_TIMEOUT (default 10),
/// HARMONY_REQUEST_TIMEOUT (default 15), HARMONY_WRITE_TIMEOUT (default 30), HARMONY_SHUTDOWN_TIMEOUT (default 5), HARMONY_METRICS_LISTEN (none; where to tell figures to Prometheus, such as 127.0.0.1:9464),
/// OTEL_EXPORTER_OTLP_ENDPOINT (none; an OpenTelemetry collector, such as http://127.0.0.1:4318), HARMONY_LOG (default info), HARMONY_LOG_FORMAT (text or json).
/// An empty variable sets nothing. With _FILE behind its name a variable names a file that holds the value.
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

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    // The watching build tool starts the program with no word.
    let command = command_line.command.unwrap_or(Command::Serve);
    let done = Config::read(command_line.config.as_deref(), std::env::vars_os())
        .map_err(|error| error.to_string())
        .and_then(|config| command.run(&config));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // Where it cannot be said, the exit code says it.
            let _ = writeln!(std::io::stderr(), "{sentence}");
            ExitCode::FAILURE
        }
    }
}
