//! Hidden form fields: the prompt that the form shows, and the form's key.

use leptos::prelude::*;

use crate::{
    app::idempotency_key,
    domain::{consent::decision::Prompt, cookies::purpose::PerPurpose},
    pages::{request, site},
};

/// Identifies the questions that the form shows, so that a yes counts for these only.
#[component]
pub(crate) fn PromptField(about: PerPurpose<bool>) -> impl IntoView {
    let request = request();
    let in_force = site().current_version();
    let shown = in_force.content.fingerprints(in_force.version);
    let prompt = Prompt::new(in_force.version, request.locale, shown, request.consent.decided.as_ref()).only(about);
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
