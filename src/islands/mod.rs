//! Code that runs in the browser: one island, on `/preferences` only. Every page works without it.

pub mod enhanced_forms;
