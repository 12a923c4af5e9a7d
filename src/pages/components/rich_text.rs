//! The elements in which marked words of a text stand: what a page hands to a text that has such words.

use leptos::prelude::*;

/// Words that stand in no element of their own.
pub(crate) fn plain(words: String) -> AnyView {
    words.into_any()
}

/// The words of a link to that address.
pub(crate) fn link(to: String) -> impl Fn(String) -> AnyView {
    move |words| view! { <a href=to.clone()>{words}</a> }.into_any()
}

/// Words that matter, in their own direction.
pub(crate) fn strong(words: String) -> AnyView {
    view! { <strong dir="auto">{words}</strong> }.into_any()
}

/// A name as a machine has it.
pub(crate) fn code(words: String) -> AnyView {
    view! { <code>{words}</code> }.into_any()
}

/// Words that tell one control from others like it, for those who do not see what stands beside it.
pub(crate) fn unseen(words: String) -> AnyView {
    view! { <span class="visually-hidden">{words}</span> }.into_any()
}
