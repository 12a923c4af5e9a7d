//! What programs fetch of the policy: the feed of its editions, the map of the site, and the sheet that an edition is printed
//! with. Each is the same for everybody and sets no cookie.

mod feed;
mod print;
mod sitemap;
mod xml;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::cached_pages::{Document, Kept};
use crate::{
    model::{locale::Locale, refusal::Refusal, version::Version},
    server::State as Site,
};

/// Where the feed stands.
pub(crate) const FEED: &str = "/policy/feed.xml";

/// Where the map of the site stands.
const SITEMAP: &str = "/sitemap.xml";

/// What the address of an edition's print sheet ends with.
const PRINT: &str = "/print.css";

/// Where the print sheets stand.
const PRINT_SHEETS: &str = "/policy/{version}/print.css";

/// Where crawlers are told what they may look at.
const ROBOTS: &str = "/robots.txt";

/// Their addresses, as the router has them.
pub(super) const TEMPLATES: [&str; 4] = [FEED, PRINT_SHEETS, SITEMAP, ROBOTS];

/// Where the sheet stands that an edition is printed with.
pub(crate) fn print_sheet(version: Version) -> String {
    format!("/policy/{version}{PRINT}")
}

/// Whether one of them may stand at that address below `/policy/`.
pub(super) fn stand_at(path: &str) -> bool {
    let printed = path.strip_prefix("/policy/").and_then(|path| path.strip_suffix(PRINT));
    path == FEED || printed.is_some_and(|version| version.parse::<Version>().is_ok())
}

/// Their addresses.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(site: &Arc<Site>) -> Router<S> {
    Router::new()
        .route(FEED, get(show_feed))
        .route(PRINT_SHEETS, get(show_print_sheet))
        .route(SITEMAP, get(show_sitemap))
        .route(ROBOTS, get(show_robots))
        .with_state(Arc::clone(site))
}

async fn show_feed(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let in_force = site.edition_in_force();
    let make = || feed::write(&in_force.content.editions, in_force.version, &site.origin).unwrap_or_default();
    let kept = site.cached_pages.document(Document::Feed, in_force.version, make).await;
    answer(&kept, &headers, "application/atom+xml; charset=utf-8")
}

async fn show_sitemap(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let in_force = site.edition_in_force();
    let make = || sitemap::write(&in_force.content.editions, in_force.version, &site.origin).unwrap_or_default();
    let kept = site.cached_pages.document(Document::Sitemap, in_force.version, make).await;
    answer(&kept, &headers, "application/xml; charset=utf-8")
}

async fn show_print_sheet(State(site): State<Arc<Site>>, Path(version): Path<String>, headers: HeaderMap) -> Response {
    let in_force = site.edition_in_force();
    let edition = version.parse().ok().and_then(|version| in_force.content.edition(version));
    let Some(edition) = edition else { return Refusal::NotFound.into_response() };
    let document = Document::Print(edition.version);
    let kept = site.cached_pages.document(document, in_force.version, || print::sheet(edition).into_bytes()).await;
    answer(&kept, &headers, "text/css; charset=utf-8")
}

/// What crawlers may look at: everything that only reads.
async fn show_robots(State(site): State<Arc<Site>>) -> Response {
    let languages = Locale::ALL.map(|locale| format!("/{locale}"));
    let prefixes = std::iter::once("").chain(languages.iter().map(String::as_str));
    let closed: Vec<_> =
        prefixes.flat_map(|prefix| ["api/", "account"].map(|path| format!("Disallow: {prefix}/{path}\n"))).collect();
    let closed = closed.concat();
    let text = format!("User-agent: *\nAllow: /\n{closed}Disallow: /receipts/\n\nSitemap: {}{SITEMAP}\n", site.origin);
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, no-cache")];
    (headers, text).into_response()
}

fn answer(kept: &Kept, headers: &HeaderMap, kind: &'static str) -> Response {
    let mut response = kept.answer(headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
