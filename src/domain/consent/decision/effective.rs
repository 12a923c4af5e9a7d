//! What of a decision holds now, until when, and the grant that only such a one can give.

use std::marker::PhantomData;

use super::{Answer, Decision, ValidityContext};
use crate::domain::{
    Timestamp,
    consent::signal::Signal,
    cookies::purpose::{Optional, PerPurpose},
};

/// What of a decision holds now. Answers that do not stand are not in it: their questions are open, and so refused.
///
/// There is no other way to one than [`Decision::in_force`].
///
/// ```
/// use std::time::Duration;
/// use harmony::domain::{
///     Timestamp,
///     consent::{
///         decision::{Act, Answer, Choices, CollectedVia, Decision, ValidityContext},
///         snapshot::Fingerprint,
///     },
///     cookies::purpose::PerPurpose,
///     policy::version::Version,
/// };
///
/// let shown = PerPurpose::all(Fingerprint(1));
/// let version = Version { major: 1, minor: 1 };
/// let act = Act { version, shown, decided_at: Timestamp(0), collected_via: CollectedVia::Banner, signal: None };
/// let decision = Decision::new(Choices::all(Answer::Yes), act);
/// let in_force = decision.in_force(&ValidityContext { now: Timestamp(59), latest: Timestamp(59), lifetime: Duration::from_secs(60), shown });
/// assert!(in_force.is_some());
/// ```
///
/// Its fields are closed, so it cannot be put together by hand:
///
/// ```compile_fail
/// use harmony::domain::{
///     Timestamp,
///     consent::decision::{Decision, InForce},
///     cookies::purpose::PerPurpose,
/// };
///
/// fn in_force(decision: Decision) -> InForce {
///     InForce { decision, expires_at: PerPurpose::all(Some(Timestamp(60))) }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveConsent {
    decision: Decision,
    expires_at: PerPurpose<Option<Timestamp>>,
}

impl EffectiveConsent {
    /// A decision of answers that stand.
    pub(super) fn new(decision: Decision, terms: &ValidityContext) -> Self {
        Self { decision, expires_at: decision.answered_at.map(|at| at.map(|at| terms.end_of(at))) }
    }

    /// What was decided, and stands.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// When each answer stops to stand; `None` where there is none.
    pub const fn expires_at(&self) -> PerPurpose<Option<Timestamp>> {
        self.expires_at
    }

    /// Which purposes are granted.
    pub fn granted(&self) -> PerPurpose<bool> {
        self.decision.choices.map(|answer| answer == Answer::Yes)
    }

    /// What is left of it in a request with this signal, if any answer is. It ends when it would have ended without.
    #[must_use]
    pub fn under(self, signal: Option<Signal>) -> Option<Self> {
        let aside = |purpose| self.decision.set_aside(signal).any(|aside| aside == purpose);
        let expires_at = PerPurpose::from_fn(|purpose| self.expires_at.get(purpose).filter(|_| !aside(purpose)));
        let is_answered = Optional::ALL.into_iter().any(|purpose| expires_at.get(purpose).is_some());
        is_answered.then(|| Self { decision: self.decision.under(signal), expires_at })
    }

    /// The permission to set cookies of one optional purpose, if it was granted.
    pub fn grant(&self, purpose: Optional) -> Option<Grant<'_>> {
        self.granted().get(purpose).then_some(Grant { purpose, decision: PhantomData })
    }
}

/// The permission to set cookies of one optional purpose. Setting an optional cookie takes one.
///
/// Only a decision in force yields it, and only for a purpose it grants:
///
/// ```
/// use harmony::domain::{consent::decision::{Grant, InForce}, cookies::purpose::Optional};
///
/// fn granted(in_force: &InForce) -> Option<Grant<'_>> {
///     in_force.grant(Optional::Analytics)
/// }
/// ```
///
/// It cannot be made up:
///
/// ```compile_fail
/// use harmony::domain::{consent::decision::{Grant, InForce}, cookies::purpose::Optional};
///
/// fn granted(in_force: &InForce) -> Option<Grant<'_>> {
///     Some(Grant { purpose: Optional::Analytics, decision: std::marker::PhantomData })
/// }
/// ```
///
/// It cannot outlive the decision that gave it:
///
/// ```compile_fail
/// use harmony::domain::{consent::decision::{Grant, InForce}, cookies::purpose::Optional};
///
/// fn granted(in_force: InForce) -> Option<Grant<'static>> {
///     in_force.grant(Optional::Analytics)
/// }
/// ```
///
/// It is not copied, so it cannot be kept for another visitor:
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

    fn in_force(decision: Decision, now: i64) -> Option<EffectiveConsent> {
        let shown = act(0, None).shown;
        decision.in_force(&ValidityContext {
            now: Timestamp(now),
            latest: Timestamp(now),
            lifetime: Duration::from_secs(100),
            shown,
        })
    }

    #[test]
    fn each_answer_that_was_given_ends_by_itself() {
        let expires_at = |decision| in_force(decision, 1_050).map(|in_force| in_force.expires_at());
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
            let in_force = in_force(Decision::new(only, act(1_000, None)), 1_000);
            for other in Optional::ALL {
                let granted = in_force.as_ref().and_then(|in_force| in_force.grant(other)).map(|grant| grant.purpose());
                assert_eq!(granted, (other == purpose).then_some(purpose));
            }
        }
    }
}
