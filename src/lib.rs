//! A cookie policy that is true: published, shown and enforced from one source.
//!
//! The layers, from the top down. A module imports from its own layer and from those below it
//! (`.ci/check-imports` checks this):
//!
//! - `http`: the server, the middleware, the routes, the API for partner services.
//! - `pages`: the HTML that a reader sees, one file per page.
//! - [`api`]: the server functions that forms post to, one file per noun.
//! - [`islands`]: what runs in the browser.
//! - `app`: the use cases, such as consent, accounts, rate limits and retention.
//! - `config`, `telemetry`, `ledger`, `content`, `store`: settings, logs and metrics, the signed
//!   records, the publisher's files, the database.
//! - `system`: the clock, the random number generator, hashing and cookie signatures.
//! - [`domain`]: plain data and rules without I/O.
//!
//! Four steps show that the policy is what the server does. A
//! [`Declaration`](domain::cookies::declaration::Declaration) is part of the
//! [`Inventory`](domain::cookies::inventory::Inventory). `http::middleware::set_cookie_gate` lets a
//! cookie out only as it is declared. The pages draw their table from the same inventory.

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
pub(crate) mod leptos_context;
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
