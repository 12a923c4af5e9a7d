//! The cookies of a purpose, folded below its description.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::cookies::declaration::{Declaration, Lifetime},
    pages::{
        components::{folded_text, format},
        strings,
    },
};

/// How many cookies these are and how long they are kept, with a list to unfold.
#[component]
pub(crate) fn CookieList(
    declarations: Vec<Declaration>,
    /// The rest of the description of the purpose.
    #[prop(optional, into)]
    more: String,
) -> impl IntoView {
    let strings = strings();
    let rows = declarations.iter().map(|declaration| {
        view! {
            <li>
                <code>{declaration.name.clone()}</code>
                " "
                <span class="meta">{format::lifetime(&strings, declaration.lifetime)}</span>
                <p>{folded_text::split(&declaration.description).0.to_owned()}</p>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <details>
            <summary>{amount(&strings, &declarations)}</summary>
            {(!more.is_empty()).then(|| view! { <p>{more}</p> })}
            <ul class="declaration-list">{rows}</ul>
        </details>
    }
    .into_any()
}

/// The number of cookies, and the longest lifetime of them if one outlives the session.
fn amount(strings: &Messages, declarations: &[Declaration]) -> String {
    let texts = &strings.cookies;
    let count = texts.count(declarations.len() as u64);
    match declarations.iter().map(|declaration| declaration.lifetime).max_by_key(|lifetime| lifetime.duration()) {
        Some(longest @ Lifetime::Persistent(_)) => texts.kept(count, format::lifetime(strings, longest)),
        _ => count,
    }
}
