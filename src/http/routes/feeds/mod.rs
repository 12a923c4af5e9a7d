//! What programs fetch of the policy: the feed of its editions, the map of the site, and the sheet that an edition is printed
//! with. Each is the same for everybody and sets no cookie.

mod feed;
mod print;
mod sitemap;
mod xml;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    app::AppState,
    content::LocalizedEdition,
    domain::{
        i18n::{locale::Locale, locale_path},
        policy::version::Version,
        web::error::AppError,
    },
    http::{
        middleware::page_cache::{CachedResponse, Document},
        request_context::RequestContext,
    },
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
pub(crate) const TEMPLATES: [&str; 4] = [FEED, PRINT_SHEETS, SITEMAP, ROBOTS];

/// Where the sheet stands that an edition is printed with in a language.
pub(crate) fn print_sheet(version: Version, locale: Locale) -> String {
    locale_path::join(locale, &format!("/policy/{version}{PRINT}"))
}

/// Whether a print sheet may stand at that address, which is in every language.
pub(crate) fn is_print_sheet(path: &str) -> bool {
    let printed = path.strip_prefix("/policy/").and_then(|path| path.strip_suffix(PRINT));
    printed.is_some_and(|version| version.parse::<Version>().is_ok())
}

/// Whether one of them may stand at that address below `/policy/`.
pub(crate) fn stand_at(path: &str) -> bool {
    path == FEED || is_print_sheet(path)
}

/// Their addresses.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(site: &Arc<AppState>) -> Router<S> {
    Router::new()
        .route(FEED, get(show_feed))
        .route(PRINT_SHEETS, get(show_print_sheet))
        .route(SITEMAP, get(show_sitemap))
        .route(ROBOTS, get(show_robots))
        .with_state(Arc::clone(site))
}

async fn show_feed(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let in_force = site.current_version();
    let make = || feed::write(&in_force.content.editions, in_force.version, &site.origin).unwrap_or_default();
    let kept = site.cached_pages.document(Document::Feed, in_force.version, make).await;
    answer(&kept, &headers, "application/atom+xml; charset=utf-8")
}

async fn show_sitemap(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let in_force = site.current_version();
    let make = || sitemap::write(&in_force.content.editions, in_force.version, &site.origin).unwrap_or_default();
    let kept = site.cached_pages.document(Document::Sitemap, in_force.version, make).await;
    answer(&kept, &headers, "application/xml; charset=utf-8")
}

async fn show_print_sheet(
    State(site): State<Arc<AppState>>,
    Path(version): Path<String>,
    Extension(visitor): Extension<Arc<RequestContext>>,
    headers: HeaderMap,
) -> Response {
    let in_force = site.current_version();
    // The address alone says the language, so that the sheet is the same for everybody.
    let locale = if visitor.says_locale { visitor.locale } else { Locale::default() };
    let reading = version.parse().ok().and_then(|version| in_force.content.localized_edition(version, locale));
    let Some(LocalizedEdition { edition, .. }) = reading else { return AppError::NotFound.into_response() };
    let document = Document::Print(edition.version, locale);
    let make = || print::sheet(&site.strings(locale), edition).into_bytes();
    let kept = site.cached_pages.document(document, in_force.version, make).await;
    answer(&kept, &headers, "text/css; charset=utf-8")
}

/// What crawlers may look at: everything that only reads.
async fn show_robots(State(site): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let languages = Locale::ALL.map(|locale| format!("/{locale}"));
    let prefixes = std::iter::once("").chain(languages.iter().map(String::as_str));
    let closed: Vec<_> =
        prefixes.flat_map(|prefix| ["api/", "account"].map(|path| format!("Disallow: {prefix}/{path}\n"))).collect();
    let closed = closed.concat();
    let text = format!("User-agent: *\nAllow: /\n{closed}Disallow: /receipts/\n\nSitemap: {}{SITEMAP}\n", site.origin);
    answer(&CachedResponse::plain(text.into()), &headers, "text/plain; charset=utf-8")
}

fn answer(kept: &CachedResponse, headers: &HeaderMap, kind: &'static str) -> Response {
    let mut response = kept.answer(headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
