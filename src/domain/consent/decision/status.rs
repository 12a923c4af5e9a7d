//! Which answers of a decision are valid, and which questions need re-consent.
//!
//! The rule:
//!
//! - Each answer is valid by itself: for the declared lifetime of the consent cookie, and while the
//!   prompt of its purpose is unchanged.
//! - An invalid answer is no answer: its question is open, and so refused. The others keep their
//!   time.
//! - An answered question that is open is asked again. One that was never answered is not, since
//!   silence is refusal; unless the purpose is newer than the decision.
//! - Answers about purposes that the site no longer declares count for nothing.
//! - Without a valid answer, everything is asked.
//! - A decision with an answer from the future was made under a wrong clock, and is ignored:
//!   otherwise it would outlive others and override newer answers.

use std::{sync::Arc, time::Duration};

use super::{Decision, EffectiveConsent, GivenAnswer};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose, Purposes},
    policy::version::Version,
    retention::is_ahead,
};

/// What the validity of an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidityContext {
    pub now: Timestamp,
    /// The latest trusted time: above the clock while that is set back.
    pub latest: Timestamp,
    /// How long an answer is valid.
    pub lifetime: Duration,
    /// The fingerprint of each declared purpose in the current prompt.
    pub shown: Arc<PerPurpose<Fingerprint>>,
    /// The edition that introduced each of them.
    pub introduced: Arc<PerPurpose<Version>>,
}

impl ValidityContext {
    const fn is_expired(&self, answered_at: Timestamp) -> bool {
        self.now.0 >= answered_at.plus_seconds(self.lifetime.as_secs()).0
    }

    /// The declared purposes.
    pub fn purposes(&self) -> Purposes {
        self.shown.keys().copied().collect()
    }
}

/// Why a question is asked although the visitor has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReconsentReason {
    /// The answer has expired.
    Expired,
    /// The prompt has changed since the one with this fingerprint, if known.
    Changed(Option<Fingerprint>),
    /// The purpose is newer than the decision.
    New,
}

impl ReconsentReason {
    /// Drops an unknown fingerprint.
    #[must_use]
    pub fn as_known(self, is_known: impl FnOnce(Fingerprint) -> bool) -> Self {
        match self {
            Self::Expired | Self::New => self,
            Self::Changed(on) => Self::Changed(on.filter(|on| is_known(*on))),
        }
    }
}

/// A decision with its valid part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionStatus {
    /// The whole decision: stored, and the base of the next one.
    pub decision: Decision,
    /// The valid part.
    pub effective: Option<EffectiveConsent>,
    /// The questions that are asked although the visitor has decided.
    pub reconsent: PerPurpose<ReconsentReason>,
}

impl Decision {
    /// The status of the decision; `None` if every answer has expired or one is from the future.
    ///
    /// Merge decisions before checking their status: the newest answer counts even if it is
    /// invalid. Otherwise an older yes would reappear where a newer no expired with a change of the
    /// text.
    pub fn status(self, validity: &ValidityContext) -> Option<DecisionStatus> {
        let is_fresh = |given: &GivenAnswer| !validity.is_expired(given.answered_at);
        let is_ahead = |given: &GivenAnswer| is_ahead(given.answered_at, validity.latest);
        if !self.answers.values().any(is_fresh) || self.answers.values().any(is_ahead) {
            return None;
        }
        let (effective, reconsent) = (self.clone().effective(validity), self.reconsent(validity));
        Some(DecisionStatus { decision: self, effective, reconsent })
    }

    /// The valid part of the decision.
    pub fn effective(self, validity: &ValidityContext) -> Option<EffectiveConsent> {
        let reconsent = self.reconsent(validity);
        let is_valid = |purpose| validity.shown.contains_key(&purpose) && !reconsent.contains_key(&purpose);
        let decision = self.only(is_valid);
        (!decision.answers.is_empty()).then(|| EffectiveConsent::new(decision, validity.lifetime))
    }

    /// The questions that are asked although the visitor has decided.
    fn reconsent(&self, validity: &ValidityContext) -> PerPurpose<ReconsentReason> {
        let reason = |purpose: &Optional, fingerprint: &Fingerprint| {
            let Some(given) = self.answers.get(purpose) else {
                let is_new = validity.introduced.get(purpose).is_some_and(|introduced| self.version < *introduced);
                return is_new.then_some(ReconsentReason::New);
            };
            if given.prompt_fingerprint != Some(*fingerprint) {
                return Some(ReconsentReason::Changed(given.prompt_fingerprint));
            }
            validity.is_expired(given.answered_at).then_some(ReconsentReason::Expired)
        };
        let reasons = validity.shown.iter().map(|(purpose, fingerprint)| (*purpose, reason(purpose, fingerprint)));
        reasons.filter_map(|(purpose, reason)| Some((purpose, reason?))).collect()
    }
}

