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

/// Returns a renderer of a time, which scripts can read exactly.
pub(crate) fn time(at: Timestamp) -> impl Fn(String) -> AnyView {
    titled_time(at, None)
}

/// Returns a renderer of the distance of a time, with the time as its title.
pub(crate) fn time_ago(strings: &Messages, at: Timestamp) -> impl Fn(String) -> AnyView {
    titled_time(at, Some(format::moment(strings.locale(), at)))
}

fn titled_time(at: Timestamp, title: Option<String>) -> impl Fn(String) -> AnyView {
    let exact = at.rfc3339();
    move |text| view! { <time datetime=exact.clone() title=title.clone()>{text}</time> }.into_any()
}

/// Renders visually hidden text, which distinguishes similar controls for screen readers.
pub(crate) fn unseen(text: String) -> AnyView {
    view! { <span class="visually-hidden">{text}</span> }.into_any()
}
