//! Logs, metrics and traces.

pub mod log;
pub mod metrics;
pub mod observers;
pub mod traces;
