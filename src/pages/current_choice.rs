//! What the visitor chose, in one sentence, as the home page and the preferences page say it.

use std::collections::BTreeMap;

use crate::{
    app::request_context::ConsentState,
    content::i18n::Messages,
    domain::{
        consent::decision::{Answer, Answers, EffectiveConsent},
        cookies::purpose::Optional,
    },
    pages::components::format,
};

/// What the visitor allowed and when, or that they rejected everything or have not chosen, and
/// which questions are open again.
pub(super) fn summary(strings: &Messages, consent: &ConsentState) -> String {
    let texts = &strings.choice;
    let Some(effective) = consent.effective else {
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
    for purpose in Optional::ALL.into_iter().filter(|purpose| decision.answers.get(*purpose) == Answer::Yes) {
        let at = decision.answered_at.get(purpose).unwrap_or(decision.decided_at);
        days.entry(at.day()).or_default().push(purpose);
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
            let rejected = Optional::ALL.into_iter().filter(|purpose| !open_again.contains(purpose));
            texts.rejected(format::purposes(strings, rejected))
        }
        None => texts.rejected_all(format::day(strings.locale(), decision.decided_at.day())),
    };
    let off: Vec<_> = decision.answers.refused().filter(|purpose| !open_again.contains(purpose)).collect();
    let is_partly_off =
        !off.is_empty() && off.len() < Optional::ALL.len() && decision.answers != Answers::all(Answer::No);
    let chosen = if is_partly_off { format!("{chosen} {}", texts.off(format::purposes(strings, off))) } else { chosen };
    if open_again.is_empty() {
        return chosen;
    }
    let open = format::purposes(strings, open_again.iter().copied());
    format!("{chosen} {}", strings.words.open_again(open))
}

/// Until when the answers are valid.
pub(super) fn validity(strings: &Messages, effective: &EffectiveConsent, open_again: &[Optional]) -> String {
    let texts = &strings.choice;
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for purpose in Optional::ALL {
        if let Some(at) = effective.expires_at().get(purpose) {
            days.entry(at.day()).or_default().push(purpose);
        }
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
