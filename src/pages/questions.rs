//! Questions with a few fixed answers, as groups of radio buttons.

use leptos::prelude::*;

use crate::model::{decision::Answer, purpose::Optional};

/// The answer's value in a form.
pub(super) const fn value(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
    }
}

/// One possible answer.
pub(super) struct Offer {
    /// The element's id.
    pub id: String,
    /// The value that is sent.
    pub value: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Whether it is the stored one.
    pub chosen: bool,
}

/// Yes and No, of which the stored answer, and only that, is selected.
pub(super) fn yes_and_no(id: &str, stored: Option<Answer>) -> Vec<Offer> {
    [(Answer::Yes, "Yes"), (Answer::No, "No")]
        .map(|(answer, label)| {
            let value = value(answer);
            Offer { id: format!("{id}-{value}"), value, label, chosen: stored == Some(answer) }
        })
        .into()
}

/// The question about one purpose, which is the legend of its answers.
pub(super) const fn about(purpose: Optional) -> (&'static str, &'static str) {
    match purpose {
        Optional::Preferences => (
            "May Harmony remember your settings?",
            "Keeps the colour theme and the text size that you choose, so that each page comes as you like it.",
        ),
        Optional::Analytics => (
            "May Harmony count your visits?",
            "Adds one to the count of a page, with the day, the kind of device, and whether this browser was counted before. No identifier, no IP address, no profile.",
        ),
    }
}

/// A question.
#[component]
pub(super) fn Question(
    /// The id of the group.
    #[prop(into)]
    id: String,
    /// The name under which the answer is sent.
    name: &'static str,
    /// The question itself.
    legend: &'static str,
    /// What the answer means.
    #[prop(optional)]
    hint: &'static str,
    /// What can be answered.
    offers: Vec<Offer>,
) -> impl IntoView {
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let described_by = hint_id.clone();
    view! {
        <fieldset id=id aria-describedby=described_by>
            <legend>{legend}</legend>
            {hint_id.map(|id| view! { <p class="hint" id=id>{hint}</p> })}
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