impl DecisionStatus {
    /// The questions to ask: all if no answer is valid, otherwise those that need re-consent.
    pub fn prompts(status: Option<&Self>, validity: &ValidityContext) -> Purposes {
        match status {
            Some(status) if status.effective.is_some() => status.reconsent.keys().copied().collect(),
            _ => validity.purposes(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            Answer, AnswerContext, merge,
            tests::{TWO, act, all, any_decision, both, one, validity},
        },
        *,
    };

    /// The same context, but with another prompt for one purpose.
    fn changed(purpose: Optional, now: i64) -> ValidityContext {
        let validity = validity(now);
        let mut shown = PerPurpose::clone(&validity.shown);
        shown.insert(purpose, Fingerprint(1));
        ValidityContext { shown: Arc::new(shown), ..validity }
    }

    /// The same context, with one more purpose since an edition.
    fn with_new(purpose: Optional, since: Version, now: i64) -> ValidityContext {
        let validity = changed(purpose, now);
        let mut introduced = PerPurpose::clone(&validity.introduced);
        introduced.insert(purpose, since);
        ValidityContext { introduced: Arc::new(introduced), ..validity }
    }

    fn prompts(status: Option<&DecisionStatus>) -> Purposes {
        DecisionStatus::prompts(status, &validity(0))
    }

    #[test]
    fn a_decision_stands_until_its_lifetime_is_expired() {
        for (now, stands) in [
            (1_000, true),
            (1_099, true),
            (1_100, false),
            (i64::MAX, false),
            (0, true),
            (-2_600, true),
            (-2_601, false),
        ] {
            for answer in [Answer::Yes, Answer::No] {
                let decision = all(answer, 1_000, None);
                let status = decision.clone().status(&validity(now));
                assert_eq!(status.is_some(), stands, "{answer:?} at {now}");
                let asked = if stands { Purposes::new() } else { Purposes::from(TWO) };
                assert_eq!(prompts(status.as_ref()), asked, "{answer:?} at {now}");
                let effective = status.and_then(|status| status.effective);
                let effective = effective.map(|effective| effective.decision().clone());
                assert_eq!(effective, stands.then_some(decision), "{answer:?} at {now}");
            }
        }
    }

    #[test]
    fn silence_has_no_age_and_a_decision_of_it_alone_is_none() {
        let silence = all(Answer::No, 1_000, None).only(|_| false);
        assert_eq!(silence.status(&validity(1_000)), None);
        for purpose in TWO {
            let alone = Decision::answering(None, &one(purpose, Answer::Yes), &act(1_000, None));
            let status = alone.clone().status(&validity(1_099));
            assert_eq!(prompts(status.as_ref()), Purposes::new(), "the other is not asked about");
            let effective = status.and_then(|status| status.effective);
            assert_eq!(effective.map(|effective| effective.decision().clone()), Some(alone.clone()));
            assert_eq!(alone.status(&validity(1_100)), None);
        }
    }

    #[test]
    fn an_answer_that_is_expired_is_open_alone_and_the_other_keeps_its_time() {
        for purpose in TWO {
            for answer in [Answer::Yes, Answer::No] {
                let before = all(answer, 1_000, None);
                let decision = Decision::answering(Some(&before), &one(purpose, answer), &act(1_050, None));
                for (now, others_stand, stands) in [(1_099, true, true), (1_100, false, true), (1_150, false, false)] {
                    let status = decision.clone().status(&validity(now));
                    let mut over = both(ReconsentReason::Expired);
                    over.retain(|each, _| *each != purpose && !others_stand);
                    let reconsent = status.as_ref().map(|status| status.reconsent.clone());
                    assert_eq!(reconsent, stands.then_some(over), "{purpose:?} {answer:?} at {now}");
                    assert_eq!(status.as_ref().map(|status| &status.decision), stands.then_some(&decision));
                    let effective = status.and_then(|status| status.effective);
                    for each in TWO {
                        let expected = answer == Answer::Yes && stands && (each == purpose || others_stand);
                        let granted = effective.as_ref().is_some_and(|effective| effective.grant(each).is_some());
                        assert_eq!(granted, expected, "{purpose:?} {answer:?} at {now}: {each:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_answer_on_something_else_is_open_alone_whatever_it_was_and_however_new() {
        for purpose in TWO {
            for answer in [Answer::Yes, Answer::No] {
                let decision = all(answer, 1_000, None);
                let status = decision.clone().status(&changed(purpose, 1_000));
                let before = decision.answers.get(&purpose).and_then(|given| given.prompt_fingerprint);
                let expected = PerPurpose::from([(purpose, ReconsentReason::Changed(before))]);
                assert_eq!(status.as_ref().map(|status| &status.reconsent), Some(&expected));
                assert_eq!(prompts(status.as_ref()), Purposes::from([purpose]));
                let left = status.and_then(|status| status.effective).map(|left| left.decision().clone());
                assert_eq!(left.as_ref().map(|left| left.answer(purpose)), Some(Answer::No), "open, and so refused");
                assert_eq!(left, Some(decision.without(purpose)));
            }
        }
    }

    #[test]
    fn a_purpose_that_is_newer_than_the_decision_is_asked_about() {
        let purpose: Optional = "advertising".parse().unwrap();
        let decision = all(Answer::Yes, 1_000, None);
        for (minor, is_new) in [(0, false), (1, false), (2, true)] {
            let since = Version { major: 1, minor };
            let validity = with_new(purpose, since, 1_000);
            let status = decision.clone().status(&validity);
            let asked = DecisionStatus::prompts(status.as_ref(), &validity);
            assert_eq!(asked, if is_new { Purposes::from([purpose]) } else { Purposes::new() }, "{since}");
            let effective = status.and_then(|status| status.effective);
            assert!(
                effective.is_some_and(|effective| effective.grant(purpose).is_none()),
                "nothing is granted unasked"
            );
        }
    }

    #[test]
    fn an_answer_about_what_is_no_longer_declared_grants_nothing() {
        let decision = all(Answer::Yes, 1_000, None);
        let declared = validity(1_000);
        let mut shown = PerPurpose::clone(&declared.shown);
        shown.remove(&Optional::ANALYTICS);
        let declared = ValidityContext { shown: Arc::new(shown), ..declared };
        let effective = decision.effective(&declared);
        let granted = |purpose| effective.as_ref().is_some_and(|effective| effective.grant(purpose).is_some());
        assert_eq!(TWO.map(granted), [true, false]);
    }

    #[test]
    fn without_an_answer_that_stands_everything_is_asked_and_what_changed_is_known() {
        let decision = all(Answer::Yes, 1_000, None);
        let other = ValidityContext { shown: Arc::new(both(Fingerprint(1))), ..validity(1_000) };
        let status = decision.clone().status(&other);
        assert!(status.as_ref().is_some_and(|status| status.effective.is_none()));
        let changed_since = |(purpose, given): (&Optional, &GivenAnswer)| {
            (*purpose, ReconsentReason::Changed(given.prompt_fingerprint))
        };
        let expected = decision.answers.iter().map(changed_since).collect();
        assert_eq!(status.as_ref().map(|status| &status.reconsent), Some(&expected));
        assert_eq!(prompts(status.as_ref()), Purposes::from(TWO));
        let purpose = Optional::ANALYTICS;
        let alone = Decision::answering(None, &one(purpose, Answer::No), &act(1_000, None));
        let status = alone.status(&changed(purpose, 1_000));
        assert_eq!(prompts(status.as_ref()), Purposes::from(TWO), "also what was never answered");
    }

    #[test]
    fn a_fingerprint_that_nothing_bears_is_not_kept() {
        let on = Some(Fingerprint(7));
        for (reconsent, is_known, expected) in [
            (ReconsentReason::Expired, true, ReconsentReason::Expired),
            (ReconsentReason::Expired, false, ReconsentReason::Expired),
            (ReconsentReason::New, false, ReconsentReason::New),
            (ReconsentReason::Changed(on), true, ReconsentReason::Changed(on)),
            (ReconsentReason::Changed(on), false, ReconsentReason::Changed(None)),
            (ReconsentReason::Changed(None), true, ReconsentReason::Changed(None)),
        ] {
            assert_eq!(reconsent.as_known(|_| is_known), expected);
        }
    }

    #[test]
    fn an_older_yes_does_not_come_up_again_where_a_newer_no_was_given_on_something_else() {
        let yes = all(Answer::Yes, 1_000, None);
        let context = AnswerContext { shown: Arc::new(both(Fingerprint(1))), ..act(1_010, None) };
        let elsewhere = Decision::answering(None, &both(Answer::No), &context);
        let merged = merge(Some(yes), Some(elsewhere)).and_then(|merged| merged.status(&validity(1_020)));
        assert!(merged.is_some_and(|merged| merged.effective.is_none()));
    }

    proptest! {
        #[test]
        fn what_is_in_force_grants_what_was_granted_and_stands(decision in any_decision(), now: i64, same: [bool; 2]) {
            let fingerprint = |purpose: &Optional| decision.answers.get(purpose).and_then(|given| given.prompt_fingerprint).unwrap_or(Fingerprint(3));
            let shown: PerPurpose<_> = TWO.into_iter().zip(same).map(|(purpose, same)| {
                (purpose, if same { fingerprint(&purpose) } else { Fingerprint(2) })
            }).collect();
            // Nothing is newer than the decision.
            let introduced = Arc::new(both(Version { major: 0, minor: 0 }));
            let validity = ValidityContext { shown: Arc::new(shown.clone()), introduced, ..validity(now) };
            let status = decision.clone().status(&validity);
            let is_ahead = decision.answers.values().any(|given| is_ahead(given.answered_at, validity.latest));
            prop_assert!(status.is_none() || !is_ahead);
            let effective = status.as_ref().and_then(|status| status.effective.as_ref());
            for purpose in TWO {
                let given = decision.answers.get(&purpose);
                let stands = status.is_some() && given.is_some_and(|given| {
                    validity.now < given.answered_at.plus_seconds(100) && given.prompt_fingerprint == shown.get(&purpose).copied()
                });
                let granted = effective.is_some_and(|effective| effective.grant(purpose).is_some());
                prop_assert_eq!(granted, stands && decision.answer(purpose).is_yes());
                let is_open = status.as_ref().is_some_and(|status| status.reconsent.contains_key(&purpose));
                prop_assert_eq!(is_open, status.is_some() && given.is_some() && !stands);
            }
        }
    }
}
