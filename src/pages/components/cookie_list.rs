//! The cookies of a purpose, folded below its description.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::cookies::declaration::{Declaration, Lifetime},
    pages::{
        components::{folded_text, format, service_entries::ServiceLists},
        strings,
    },
};

/// How many cookies these are and how long they are kept, with a list to unfold: those of this site
/// first, then those of each service.
#[component]
pub(crate) fn CookieList(
    declarations: Vec<Declaration>,
    /// What partner services declare for the same.
    services: Option<ServiceLists>,
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
            <summary>{amount(&strings, &declarations, services.as_ref())}</summary>
            {(!more.is_empty()).then(|| view! { <p>{more}</p> })}
            <ul class="declaration-list">{rows}</ul>
            {services.map(|services| view! { <div inner_html=services.html.to_string()></div> })}
        </details>
    }
    .into_any()
}

/// The number of cookies, and the longest lifetime of them if one outlives the session. What
/// services declare is counted apart.
fn amount(strings: &Messages, declarations: &[Declaration], services: Option<&ServiceLists>) -> String {
    let texts = &strings.cookies;
    let count = declarations.len() as u64;
    let count = if services.is_none() { texts.count(count) } else { texts.ours(count) };
    let longest =
        declarations.iter().map(|declaration| declaration.lifetime).max_by_key(|lifetime| lifetime.duration());
    let ours = match longest {
        Some(longest @ Lifetime::Persistent(_)) => texts.kept(count, format::lifetime(strings, longest)),
        _ => count,
    };
    match services {
        None => ours,
        Some(services) => strings.words.comma(ours, &services.amount),
    }
}
