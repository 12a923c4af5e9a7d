//! Consent: purposes, decisions, signals, and the snapshot of the prompt that a decision answers.

pub mod change;
pub mod decision;
pub mod set_cookie;
pub mod signal;
pub mod snapshot;
