//! The valid part of a decision, its expiry, and the grants that only it can give.

use std::marker::PhantomData;

use super::{Answer, Decision, ValidityContext};
use crate::domain::{
    Timestamp,
    consent::signal::Signal,
    cookies::purpose::{Optional, PerPurpose},
};

/// The valid part of a decision. Invalid answers are left out: their questions are open, and so
/// refused.
///
/// Only [`Decision::effective`] builds one.
///
/// ```
/// use std::time::Duration;
/// use harmony::domain::{
///     Timestamp,
///     consent::{
///         decision::{Answer, AnswerContext, Answers, CollectedVia, Decision, ValidityContext},
///         snapshot::Fingerprint,
///     },
///     cookies::purpose::PerPurpose,
///     policy::version::Version,
/// };
///
/// let shown = PerPurpose::all(Fingerprint(1));
/// let version = Version { major: 1, minor: 1 };
/// let context = AnswerContext {
///     version,
///     shown, decided_at: Timestamp(0), collected_via: CollectedVia::Banner,
///     signal: None,
/// };
/// let decision = Decision::new(Answers::all(Answer::Yes), context);
/// let (now, latest, lifetime) = (Timestamp(59), Timestamp(59), Duration::from_secs(60));
/// assert!(decision.effective(&ValidityContext { now, latest, lifetime, shown }).is_some());
/// ```
///
/// Its fields are private, so other code cannot build one:
///
/// ```compile_fail
/// use harmony::domain::{
///     Timestamp,
///     consent::decision::{Decision, EffectiveConsent},
///     cookies::purpose::PerPurpose,
/// };
///
/// fn effective(decision: Decision) -> EffectiveConsent {
///     EffectiveConsent { decision, expires_at: PerPurpose::all(Some(Timestamp(60))) }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveConsent {
    decision: Decision,
    expires_at: PerPurpose<Option<Timestamp>>,
}

impl EffectiveConsent {
    pub(super) fn new(decision: Decision, validity: &ValidityContext) -> Self {
        Self { decision, expires_at: decision.answered_at.map(|at| at.map(|at| validity.expires_at(at))) }
    }

    /// The valid answers.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// When each answer expires; `None` without an answer.
    pub const fn expires_at(&self) -> PerPurpose<Option<Timestamp>> {
        self.expires_at
    }

    pub fn granted(&self) -> PerPurpose<bool> {
        self.decision.answers.map(|answer| answer == Answer::Yes)
    }

    /// The part that counts in a request with this signal, if any. No expiry changes.
    #[must_use]
    pub fn under_signal(self, signal: Option<Signal>) -> Option<Self> {
        let aside = |purpose| self.decision.overridden_by(signal).any(|aside| aside == purpose);
        let expires_at = PerPurpose::from_fn(|purpose| self.expires_at.get(purpose).filter(|_| !aside(purpose)));
        let is_answered = Optional::ALL.into_iter().any(|purpose| expires_at.get(purpose).is_some());
        is_answered.then(|| Self { decision: self.decision.under_signal(signal), expires_at })
    }

    /// The grant for an optional purpose.
    pub fn grant(&self, purpose: Optional) -> Option<Grant<'_>> {
        self.granted().get(purpose).then_some(Grant { purpose, decision: PhantomData })
    }
}

/// The permission to set cookies of one optional purpose, required by the function that sets one.
///
/// Only a valid decision yields it, and only for a granted purpose:
///
/// ```
/// use harmony::domain::{consent::decision::{Grant, EffectiveConsent}, cookies::purpose::Optional};
///
/// fn granted(consent: &EffectiveConsent) -> Option<Grant<'_>> {
///     consent.grant(Optional::Analytics)
/// }
/// ```
///
/// Other code cannot build one:
///
/// ```compile_fail
/// use harmony::domain::{consent::decision::{Grant, EffectiveConsent}, cookies::purpose::Optional};
///
/// fn granted(consent: &EffectiveConsent) -> Option<Grant<'_>> {
///     Some(Grant { purpose: Optional::Analytics, decision: std::marker::PhantomData })
/// }
/// ```
///
/// It cannot outlive its decision:
///
/// ```compile_fail
/// use harmony::domain::{consent::decision::{Grant, EffectiveConsent}, cookies::purpose::Optional};
///
/// fn granted(consent: EffectiveConsent) -> Option<Grant<'static>> {
///     consent.grant(Optional::Analytics)
/// }
/// ```
///
/// It is not `Copy`, so it cannot be reused for another visitor:
///
/// ```compile_fail
/// use harmony::domain::consent::decision::Grant;
///
/// fn twice(grant: Grant<'_>) -> (Grant<'_>, Grant<'_>) {
///     (grant, grant)
/// }
/// ```
#[derive(Debug)]
pub struct Grant<'a> {
    purpose: Optional,
    decision: PhantomData<&'a EffectiveConsent>,
}

impl Grant<'_> {
    /// The purpose that is granted.
    pub const fn purpose(&self) -> Optional {
        self.purpose
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::consent::decision::{
        Answers,
        tests::{act, all, one},
    };

    fn effective(decision: Decision, now: i64) -> Option<EffectiveConsent> {
        let shown = act(0, None).shown;
        decision.effective(&ValidityContext {
            now: Timestamp(now),
            latest: Timestamp(now),
            lifetime: Duration::from_secs(100),
            shown,
        })
    }

    #[test]
    fn each_answer_that_was_given_ends_by_itself() {
        let expires_at = |decision| effective(decision, 1_050).map(|effective| effective.expires_at());
        let first = all(Answer::Yes, 1_000, None);
        assert_eq!(expires_at(first), Some(PerPurpose::all(Some(Timestamp(1_100)))));
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                let later = Decision::answering(Some(&first), one(purpose, answer), act(1_050, None));
                let expected = PerPurpose::all(Some(Timestamp(1_100))).with(purpose, Some(Timestamp(1_150)));
                assert_eq!(expires_at(later), Some(expected), "the other answer is as old as before");
                let alone = Decision::answering(None, one(purpose, answer), act(1_050, None));
                let expected = PerPurpose::all(None).with(purpose, Some(Timestamp(1_150)));
                assert_eq!(expires_at(alone), Some(expected), "silence has no age");
            }
        }
    }

    #[test]
    fn a_grant_is_given_for_a_granted_purpose_only() {
        for purpose in Optional::ALL {
            let only = Answers::all(Answer::No).with(purpose, Answer::Yes);
            let effective = effective(Decision::new(only, act(1_000, None)), 1_000);
            for other in Optional::ALL {
                let granted =
                    effective.as_ref().and_then(|effective| effective.grant(other)).map(|grant| grant.purpose());
                assert_eq!(granted, (other == purpose).then_some(purpose));
            }
        }
    }
}
