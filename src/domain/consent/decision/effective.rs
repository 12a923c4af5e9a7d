//! The valid part of a decision, its expiry, and the grants that only it can give.

use std::{marker::PhantomData, time::Duration};

use super::{Decision, GivenAnswer};
use crate::domain::{
    Timestamp,
    consent::signal::Signal,
    cookies::purpose::{Optional, PerPurpose, Purposes},
};

/// The valid part of a decision. Invalid answers are left out: their questions are open, and so
/// refused.
///
/// Only [`Decision::effective`] builds one.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use harmony::domain::{
///     Timestamp,
///     consent::{
///         decision::{Answer, AnswerContext, Answers, CollectedVia, Decision, ValidityContext},
///         snapshot::Fingerprint,
///     },
///     cookies::purpose::{Optional, PerPurpose},
///     policy::version::Version,
/// };
///
/// let purpose = Optional::ANALYTICS;
/// let shown = Arc::new(PerPurpose::from([(purpose, Fingerprint(1))]));
/// let version = Version { major: 1, minor: 1 };
/// let context = AnswerContext {
///     version,
///     shown: Arc::clone(&shown), decided_at: Timestamp(0), collected_via: CollectedVia::Banner,
///     signal: None,
/// };
/// let decision = Decision::answering(None, &Answers::from([(purpose, Answer::Yes)]), &context);
/// let (now, latest, lifetime) = (Timestamp(59), Timestamp(59), Duration::from_secs(60));
/// let introduced = Arc::new(PerPurpose::from([(purpose, version)]));
/// let validity = ValidityContext { now, latest, lifetime, shown, introduced };
/// assert!(decision.effective(&validity).is_some());
/// ```
///
/// Its fields are private, so other code cannot build one:
///
/// ```compile_fail
/// use harmony::domain::consent::decision::{Decision, EffectiveConsent};
///
/// fn effective(decision: Decision) -> EffectiveConsent {
///     EffectiveConsent { decision, lifetime: std::time::Duration::from_secs(60) }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EffectiveConsent {
    decision: Decision,
    lifetime: Duration,
}

impl EffectiveConsent {
    pub(super) const fn new(decision: Decision, lifetime: Duration) -> Self {
        Self { decision, lifetime }
    }

    /// The valid answers.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// When each answer expires.
    pub fn expires_at(&self) -> PerPurpose<Timestamp> {
        let expires_at = |given: &GivenAnswer| given.answered_at.plus_seconds(self.lifetime.as_secs());
        self.decision.answers.iter().map(|(purpose, given)| (*purpose, expires_at(given))).collect()
    }

    pub fn granted(&self) -> Purposes {
        self.decision.allowed()
    }

    /// The consent without its times of day, as many visitors have it. Each answer gets a second of
    /// its own, by which its time is found in a page. `None` unless the lifetime is whole days:
    /// otherwise the day of an expiry would depend on the time of day.
    pub fn without_times_of_day(&self) -> Option<Self> {
        let mut consent = self.lifetime.as_secs().is_multiple_of(86_400).then(|| self.clone())?;
        let Decision { answers, decided_at, .. } = &mut consent.decision;
        *decided_at = decided_at.start_of_day();
        for (place, given) in (1..).zip(answers.values_mut()) {
            given.answered_at = given.answered_at.start_of_day().plus_seconds(place);
        }
        Some(consent)
    }

    /// The part that counts in a request with this signal, if any. No expiry changes.
    #[must_use]
    pub fn under_signal(self, signal: Option<Signal>) -> Option<Self> {
        let decision = self.decision.under_signal(signal);
        (!decision.answers.is_empty()).then_some(Self { decision, ..self })
    }

