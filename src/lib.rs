//! A cookie policy that is true: published, shown and enforced from one source.
//!
//! The map of the house, from the ground up; each room imports only from those above it in this list:
//!
//! - [`model`]: what is true. Plain data and rules, no I/O.
//! - `server` (server only): how it is done. Content, store, consent, the gate and the other layers.
//! - `api`: what may be asked. Server functions, one file per noun.
//! - `islands`: what runs in the browser.
//! - `pages` (server only): what a reader sees.

pub mod model;
#[cfg(feature = "ssr")]
pub mod server;
