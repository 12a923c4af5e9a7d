//! Numbers side by side, each with its name.

use leptos::prelude::*;

/// The numbers, as a description list.
pub(crate) fn tally(entries: impl IntoIterator<Item = (&'static str, String, String)>) -> AnyView {
    let entries = entries.into_iter().map(|(about, name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd data-count=about>{value}</dd>
            </div>
        }
    });
    view! { <dl class="tally">{entries.collect::<Vec<_>>()}</dl> }.into_any()
}
