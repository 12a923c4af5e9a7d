//! What pages say about the browser's signal: that it was received, and how it relates to the
//! decision.

use leptos::prelude::*;

use super::{request, strings};
use crate::{
    app::request_context::RequestContext,
    content::i18n::Messages,
    domain::{
        consent::{decision::Answer, signal::Signal},
        cookies::purpose::Optional,
    },
    pages::components::{format, rich_text},
};

/// How a signal and the visitor's decision relate.
enum SignalEffect {
    /// Nothing optional is granted because of the signal.
    Refuses,
    /// Nothing optional is granted by the decision either.
    Agrees,
    /// An answer that was given with the signal grants something.
    Yields,
}

fn standing(request: &RequestContext) -> SignalEffect {
    match &request.consent.effective {
        Some(in_force) if !in_force.granted().is_empty() => SignalEffect::Yields,
        Some(_) if request.consent.overridden.is_empty() => SignalEffect::Agrees,
        _ => SignalEffect::Refuses,
    }
}

/// Returns the names of the purposes whose grant the signal overrides.
fn set_aside(strings: &Messages, request: &RequestContext) -> Option<String> {
    let aside = &request.consent.overridden;
    (!aside.is_empty()).then(|| format::purposes(strings, aside.iter().copied()))
}

/// What the preferences page says about the signal, if there is one.
#[component]
pub(super) fn Received() -> impl IntoView {
    let request = request();
    let Some(signal) = request.consent.signal else { return ().into_any() };
    let strings = strings();
    let texts = &strings.signal;
    let does = match standing(&request) {
        SignalEffect::Refuses => texts.refuses(),
        SignalEffect::Agrees => texts.agrees(),
        SignalEffect::Yields => texts.yields(),
    };
    let aside = set_aside(&strings, &request).map(|names| format!(" {}", texts.aside(names)));
    view! { <p id="signal" class="signal">{texts.sends(format::signal(signal), rich_text::plain, rich_text::strong)} " " {does} {aside}</p> }
        .into_any()
}

/// Returns the text about the decision for the home page. Without a signal, it is `chosen`.
pub(super) fn beside_choice(strings: &Messages, request: &RequestContext, signal: Signal, chosen: String) -> String {
    let (texts, signal) = (&strings.signal, format::signal(signal));
    match (standing(request), set_aside(strings, request)) {
        (SignalEffect::Refuses, None) => texts.home_refuses(signal),
        (SignalEffect::Refuses, Some(aside)) => texts.home_refuses_aside(signal, aside),
        (SignalEffect::Agrees, _) => texts.home_agrees(chosen, signal),
        (SignalEffect::Yields, None) => texts.home_yields(chosen, signal),
        (SignalEffect::Yields, Some(aside)) => texts.home_yields_aside(chosen, signal, aside),
    }
}

/// Returns the visitor’s own answer to show. A question that was never answered has none, nor has
/// an open one beside a signal, because the signal answers it.
pub(super) fn own_answer(request: &RequestContext, purpose: Optional) -> Option<Answer> {
    let effective = request.consent.effective.as_ref()?;
    effective.decision().answers.get(&purpose).map(|given| given.answer)
}
