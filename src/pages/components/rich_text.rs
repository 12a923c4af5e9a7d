//! Elements that a page passes to a message with rich-text tags.

use leptos::prelude::*;

/// Renders text without an element.
pub(crate) fn plain(words: String) -> AnyView {
    words.into_any()
}

/// Returns a renderer of links to a URL.
pub(crate) fn link(to: String) -> impl Fn(String) -> AnyView {
    move |words| view! { <a href=to.clone()>{words}</a> }.into_any()
}

/// Renders emphasised text, isolated from the direction around it.
pub(crate) fn strong(words: String) -> AnyView {
    view! { <strong dir="auto">{words}</strong> }.into_any()
}

/// Renders an identifier.
pub(crate) fn code(words: String) -> AnyView {
    view! { <code>{words}</code> }.into_any()
}

/// Renders visually hidden text, which distinguishes similar controls for screen readers.
pub(crate) fn unseen(words: String) -> AnyView {
    view! { <span class="visually-hidden">{words}</span> }.into_any()
}
