//! Hidden form fields: the prompt that the form shows, and the form's key.

use leptos::prelude::*;

use crate::{
    app::idempotency_key,
    domain::{consent::decision::Prompt, cookies::purpose::Purposes},
    pages::{request, site},
};

/// Identifies the questions that the form shows, so that a yes counts for these only.
#[component]
pub(crate) fn PromptField(
    /// The purposes; every one if left out.
    #[prop(optional)]
    about: Option<Purposes>,
) -> impl IntoView {
    let request = request();
    let in_force = site().current_version();
    let shown = in_force.content.fingerprints(in_force.version);
    let prompt = Prompt::new(in_force.version, request.locale, shown, request.consent.decided.as_ref());
    let prompt = prompt.only(|purpose| about.as_ref().is_none_or(|about| about.contains(&purpose)));
    view! { <input type="hidden" name="prompt" value=prompt.encode() /> }
}

/// The key of the form, so that a double submit is answered once.
#[component]
pub(crate) fn KeyField() -> impl IntoView {
    // A cached page gets its key when it is sent.
    let key =
        if request().is_shared { idempotency_key::SLOT.to_owned() } else { idempotency_key::generate(&site().rng) };
    view! { <input type="hidden" name=idempotency_key::FIELD value=key /> }
}
