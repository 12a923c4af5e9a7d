//! The hidden fields of a form: what it shows, and the key that tells one form from another.

use leptos::prelude::*;

use crate::{
    app::idempotency_key,
    domain::{consent::decision::Prompt, cookies::purpose::PerPurpose},
    pages::{site, visitor},
};

/// What the form shows about these purposes, so that a yes counts only for that.
#[component]
pub(crate) fn PromptField(about: PerPurpose<bool>) -> impl IntoView {
    let visitor = visitor();
    let in_force = site().current_version();
    let shown = in_force.content.fingerprints(in_force.version);
    let prompt = Prompt::new(in_force.version, visitor.locale, shown, visitor.consent.decided.as_ref()).only(about);
    view! { <input type="hidden" name="prompt" value=prompt.encode() /> }
}

/// The key of the form, so that pressing a button twice is answered once.
#[component]
pub(crate) fn KeyField() -> impl IntoView {
    // A page that is rendered once for many gets its key when it is answered.
    let key =
        if visitor().is_shared { idempotency_key::SLOT.to_owned() } else { idempotency_key::generate(&site().chance) };
    view! { <input type="hidden" name=idempotency_key::FIELD value=key /> }
}
