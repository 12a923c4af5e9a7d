//! Words that stayed, went or came, as everybody can tell them apart.

use leptos::prelude::*;

use crate::model::comparison::{Fate, Run};

/// A row of runs. What went and what came is told by a line through or under it, and by words that are not seen but read out and
/// copied, since screen readers do not say `ins` and `del` by themselves (WCAG 2.2, 1.3.1 and 1.4.1).
pub(super) fn runs(runs: &[Run]) -> AnyView {
    runs.iter().map(run).collect_view().into_any()
}

fn run(run: &Run) -> AnyView {
    let text = run.text.clone();
    match run.fate {
        Fate::Kept => text.into_any(),
        Fate::Removed => view! { <del>{unseen("[removed: ")}{text}{unseen("] ")}</del> }.into_any(),
        Fate::Added => view! { <ins>{unseen("[added: ")}{text}{unseen("] ")}</ins> }.into_any(),
    }
}

fn unseen(words: &'static str) -> impl IntoView {
    view! { <span class="visually-hidden">{words}</span> }
}
