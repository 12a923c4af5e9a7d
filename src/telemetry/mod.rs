//! Logs, metrics and traces.

pub mod log;
pub mod metrics;
mod setup;
pub mod traces;

pub use self::setup::Telemetry;
