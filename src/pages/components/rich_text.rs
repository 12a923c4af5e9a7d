//! Elements that a page passes to a message with rich-text tags.

use leptos::prelude::*;

use crate::{content::i18n::Messages, domain::Timestamp, pages::components::format};

/// Renders text without an element.
pub(crate) fn plain(text: String) -> AnyView {
    text.into_any()
}

/// Returns a renderer of links to a URL.
pub(crate) fn link(to: String) -> impl Fn(String) -> AnyView {
    move |text| view! { <a href=to.clone()>{text}</a> }.into_any()
}

/// Renders emphasised text, isolated from the direction around it.
pub(crate) fn strong(text: String) -> AnyView {
    view! { <strong dir="auto">{text}</strong> }.into_any()
}

/// Renders an identifier.
pub(crate) fn code(text: String) -> AnyView {
    view! { <code>{text}</code> }.into_any()
}

/// Returns a renderer of the text of a time, which scripts and screen readers can read exactly.
pub(crate) fn time(strings: &Messages, at: Timestamp) -> impl Fn(String) -> AnyView {
    let (exact, whole) = (at.rfc3339(), format::moment(strings.locale(), at));
    move |text| {
        let title = (text != whole).then(|| whole.clone());
        view! { <time datetime=exact.clone() title=title>{text}</time> }.into_any()
    }
}

/// Renders visually hidden text, which distinguishes similar controls for screen readers.
pub(crate) fn unseen(text: String) -> AnyView {
    view! { <span class="visually-hidden">{text}</span> }.into_any()
}
