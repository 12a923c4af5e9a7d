//! Logs, metrics and traces: what the server tells its operators.

use std::net::SocketAddr;

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{ConfigError, raw::RawConfig, site::socket_addr};
use crate::config::otlp::Collector;

/// Libraries that would log e-mail addresses, password hashes or forms. These directives override
/// the level that is set.
const QUIET: [&str; 4] =
    ["tokio_postgres=info", "tokio_postgres::query=info", "tokio_postgres::connection=info", "axum::rejection=off"];

/// Logs, metrics and traces.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Which lines are logged.
    pub log_filter: EnvFilter,
    /// How a line is written.
    pub log_format: LogFormat,
    /// Where metrics are exposed; without it, nothing is counted.
    pub metrics_listen: Option<SocketAddr>,
    /// The OpenTelemetry collector; without it, nothing is traced.
    pub collector: Option<Collector>,
}

/// The format of the log on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines to read.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl TelemetryConfig {
    pub(super) fn parse(raw: &RawConfig) -> Result<Self, ConfigError> {
        let log_format = match raw.log_format.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => return Err(raw.invalid("log_format", format!("unknown format {other:?}"), "text or json")),
        };
        let listen = |address: &String| {
            socket_addr(address).ok_or_else(|| {
                let problem = format!("invalid address {address:?}");
                raw.invalid("metrics_listen", problem, "an address and a port, such as 127.0.0.1:9464")
            })
        };
        let collector = |url: &String| {
            Collector::parse(url).ok_or_else(|| {
                let expected = "a URL such as http://127.0.0.1:4318 (TLS is not supported)";
                raw.invalid("otlp_endpoint", format!("invalid OTLP endpoint {url:?}"), expected)
            })
        };
        Ok(Self {
            log_filter: log_filter(raw)?,
            log_format,
            metrics_listen: raw.metrics_listen.as_ref().map(listen).transpose()?,
            collector: raw.otlp_endpoint.as_ref().map(collector).transpose()?,
        })
    }
}

fn log_filter(raw: &RawConfig) -> Result<EnvFilter, ConfigError> {
    let log = &raw.log;
    let invalid = || {
        let expected = "a level or a filter, such as info or info,harmony=debug";
        raw.invalid("log", format!("invalid level or filter {log:?}"), expected)
    };
    // `EnvFilter` takes an unknown word without `=` for the name of a module, and logs nothing
    // else.
    if !log.split(',').all(|part| part.contains('=') || part.parse::<LevelFilter>().is_ok()) {
        return Err(invalid());
    }
    let filter = EnvFilter::try_new(log).map_err(|_| invalid())?;
    Ok(QUIET.into_iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive))
}
