//! What the visitor chose, in one sentence, as the home page and the preferences page say it.

use std::collections::BTreeMap;

use crate::{
    app::request_context::ConsentState,
    content::i18n::Messages,
    domain::{
        consent::decision::EffectiveConsent,
        cookies::purpose::{Optional, Purposes},
    },
    pages::{components::format, inventory},
};

/// What the visitor allowed and when, or that they rejected everything or have not chosen, and
/// which questions are open again.
pub(super) fn summary(strings: &Messages, consent: &ConsentState) -> String {
    let texts = &strings.choice;
    let Some(effective) = &consent.effective else {
        return if !consent.overridden.is_empty() {
            texts.overridden()
        } else if consent.to_reconsent().is_empty() {
            texts.none()
        } else {
            texts.expired()
        };
    };
    let decision = effective.decision();
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for (purpose, given) in decision.answers.iter().filter(|(_, given)| given.answer.is_yes()) {
        days.entry(given.answered_at.day()).or_default().push(*purpose);
    }
    let allowed = days.into_iter().fold(None, |before: Option<String>, (day, purposes)| {
        let (day, purposes) = (format::day(strings.locale(), day), format::purposes(strings, purposes));
        Some(match before {
            None => texts.allowed(purposes, day),
            Some(before) => texts.allowed_and(before, purposes, day),
        })
    });
    let open_again = consent.to_reconsent();
    let chosen = match allowed {
        Some(allowed) => texts.sentence(allowed),
        None if !open_again.is_empty() => {
            let is_closed = |purpose: &Optional| !open_again.contains(purpose);
            texts.rejected(format::purposes(strings, inventory().optional_purposes().filter(is_closed)))
        }
        None => texts.rejected_all(format::day(strings.locale(), decision.decided_at.day())),
    };
    let granted = effective.granted();
    let is_off = |purpose: &Optional| !granted.contains(purpose) && !open_again.contains(purpose);
    let off: Vec<_> = inventory().optional_purposes().filter(is_off).collect();
    let is_partly_off = !off.is_empty() && !granted.is_empty();
    let chosen = if is_partly_off { format!("{chosen} {}", texts.off(format::purposes(strings, off))) } else { chosen };
    if open_again.is_empty() {
        return chosen;
    }
    let open = format::purposes(strings, open_again.iter().copied());
    format!("{chosen} {}", strings.words.open_again(open))
}

/// Until when the answers are valid.
pub(super) fn validity(strings: &Messages, effective: &EffectiveConsent, open_again: &Purposes) -> String {
    let texts = &strings.choice;
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for (purpose, at) in effective.expires_at() {
        days.entry(at.day()).or_default().push(purpose);
    }
    let format_day = |day: &time::Date| format::day(strings.locale(), *day);
    match &days.iter().collect::<Vec<_>>()[..] {
        [(day, _)] if open_again.is_empty() => texts.asks_again(format_day(day)),
        days => {
            let clause = days.iter().fold(None, |before: Option<String>, (day, purposes)| {
                let purposes = format::purposes(strings, purposes.iter().copied());
                Some(match before {
                    None => texts.asks_again_for(purposes, format_day(day)),
                    Some(before) => texts.asks_again_and(before, purposes, format_day(day)),
                })
            });
            clause.map(|clause| texts.sentence(clause)).unwrap_or_default()
        }
    }
}
