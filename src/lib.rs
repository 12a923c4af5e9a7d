//! A cookie policy that is true: published, shown and enforced from one source.
//!
//! The map of the house, from the ground up; each room imports only from rooms above it in this list (but
//! `server::http` mounts the pages):
//!
//! - [`model`]: what is true. Plain data and rules, no I/O.
//! - `server` (server only): how it is done. Content, store, consent, the gate and the other layers.
//! - [`api`]: what may be asked. Server functions, one file per noun.
//! - [`islands`]: what runs in the browser.
//! - `pages` (server only): what a reader sees.
//!
//! That the policy is what the server does can be read in four steps: a [`model::declaration::Declaration`] stands in the
//! [`model::inventory::Inventory`]; `server::http::gate` lets a cookie out only as its declaration has it; and the pages
//! draw their table from the same inventory.

// A page's view is one deeply nested type.
#![recursion_limit = "256"]

pub mod api;
pub mod islands;
pub mod model;
#[cfg(feature = "ssr")]
pub(crate) mod pages;
#[cfg(feature = "ssr")]
pub mod server;

#[cfg(test)]
mod properties;

/// Wakes the islands of a page. The browser calls it when the scripts have loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
