//! The language menu of every page, and the alternates for search engines.
//!
//! The menu consists of links. If the visitor allowed preferences, it consists of buttons:
//! remembering sets a cookie, and a GET request must not set an optional cookie.

use leptos::prelude::*;

use crate::{
    app::request_context::RequestContext,
    domain::{
        cookies::purpose::Optional,
        i18n::{locale::Locale, locale_path},
        web::page::Page,
    },
    pages::{action, request, site, strings},
};

/// The language menu: each language in its own name, leading to the same page.
#[component]
pub(crate) fn LanguageMenu() -> impl IntoView {
    let request = request();
    let title = strings().languages.switch();
    let page = request.page.unwrap_or(Page::Home);
    // A form would lose the query of the URL.
    let remembers =
        request.consent.granted.contains(&Optional::PREFERENCES) && request.outcome.query_to_preserve.is_none();
    let content = site().content();
    let own_name = |locale| content.strings(locale).languages.own_name();
    let languages = content.languages.iter().map(|locale| {
        let current = (locale == request.locale).then_some("true");
        let (tag, name) = (locale.to_string(), own_name(locale));
        let inner = if remembers {
            view! {
                <button name="locale" value=tag.clone() lang=tag dir=locale.direction() aria-current=current>
                    {name}
                </button>
            }
            .into_any()
        } else {
            let to = address_in(&request, page, locale);
            view! {
                <a href=to hreflang=tag.clone() lang=tag dir=locale.direction() aria-current=current>
                    {name}
                </a>
            }
            .into_any()
        };
        view! { <li>{inner}</li> }
    });
    let list = view! { <ul>{languages.collect_view()}</ul> };
    let inner = if remembers {
        view! {
            <form method="post" action=action("/api/language/choose")>
                <input type="hidden" name="return_to" value=page.to_string() />
                {list}
            </form>
        }
        .into_any()
    } else {
        list.into_any()
    };
    let label = title.clone();
    view! {
        <nav id="languages" class="languages" aria-label=label>
            <details>
                <summary>
                    <span class="visually-hidden">{title} ": "</span>
                    <span>{own_name(request.locale)}</span>
                </summary>
                {inner}
            </details>
        </nav>
    }
    .into_any()
}

/// `rel=alternate` links to the same page in each language, and to the URL without a language.
pub(crate) fn alternates(request: &RequestContext) -> AnyView {
    let Some(page) = request.page else { return ().into_any() };
    // Search engines need absolute URLs.
    let site = site();
    let content = site.content();
    let each = content.languages.iter().map(|locale| {
        let address = format!("{}{}", site.origin, address_in(request, page, locale));
        view! { <link rel="alternate" hreflang=locale.to_string() href=address /> }
    });
    view! {
        {each.collect_view()}
        <link rel="alternate" hreflang="x-default" href=format!("{}{page}", site.origin) />
    }
    .into_any()
}

/// Returns the URL of the page in a language, with the part of the query that the page needs.
fn address_in(request: &RequestContext, page: Page, locale: Locale) -> String {
    let address = locale_path::join(locale, &page.to_string());
    request.outcome.query_to_preserve.as_ref().map_or_else(|| address.clone(), |keeps| format!("{address}?{keeps}"))
}
