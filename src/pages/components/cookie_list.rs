//! The cookies of a purpose, folded below its description.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::cookies::{
        declaration::{Declaration, Lifetime},
        purpose::Purpose,
        service_entry::ServiceEntry,
    },
    pages::{
        components::{folded_text, format, service_entries},
        inventory, site, strings,
    },
};

/// How many cookies of a purpose there are and how long they are kept, with a list to unfold: those
/// of this site first, then those of each service. `more` is the rest of the purpose's description.
/// `name` tells the list from the others, since it is rendered once for all visitors.
pub(crate) fn cookie_list(name: &str, is_for: impl Fn(Purpose) -> bool, more: &str) -> AnyView {
    let (strings, inventory) = (strings(), inventory());
    let render = || {
        let own: Vec<_> = inventory.declarations().iter().filter(|entry| is_for(entry.purpose)).collect();
        let services: Vec<_> = inventory.services().all().iter().filter(|entry| is_for(entry.purpose)).collect();
        list(&strings, &own, &services, more).to_html()
    };
    let html = site().fragments.get((strings.locale(), name), &inventory, render);
    view! { <details inner_html=html.to_string()></details> }.into_any()
}

fn list(strings: &Messages, own: &[&Declaration], services: &[&ServiceEntry], more: &str) -> AnyView {
    let rows = own.iter().map(|declaration| {
        view! {
            <li>
                <code>{declaration.name.clone()}</code>
                " "
                <span class="meta">{format::lifetime(strings, declaration.lifetime)}</span>
                <p>{folded_text::split(&declaration.description).0.to_owned()}</p>
            </li>
        }
    });
    view! {
        <summary>{amount(strings, own, services)}</summary>
        {(!more.is_empty()).then(|| view! { <p>{more.to_owned()}</p> })}
        <ul class="declaration-list">{rows.collect_view()}</ul>
        {service_entries::lists(strings, services)}
    }
    .into_any()
}

/// The number of cookies, and the longest lifetime of them if one outlives the session. What
/// services declare is counted apart.
fn amount(strings: &Messages, own: &[&Declaration], services: &[&ServiceEntry]) -> String {
    let texts = &strings.cookies;
    let services = service_entries::amount(strings, services.iter().copied());
    let count = own.len() as u64;
    let count = if services.is_none() { texts.count(count) } else { texts.ours(count) };
    let longest = own.iter().map(|declaration| declaration.lifetime).max_by_key(|lifetime| lifetime.duration());
    let ours = match longest {
        Some(longest @ Lifetime::Persistent(_)) => texts.kept(count, format::lifetime(strings, longest)),
        _ => count,
    };
    match services {
        None => ours,
        Some(services) => strings.words.comma(ours, services),
    }
}
