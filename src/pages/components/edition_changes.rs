//! The changes of an edition: the first sentence, and the others folded.

use leptos::prelude::*;

use crate::{content::i18n::Messages, domain::policy::document::Edition, pages::components::identifiers};

/// The summary of an edition, with the language of its text if it is not that of the page.
pub(crate) fn summary(
    strings: &Messages,
    edition: &Edition,
    lang: Option<String>,
    dir: Option<&'static str>,
) -> AnyView {
    let (first, further) = edition.summary.split_at(edition.summary.len().min(1));
    let items =
        |sentences: &[String]| sentences.iter().map(|one| view! { <li>{identifiers::prose(one)}</li> }).collect_view();
    let count = further.len();
    let further = (count > 0).then(|| {
        view! {
            <details>
                <summary>{strings.policy.further_changes(count)}</summary>
                <ul lang=lang.clone() dir=dir>{items(further)}</ul>
            </details>
        }
    });
    view! {
        <ul lang=lang dir=dir>{items(first)}</ul>
        {further}
    }
    .into_any()
}
