//! Documents for programs: the feed of the editions, the sitemap, the print style sheets and
//! `robots.txt`. Each is the same for every client and sets no cookie.

mod feed_xml;
mod print_css;
mod sitemap_xml;
mod xml;

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::request_context::RequestContext,
    content::LocalizedEdition,
    domain::{
        i18n::locale::Locale,
        web::{error::AppError, path::SITEMAP},
    },
    http::state::{HttpState, cached_response::CachedResponse, page_cache::Document},
};

/// `GET /policy/feed.xml`: the editions as an Atom feed.
pub(crate) async fn feed(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let in_force = http.app.current_version();
    let make = || feed_xml::write(&in_force.content.editions, in_force.version, &http.app.origin).unwrap_or_default();
    let kept = http.page_cache.document(Document::Feed, in_force.version, make).await;
    answer(&kept, &headers, "application/atom+xml; charset=utf-8")
}

/// `GET /sitemap.xml`: every page that anybody can read.
pub(crate) async fn sitemap(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let in_force = http.app.current_version();
    let make =
        || sitemap_xml::write(&in_force.content.editions, in_force.version, &http.app.origin).unwrap_or_default();
    let kept = http.page_cache.document(Document::Sitemap, in_force.version, make).await;
    answer(&kept, &headers, "application/xml; charset=utf-8")
}

/// `GET /policy/{version}/print.css`: the print style sheet of an edition.
pub(crate) async fn print_sheet(
    State(http): State<Arc<HttpState>>,
    Path(version): Path<String>,
    Extension(context): Extension<Arc<RequestContext>>,
    headers: HeaderMap,
) -> Response {
    let in_force = http.app.current_version();
    // The address alone says the language, so that the sheet is the same for everybody.
    let locale = if context.locale_in_path { context.locale } else { Locale::default() };
    let reading = version.parse().ok().and_then(|version| in_force.content.localized_edition(version, locale));
    let Some(LocalizedEdition { edition, .. }) = reading else { return AppError::NotFound.into_response() };
    let document = Document::PrintSheet(edition.version, locale);
    let make = || print_css::sheet(&http.app.strings(locale), edition).into_bytes();
    let kept = http.page_cache.document(document, in_force.version, make).await;
    answer(&kept, &headers, "text/css; charset=utf-8")
}

/// `GET /robots.txt`: crawlers may fetch everything that only reads.
pub(crate) async fn robots(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let languages = Locale::ALL.map(|locale| format!("/{locale}"));
    let prefixes = std::iter::once("").chain(languages.iter().map(String::as_str));
    let closed: Vec<_> =
        prefixes.flat_map(|prefix| ["api/", "account"].map(|path| format!("Disallow: {prefix}/{path}\n"))).collect();
    let closed = closed.concat();
    let text =
        format!("User-agent: *\nAllow: /\n{closed}Disallow: /receipts/\n\nSitemap: {}{SITEMAP}\n", http.app.origin);
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
