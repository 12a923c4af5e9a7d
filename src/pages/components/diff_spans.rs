//! Words that stayed, went or came, as everybody can tell them apart.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        comparison::{ChangeTag, DiffSpan},
        i18n::locale::Locale,
    },
    pages::components::rich_text,
};

/// A row of runs. What went and what came is told by a line through or under it, and by words that are not seen but read out and
/// copied, since screen readers do not say `ins` and `del` by themselves (WCAG 2.2, 1.3.1 and 1.4.1).
pub(crate) fn runs(strings: &Messages, runs: &[DiffSpan]) -> AnyView {
    runs.iter().map(|one| run(strings, one)).collect_view().into_any()
}

fn run(strings: &Messages, run: &DiffSpan) -> AnyView {
    let (texts, text) = (&strings.editions, &run.text);
    // The words around are in the language of the page, wherever what is compared is not.
    let locale = Some(strings.locale()).filter(|locale| *locale != Locale::default());
    let unseen = |words: String| {
        let (lang, dir) = locale.map(|locale| (locale.tag(), locale.direction())).unzip();
        view! {
            <span class="visually-hidden" lang=lang dir=dir>
                {words}
            </span>
        }
        .into_any()
    };
    match run.tag {
        ChangeTag::Equal => text.clone().into_any(),
        ChangeTag::Delete => {
            view! { <del>{texts.removed(text, rich_text::plain, unseen, rich_text::plain, unseen)}</del> }.into_any()
        }
        ChangeTag::Insert => {
            view! { <ins>{texts.added(text, rich_text::plain, unseen, rich_text::plain, unseen)}</ins> }.into_any()
        }
    }
}
