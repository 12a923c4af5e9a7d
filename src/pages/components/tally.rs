//! Numbers side by side, each with its name.

use leptos::prelude::*;

/// The numbers, as a description list.
pub(crate) fn tally<const N: usize>(entries: [(&'static str, String, String); N]) -> AnyView {
    let entries = entries.map(|(about, name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd data-count=about>{value}</dd>
            </div>
        }
    });
    view! { <dl class="tally" data-columns=N>{entries.into_iter().collect::<Vec<_>>()}</dl> }.into_any()
}