    /// The grant for an optional purpose.
    pub fn grant(&self, purpose: Optional) -> Option<Grant<'_>> {
        self.decision.answer(purpose).is_yes().then_some(Grant { purpose, decision: PhantomData })
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
///     consent.grant(Optional::ANALYTICS)
/// }
/// ```
///
/// Other code cannot build one:
///
/// ```compile_fail
/// use harmony::domain::{consent::decision::{Grant, EffectiveConsent}, cookies::purpose::Optional};
///
/// fn granted(consent: &EffectiveConsent) -> Option<Grant<'_>> {
///     Some(Grant { purpose: Optional::ANALYTICS, decision: std::marker::PhantomData })
/// }
/// ```
///
/// It cannot outlive its decision:
///
/// ```compile_fail
/// use harmony::domain::{consent::decision::{Grant, EffectiveConsent}, cookies::purpose::Optional};
///
/// fn granted(consent: EffectiveConsent) -> Option<Grant<'static>> {
///     consent.grant(Optional::ANALYTICS)
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
    use proptest::prelude::*;

    use super::*;
    use crate::domain::consent::decision::{
        Answer,
        tests::{TWO, act, all, both, one, validity},
    };

    #[test]
    fn each_answer_that_was_given_ends_by_itself() {
        let expires_at =
            |decision: Decision| decision.effective(&validity(1_050)).map(|effective| effective.expires_at());
        let first = all(Answer::Yes, 1_000, None);
        assert_eq!(expires_at(first.clone()), Some(both(Timestamp(1_100))));
        for purpose in TWO {
            for answer in [Answer::Yes, Answer::No] {
                let later = Decision::answering(Some(&first), &one(purpose, answer), &act(1_050, None));
                let mut expected = both(Timestamp(1_100));
                expected.insert(purpose, Timestamp(1_150));
                assert_eq!(expires_at(later), Some(expected), "the other answer is as old as before");
                let alone = Decision::answering(None, &one(purpose, answer), &act(1_050, None));
                let expected = PerPurpose::from([(purpose, Timestamp(1_150))]);
                assert_eq!(expires_at(alone), Some(expected), "silence has no age");
            }
        }
    }

    #[test]
    fn a_grant_is_given_for_a_granted_purpose_only() {
        for purpose in TWO {
            let decision = Decision::answering(None, &one(purpose, Answer::Yes), &act(1_000, None));
            let effective = decision.effective(&validity(1_000));
            for other in TWO {
                let granted =
                    effective.as_ref().and_then(|effective| effective.grant(other)).map(|grant| grant.purpose());
                assert_eq!(granted, (other == purpose).then_some(purpose));
            }
        }
    }

    proptest! {
        #[test]
        fn without_its_times_of_day_a_consent_grants_the_same_and_expires_on_the_same_days(
            answers in prop::collection::btree_map(prop::sample::select(TWO.to_vec()), any::<bool>(), 1..=2),
            times in prop::array::uniform2(0..4_000_000_000_i64), days in 1..400_u64,
        ) {
            let lifetime = Duration::from_secs(days * 86_400);
            let mut decision = all(Answer::No, times[0], None).only(|purpose| answers.contains_key(&purpose));
            for (given, (yes, at)) in decision.answers.values_mut().zip(answers.values().zip(times)) {
                given.answer = if *yes { Answer::Yes } else { Answer::No };
                given.answered_at = Timestamp(at);
            }
            let consent = EffectiveConsent::new(decision, lifetime);
            let Some(coarse) = consent.without_times_of_day() else { unreachable!("whole days") };
            prop_assert_eq!(coarse.granted(), consent.granted());
            let days = |consent: &EffectiveConsent| consent.expires_at().into_values().map(Timestamp::day).collect::<Vec<_>>();
            prop_assert_eq!(days(&coarse), days(&consent));
            let places: Vec<_> = coarse.decision().answers.values().map(|given| given.answered_at.0 % 86_400).collect();
            prop_assert_eq!(places, (1..).take(answers.len()).collect::<Vec<_>>());
            let odd = EffectiveConsent::new(consent.decision, lifetime + Duration::from_secs(1));
            prop_assert_eq!(odd.without_times_of_day(), None);
        }
    }
}
