//! `GET /cookies.json`: the inventory for machines.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde::Serialize;

use crate::{model::declaration::Declaration, server::State as Site};

/// One declaration as machines read it.
#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    purpose: &'static str,
    essential: bool,
    /// Seconds; null for a session cookie.
    max_age: Option<u64>,
    http_only: bool,
    secure: bool,
    same_site: &'static str,
    path: &'a str,
    set_by: &'a str,
    description: &'a str,
    since: String,
}

impl<'a> From<&'a Declaration> for Entry<'a> {
    fn from(declaration: &'a Declaration) -> Self {
        Self {
            name: &declaration.name,
            purpose: declaration.purpose.name(),
            essential: declaration.purpose.is_essential(),
            max_age: declaration.lifetime.max_age(),
            http_only: declaration.attributes.http_only,
            secure: declaration.attributes.secure,
            same_site: declaration.attributes.same_site.name(),
            path: &declaration.attributes.path,
            set_by: &declaration.set_by,
            description: &declaration.description,
            since: declaration.since.to_string(),
        }
    }
}

/// Answers with every declaration, in the order of the inventory.
pub(super) async fn show(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let in_force = site.edition_in_force();
    let inventory = in_force.inventory();
    let kept = site.cached_pages.inventory(in_force.version, || {
        let entries: Vec<_> = inventory.declarations().iter().map(Entry::from).collect();
        serde_json::to_vec(&entries).unwrap_or_default()
    });
    let mut response = kept.await.answer(&headers);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
