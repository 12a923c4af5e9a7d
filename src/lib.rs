//! A cookie policy that is true: published, shown and enforced from one source.
//!
//! The map of the house, from the ground up; each room imports only from rooms above it in this list (but
//! `app::http` mounts the pages):
//!
//! - [`model`]: what is true. Plain data and rules, no I/O.
//! - `server` (server only): how it is done. Content, store, consent, the gate and the other layers.
//! - [`api`]: what may be asked. Server functions, one file per noun.
//! - [`islands`]: what runs in the browser.
//! - `pages` (server only): what a reader sees.
//!
//! That the policy is what the server does can be read in four steps: a [`domain::declaration::Declaration`] stands in the
//! [`domain::inventory::Inventory`]; `app::http::gate` lets a cookie out only as its declaration has it; and the pages
//! draw their table from the same inventory.

// A page's view is one deeply nested type.
#![recursion_limit = "256"]

pub mod api;
#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod content;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod http;
pub mod islands;
#[cfg(feature = "ssr")]
pub mod ledger;
#[cfg(feature = "ssr")]
pub(crate) mod pages;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod system;
#[cfg(feature = "ssr")]
pub mod telemetry;

#[cfg(test)]
mod properties;

/// Wakes the islands of a page. The browser calls it when the scripts have loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
