//! Diff spans: words that are equal, deleted or inserted.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::comparison::{ChangeTag, DiffSpan},
    pages::{
        components::{identifiers, rich_text},
        original_language,
    },
};

/// Renders spans with strike-through or underline, and with hidden words that are read out and
/// copied. Screen readers do not announce `ins` and `del` by themselves (WCAG 2.2, 1.3.1 and
/// 1.4.1).
pub(crate) fn runs(strings: &Messages, runs: &[DiffSpan]) -> AnyView {
    runs.iter().map(|one| run(strings, one)).collect_view().into_any()
}

fn run(strings: &Messages, run: &DiffSpan) -> AnyView {
    let (texts, text) = (&strings.editions, &run.text);
    // The hidden words are in the language of the page, which the compared text may not be in.
    let locale = Some(strings.locale()).filter(|locale| *locale != original_language());
    let hidden = |note: String| {
        let (lang, dir) = locale.map(|locale| (locale.to_string(), locale.direction())).unzip();
        view! {
            <span class="visually-hidden" lang=lang dir=dir>
                {note}
            </span>
        }
        .into_any()
    };
    let shown = |text: String| identifiers::prose(&text);
    match run.tag {
        ChangeTag::Equal => identifiers::prose(text),
        ChangeTag::Delete => {
            view! { <del>{texts.removed(text, rich_text::plain, hidden, shown, hidden)}</del> }.into_any()
        }
        ChangeTag::Insert => {
            view! { <ins>{texts.added(text, rich_text::plain, hidden, shown, hidden)}</ins> }.into_any()
        }
    }
}
