//! The HTTP layer: the server, the middleware and the routes.
//!
//! - [`server`] accepts connections and drains them at the end.
//! - [`middleware`] is what every request passes through; `middleware/mod.rs` is its order.
//! - [`router`] has every route; `routes` and `partner_api` have the handlers, one file per URL.
//! - [`state`] holds what only HTTP needs: limits, caches, hosts.
//! - [`metrics_listener`] serves `/metrics` at an address of its own.

pub(crate) mod content_errors;
pub(crate) mod error_response;
pub mod metrics_listener;
pub mod middleware;
pub(crate) mod partner_api;
mod request;
pub(crate) mod route_table;
pub(crate) mod router;
pub(crate) mod routes;
pub mod server;
pub mod state;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::{middleware::SiteService, state::HttpState};

/// The whole site as one service.
pub fn service(http: &Arc<HttpState>) -> SiteService {
    middleware::wrap(http, router::router(http))
}

/// The templates of all routes, by which requests are counted.
pub fn route_templates() -> impl Iterator<Item = &'static str> {
    router::table().templates()
}
