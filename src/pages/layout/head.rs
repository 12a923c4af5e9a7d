//! Metadata in the head of a page: canonical URL, feed, and Open Graph.

use leptos::prelude::*;

use crate::{
    app::request_context::RequestContext,
    content::i18n::cldr,
    domain::web::{page::Page, path, path::FEED},
    pages::{publisher, site, strings},
};

/// The feed, the canonical URL (RFC 6596), and the preview of shared links (Open Graph).
pub(crate) fn links(request: &RequestContext, title: &str, description: &str) -> AnyView {
    let site = site();
    let in_force = request.page.filter(|page| page.shows_policy()).map(|_| site.current_version().version);
    let (canonical, printed) = match request.page {
        // The current edition has two URLs.
        Some(Page::Edition(version)) if Some(version) == in_force => (Some(Page::Policy), Some(version)),
        Some(Page::Edition(version)) => (request.page, Some(version)),
        Some(Page::Policy) => (request.page, in_force),
        page => (page, None),
    };
    let address = canonical.map(|page| format!("{}{}", site.origin, request.path_of(page)));
    let publisher = publisher();
    let kind = if request.page.is_some_and(Page::shows_policy) { "article" } else { "website" };
    view! {
        <link rel="alternate" type="application/atom+xml" title=strings().editions.feed() href=FEED />
        {printed
            .map(|version| {
                view! { <link rel="stylesheet" media="print" href=path::print_sheet(version, request.locale) /> }
            })}
        {address
            .map(|address| {
                view! {
                    <link rel="canonical" href=address.clone() />
                    {open_graph("og:url", address)}
                }
            })}
        {open_graph("og:site_name", publisher.name.clone())}
        {open_graph("og:type", kind)}
        {open_graph("og:title", title)}
        {open_graph("og:description", description)}
        {publisher
            .card
            .as_ref()
            .map(|card| {
                view! {
                    {open_graph("og:image", format!("{}{card}", site.origin))}
                    {open_graph("og:image:width", "1200")}
                    {open_graph("og:image:height", "630")}
                    {open_graph("og:image:alt", publisher.name.clone())}
                }
            })}
        {open_graph("og:locale", cldr::territory(request.locale))}
    }
    .into_any()
}

fn open_graph(property: &'static str, content: impl Into<String>) -> impl IntoView {
    leptos::html::meta().attr("property", property).content(content.into())
}
