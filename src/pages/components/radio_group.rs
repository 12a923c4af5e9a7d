//! Groups of radio buttons.

use leptos::prelude::*;

use crate::{content::i18n::Messages, domain::consent::decision::Answer};

pub(crate) struct Offer {
    pub id: String,
    pub value: &'static str,
    pub label: String,
    /// Whether this is the stored answer.
    pub chosen: bool,
}

/// Returns the options yes and no. Only the stored answer is selected.
pub(crate) fn yes_and_no(strings: &Messages, id: &str, stored: Option<Answer>) -> Vec<Offer> {
    [(Answer::Yes, strings.questions.yes()), (Answer::No, strings.questions.no())]
        .map(|(answer, label)| {
            let value = answer.into_str();
            Offer { id: format!("{id}-{value}"), value, label, chosen: stored == Some(answer) }
        })
        .into()
}

/// A row of a card: a title with its explanation, and the radio buttons beside it.
///
/// Not a `fieldset`: WebKit draws the border of one with a floating `legend` broken.
#[component]
pub(crate) fn Question(
    #[prop(into)] id: String,
    #[prop(into)] name: String,
    #[prop(into)] title: String,
    #[prop(optional, into)] hint: String,
    /// More about the question, such as its cookies.
    #[prop(default = None)]
    details: Option<AnyView>,
    /// Why the question is asked again; its element ID is `id` followed by `-again`.
    #[prop(default = None)]
    again: Option<AnyView>,
    /// Whether the form cannot be sent without an answer.
    #[prop(default = true)]
    required: bool,
    offers: Vec<Offer>,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let again_id = again.is_some().then(|| format!("{id}-again"));
    let described_by: Vec<_> = hint_id.clone().into_iter().chain(again_id).collect();
    let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
    view! {
        <div class="card__row card__row--question" id=id>
            <div class="card__text">
                <h3 id=title_id>{title}</h3>
                {hint_id.map(|id| view! { <p id=id>{hint}</p> })}
                {again}
                {details}
            </div>
            <div class="radio-group" role="radiogroup" aria-labelledby=labelled_by aria-describedby=described_by>
                {offers
                    .into_iter()
                    .map(|offer| {
                        view! {
                            <label>
                                <input
                                    type="radio"
                                    id=offer.id
                                    name=name.clone()
                                    value=offer.value
                                    checked=offer.chosen
                                    required=required
                                />
                                <span>{offer.label}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </div>
    }
    .into_any()
}
