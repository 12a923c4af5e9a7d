//! What the pages say of the signal that the browser sends: that it was received, what it does, and what counts more.

use leptos::prelude::*;

use super::{strings, visitor};
use crate::{
    content::i18n::Messages,
    domain::{
        consent::{decision::Answer, signal::Signal},
        cookies::purpose::Optional,
    },
    http::request_context::RequestContext,
    pages::components::{format, rich_text},
};

/// How a signal and the choice of a visitor stand to each other.
enum SignalEffect {
    /// Nothing optional is granted, and the signal is why.
    Refuses,
    /// Nothing optional is granted, and the choice says so too.
    Agrees,
    /// Something is granted by an answer that knew of the signal.
    Yields,
}

fn standing(visitor: &RequestContext) -> SignalEffect {
    match visitor.in_force {
        Some(in_force) if Optional::ALL.into_iter().any(|purpose| in_force.grant(purpose).is_some()) => {
            SignalEffect::Yields
        }
        Some(_) if visitor.set_aside.is_empty() => SignalEffect::Agrees,
        _ => SignalEffect::Refuses,
    }
}

/// The names of the purposes whose yes the signal sets aside.
fn set_aside(strings: &Messages, visitor: &RequestContext) -> Option<String> {
    let aside = &visitor.set_aside;
    (!aside.is_empty()).then(|| format::purposes(strings, aside.iter().copied()))
}

/// What the preferences page says of the signal, if there is one.
#[component]
pub(super) fn Received() -> impl IntoView {
    let visitor = visitor();
    let Some(signal) = visitor.signal else { return ().into_any() };
    let strings = strings();
    let texts = &strings.signal;
    let does = match standing(&visitor) {
        SignalEffect::Refuses => texts.refuses(),
        SignalEffect::Agrees => texts.agrees(),
        SignalEffect::Yields => texts.yields(),
    };
    let aside = set_aside(&strings, &visitor).map(|names| format!(" {}", texts.aside(names)));
    view! { <p id="signal">{texts.sends(format::signal(signal), rich_text::plain, rich_text::strong)} " " {does} {aside}</p> }
        .into_any()
}

/// What the start page says of the choice, which `chosen` says without a signal.
pub(super) fn beside_choice(strings: &Messages, visitor: &RequestContext, signal: Signal, chosen: String) -> String {
    let (texts, signal) = (&strings.signal, format::signal(signal));
    match (standing(visitor), set_aside(strings, visitor)) {
        (SignalEffect::Refuses, None) => texts.home_refuses(signal),
        (SignalEffect::Refuses, Some(aside)) => texts.home_refuses_aside(signal, aside),
        (SignalEffect::Agrees, _) => texts.home_agrees(chosen, signal),
        (SignalEffect::Yields, None) => texts.home_yields(chosen, signal),
        (SignalEffect::Yields, Some(aside)) => texts.home_yields_aside(chosen, signal, aside),
    }
}

/// The answer to show as the visitor's own: beside a signal, an open question is answered by the signal and not by them.
pub(super) fn own_answer(visitor: &RequestContext, purpose: Optional) -> Option<Answer> {
    let decision = visitor.in_force.filter(|_| visitor.reopened.get(purpose).is_none())?;
    let decision = decision.decision();
    let is_own = visitor.signal.is_none() || decision.answered_at.get(purpose).is_some();
    is_own.then(|| decision.choices.get(purpose))
}
