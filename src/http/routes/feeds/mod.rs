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
    http::HeaderMap,
    response::Response,
};

use crate::{
    app::request_context::RequestContext,
    content::LocalizedEdition,
    domain::{
        i18n::locale_path,
        web::{error::AppError, page::Page, path::SITEMAP},
    },
    http::state::{HttpState, cached_response::CachedResponse, page_cache::Document},
};

/// `GET /policy/feed.xml`: the editions as an Atom feed.
pub(crate) async fn feed(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let in_force = http.app.current_version();
    let make = || {
        let content = &in_force.content;
        feed_xml::write(&content.publisher, &content.editions, in_force.version, &http.app.origin).unwrap_or_default()
    };
    let document = http.page_cache.document(Document::Feed, in_force.effective, make).await;
    document.to_public_response(&headers, "application/atom+xml; charset=utf-8")
}

/// `GET /sitemap.xml`: every page that anybody can read.
pub(crate) async fn sitemap(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let in_force = http.app.current_version();
    let has_page = |page| http.app.has_page(page);
    let make = || {
        sitemap_xml::write(&in_force.content.editions, in_force.version, &http.app.origin, has_page).unwrap_or_default()
    };
    let document = http.page_cache.document(Document::Sitemap, in_force.effective, make).await;
    document.to_public_response(&headers, "application/xml; charset=utf-8")
}

/// `GET /policy/{version}/print.css`: the print style sheet of an edition.
pub(crate) async fn print_sheet(
    State(http): State<Arc<HttpState>>,
    Path(version): Path<String>,
    Extension(context): Extension<Arc<RequestContext>>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let in_force = http.app.current_version();
    // Only the path decides on the language, so that the response is the same for every client.
    let locale = if context.locale_in_path { context.locale } else { in_force.content.publisher.language };
    let localized = version.parse().ok().and_then(|version| in_force.content.localized_edition(version, locale));
    let LocalizedEdition { edition, .. } = localized.ok_or(AppError::NotFound)?;
    let key = Document::PrintSheet(edition.version, locale);
    let path = locale_path::join(locale, &Page::Edition(edition.version).to_string());
    let address = format!("{}{path}", http.app.origin);
    let make = || print_css::sheet(&http.app.strings(locale), edition, &address).into_bytes();
    let document = http.page_cache.document(key, in_force.effective, make).await;
    Ok(document.to_public_response(&headers, "text/css; charset=utf-8"))
}

/// `GET /robots.txt`: crawlers may fetch everything that only reads.
pub(crate) async fn robots(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    let content = http.app.content();
    let languages: Vec<_> = content.languages.iter().map(|locale| format!("/{locale}")).collect();
    let prefixes = std::iter::once("").chain(languages.iter().map(String::as_str));
    let closed: Vec<_> =
        prefixes.flat_map(|prefix| ["api/", "account"].map(|path| format!("Disallow: {prefix}/{path}\n"))).collect();
    let closed = closed.concat();
    let text =
        format!("User-agent: *\nAllow: /\n{closed}Disallow: /receipts/\n\nSitemap: {}{SITEMAP}\n", http.app.origin);
    CachedResponse::plain(text.into()).to_public_response(&headers, "text/plain; charset=utf-8")
}
