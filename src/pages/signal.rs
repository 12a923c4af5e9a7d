//! What the pages say of the signal that the browser sends: that it was received, what it does, and what counts more.

use leptos::prelude::*;

use super::{visitor, words};
use crate::{
    model::{decision::Answer, purpose::Optional, signal::Signal},
    server::http::visitor::Visitor,
};

/// How a signal and the choice of a visitor stand to each other.
enum Standing {
    /// Nothing optional is granted, and the signal is why.
    Refuses,
    /// Nothing optional is granted, and the choice says so too.
    Agrees,
    /// Something is granted by an answer that knew of the signal.
    Yields,
}

fn standing(visitor: &Visitor) -> Standing {
    match visitor.in_force {
        Some(in_force) if Optional::ALL.into_iter().any(|purpose| in_force.grant(purpose).is_some()) => {
            Standing::Yields
        }
        Some(_) if visitor.set_aside.is_empty() => Standing::Agrees,
        _ => Standing::Refuses,
    }
}

/// The names of the purposes whose yes the signal sets aside.
fn set_aside(visitor: &Visitor) -> Option<String> {
    let names: Vec<_> = visitor.set_aside.iter().map(|purpose| purpose.name()).collect();
    (!names.is_empty()).then(|| words::row(&names))
}

/// What the preferences page says of the signal, if there is one.
#[component]
pub(super) fn Received() -> impl IntoView {
    let visitor = visitor();
    let Some(signal) = visitor.signal else { return ().into_any() };
    let does = match standing(&visitor) {
        Standing::Refuses => {
            "We take it as a no to everything optional: nothing optional is set, and no banner asks you. If you choose below all the same, your choice counts more than the signal."
        }
        Standing::Agrees => "It asks for nothing optional, and so does your choice.",
        Standing::Yields => "You chose while it was sent, so your choice counts more than the signal.",
    };
    let aside = set_aside(&visitor).map(|names| {
        format!(
            " Your earlier yes to {names} was given without the signal, so it does not count while the signal is sent."
        )
    });
    view! {
        <p id="signal">
            "Your browser sends the signal " <strong>{words::signal(signal)}</strong> ". " {does} {aside}
        </p>
    }
    .into_any()
}

/// What the start page says of the choice, which `chosen` says without a signal.
pub(super) fn beside_choice(visitor: &Visitor, signal: Signal, chosen: String) -> String {
    let sends = format!("Your browser sends the signal {}", words::signal(signal));
    let aside = set_aside(visitor).map(|names| format!("the yes to {names} that you gave without it"));
    match standing(visitor) {
        Standing::Refuses => {
            let before = aside.map(|aside| format!(", and more than {aside}")).unwrap_or_default();
            format!("{sends}. It counts as a no{before}, so nothing optional is set.")
        }
        Standing::Agrees => format!("{chosen} {sends}, which says the same."),
        Standing::Yields => {
            let but = aside.map(|aside| format!(", but the signal counts more than {aside}")).unwrap_or_default();
            format!("{chosen} {sends}; that choice counts more{but}.")
        }
    }
}

/// The answer to show as the visitor's own: beside a signal, an open question is answered by the signal and not by them.
pub(super) fn own_answer(visitor: &Visitor, purpose: Optional) -> Option<Answer> {
    let decision = visitor.in_force.filter(|_| visitor.reopened.get(purpose).is_none())?;
    let decision = decision.decision();
    let is_own = visitor.signal.is_none() || decision.chosen_at.get(purpose).is_some();
    is_own.then(|| decision.choices.get(purpose))
}
