//! Questions with a few fixed answers, as groups of radio buttons.

use leptos::prelude::*;

use crate::{content::i18n::Messages, domain::consent::decision::Answer};

/// The answer's value in a form.
pub(crate) const fn value(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
    }
}

/// One possible answer.
pub(crate) struct Offer {
    /// The element's id.
    pub id: String,
    /// The value that is sent.
    pub value: &'static str,
    /// What it says.
    pub label: String,
    /// Whether it is the stored one.
    pub chosen: bool,
}

/// Yes and No, of which the stored answer, and only that, is selected.
pub(crate) fn yes_and_no(strings: &Messages, id: &str, stored: Option<Answer>) -> Vec<Offer> {
    [(Answer::Yes, strings.questions.yes()), (Answer::No, strings.questions.no())]
        .map(|(answer, label)| {
            let value = value(answer);
            Offer { id: format!("{id}-{value}"), value, label, chosen: stored == Some(answer) }
        })
        .into()
}

/// A question.
#[component]
pub(crate) fn Question(
    /// The id of the group.
    #[prop(into)]
    id: String,
    /// The name under which the answer is sent.
    name: &'static str,
    /// The question itself.
    #[prop(into)]
    legend: String,
    /// What the answer means.
    #[prop(optional, into)]
    hint: String,
    /// Why it is asked again, under the id of the group and `-again`.
    #[prop(default = None)]
    again: Option<AnyView>,
    /// What can be answered.
    offers: Vec<Offer>,
) -> impl IntoView {
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let again_id = again.is_some().then(|| format!("{id}-again"));
    let described_by: Vec<_> = hint_id.clone().into_iter().chain(again_id).collect();
    let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
    view! {
        <fieldset id=id aria-describedby=described_by>
            <legend>{legend}</legend>
            {hint_id.map(|id| view! { <p class="hint" id=id>{hint}</p> })}
            {again}
            <div class="answers">
                {offers
                    .into_iter()
                    .map(|offer| {
                        view! {
                            <label>
                                <input
                                    type="radio"
                                    id=offer.id
                                    name=name
                                    value=offer.value
                                    checked=offer.chosen
                                    required=true
                                />
                                <span>{offer.label}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
    .into_any()
}
