//! Which answers of a decision are valid, and which questions need re-consent.
//!
//! The rule:
//!
//! - Each answer is valid by itself: for the declared lifetime of the consent cookie, and while the
//!   prompt of its purpose is unchanged.
//! - An invalid answer is no answer: its question is open, and so refused. The others keep their
//!   time.
//! - An answered question that is open is asked again. One that was never answered is not: silence
//!   is refusal.
//! - Without a valid answer, everything is asked.
//! - A decision with an answer from the future was made under a wrong clock, and is ignored:
//!   otherwise it would outlive others and override newer answers.

use std::time::Duration;

use super::{Decision, EffectiveConsent};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose},
    retention::is_ahead,
};

/// What the validity of an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityContext {
    pub now: Timestamp,
    /// The latest trusted time: above the clock while that is set back.
    pub latest: Timestamp,
    /// How long an answer is valid.
    pub lifetime: Duration,
    /// The fingerprint of each purpose in the current prompt.
    pub shown: PerPurpose<Fingerprint>,
}

impl ValidityContext {
    pub(super) const fn expires_at(&self, answered_at: Timestamp) -> Timestamp {
        answered_at.plus_seconds(self.lifetime.as_secs())
    }

    const fn is_expired(&self, answered_at: Timestamp) -> bool {
        self.now.0 >= self.expires_at(answered_at).0
    }
}

/// Why an answered question is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReconsentReason {
    /// The answer has expired.
    Expired,
    /// The prompt has changed since the one with this fingerprint, if known.
    Changed(Option<Fingerprint>),
}

impl ReconsentReason {
    /// Drops an unknown fingerprint.
    #[must_use]
    pub fn as_known(self, is_known: impl FnOnce(Fingerprint) -> bool) -> Self {
        match self {
            Self::Expired => Self::Expired,
            Self::Changed(on) => Self::Changed(on.filter(|on| is_known(*on))),
        }
    }
}

/// A decision with its valid part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionStatus {
    /// The whole decision: stored, and the base of the next one.
    pub decision: Decision,
    /// The valid part.
    pub effective: Option<EffectiveConsent>,
    /// The answered questions that need re-consent.
    pub reconsent: PerPurpose<Option<ReconsentReason>>,
}

impl Decision {
    /// The status of the decision; `None` if every answer has expired or one is from the future.
    ///
    /// Merge decisions before checking their status: the newest answer counts even if it is
    /// invalid. Otherwise an older yes would reappear where a newer no expired with a change of the
    /// text.
    pub fn status(self, validity: &ValidityContext) -> Option<DecisionStatus> {
        let is_fresh = |purpose| self.answered_at.get(purpose).is_some_and(|at| !validity.is_expired(at));
        let is_ahead = |purpose| self.answered_at.get(purpose).is_some_and(|at| is_ahead(at, validity.latest));
        if !Optional::ALL.into_iter().any(is_fresh) || Optional::ALL.into_iter().any(is_ahead) {
            return None;
        }
        Some(DecisionStatus {
            decision: self,
            effective: self.effective(validity),
            reconsent: self.reconsent(validity),
        })
    }

    /// The valid part of the decision.
    pub fn effective(self, validity: &ValidityContext) -> Option<EffectiveConsent> {
        let reconsent = self.reconsent(validity);
        let stands = |purpose: &Optional| self.answered_at.get(*purpose).is_some() && reconsent.get(*purpose).is_none();
        let (standing, others): (Vec<_>, Vec<_>) = Optional::ALL.into_iter().partition(stands);
        let decision = others.into_iter().fold(self, Self::without);
        (!standing.is_empty()).then(|| EffectiveConsent::new(decision, validity))
    }

    /// The answered questions that need re-consent.
    fn reconsent(&self, validity: &ValidityContext) -> PerPurpose<Option<ReconsentReason>> {
        PerPurpose::from_fn(|purpose| {
            let (at, on) = (self.answered_at.get(purpose)?, self.prompt_fingerprint.get(purpose));
            let is_changed = on != Some(validity.shown.get(purpose));
            let over = validity.is_expired(at).then_some(ReconsentReason::Expired);
            if is_changed { Some(ReconsentReason::Changed(on)) } else { over }
        })
    }
}

impl DecisionStatus {
    /// The questions to ask: all if no answer is valid, otherwise those that need re-consent.
    pub fn prompts(status: Option<&Self>) -> PerPurpose<bool> {
        match status {
            Some(status) if status.effective.is_some() => status.reconsent.map(|reconsent| reconsent.is_some()),
            _ => PerPurpose::all(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            Answer, Answers, merge,
            tests::{act, all, any_decision, one},
        },
        *,
    };

    const LIFETIME: Duration = Duration::from_secs(100);

    fn validity(now: i64) -> ValidityContext {
        ValidityContext { now: Timestamp(now), latest: Timestamp(now), lifetime: LIFETIME, shown: act(0, None).shown }
    }

    /// The same context, but with another prompt for one purpose.
    fn changed(purpose: Optional, now: i64) -> ValidityContext {
        let validity = validity(now);
        ValidityContext { shown: validity.shown.with(purpose, Fingerprint(1)), ..validity }
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
                let standing = decision.status(&validity(now));
                assert_eq!(standing.is_some(), stands, "{answer:?} at {now}");
                let effective = standing.and_then(|standing| standing.effective).map(|effective| *effective.decision());
                assert_eq!(effective, stands.then_some(decision), "{answer:?} at {now}");
                assert_eq!(DecisionStatus::prompts(standing.as_ref()), PerPurpose::all(!stands), "{answer:?} at {now}");
            }
        }
    }

    #[test]
    fn silence_has_no_age_and_a_decision_of_it_alone_is_none() {
        let silence = Optional::ALL.into_iter().fold(all(Answer::No, 1_000, None), Decision::without);
        assert_eq!(silence.status(&validity(1_000)), None);
        for purpose in Optional::ALL {
            let alone = Decision::answering(None, one(purpose, Answer::Yes), act(1_000, None));
            let standing = alone.status(&validity(1_099));
            assert_eq!(
                DecisionStatus::prompts(standing.as_ref()),
                PerPurpose::all(false),
                "the other is not asked about"
            );
            assert_eq!(standing.and_then(|all| all.effective).map(|all| *all.decision()), Some(alone));
            assert_eq!(alone.status(&validity(1_100)), None);
        }
    }

    #[test]
    fn an_answer_that_is_expired_is_open_alone_and_the_other_keeps_its_time() {
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                let before = all(answer, 1_000, None);
                let decision = Decision::answering(Some(&before), one(purpose, answer), act(1_050, None));
                for (now, others_stand, stands) in [(1_099, true, true), (1_100, false, true), (1_150, false, false)] {
                    let standing = decision.status(&validity(now));
                    let reconsent = standing.map(|standing| standing.reconsent);
                    let over = PerPurpose::all((!others_stand).then_some(ReconsentReason::Expired)).with(purpose, None);
                    assert_eq!(reconsent, stands.then_some(over), "{purpose:?} {answer:?} at {now}");
                    let effective = standing.and_then(|standing| standing.effective);
                    for each in Optional::ALL {
                        let expected = answer == Answer::Yes && stands && (each == purpose || others_stand);
                        let granted = effective.as_ref().is_some_and(|effective| effective.grant(each).is_some());
                        assert_eq!(granted, expected, "{purpose:?} {answer:?} at {now}: {each:?}");
                    }
                    assert_eq!(standing.map(|standing| standing.decision), stands.then_some(decision));
                }
            }
        }
    }

    #[test]
    fn an_answer_on_something_else_is_open_alone_whatever_it_was_and_however_new() {
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                let decision = all(answer, 1_000, None);
                let standing = decision.status(&changed(purpose, 1_000));
                let was = Some(ReconsentReason::Changed(decision.prompt_fingerprint.get(purpose)));
                let expected = PerPurpose::all(None).with(purpose, was);
                assert_eq!(standing.map(|standing| standing.reconsent), Some(expected));
                assert_eq!(DecisionStatus::prompts(standing.as_ref()), PerPurpose::all(false).with(purpose, true));
                let left = standing.and_then(|standing| standing.effective).map(|left| *left.decision());
                assert_eq!(left, Some(decision.without(purpose)));
                assert_eq!(left.map(|left| left.answers.get(purpose)), Some(Answer::No), "open, and so refused");
            }
        }
    }

    #[test]
    fn without_an_answer_that_stands_everything_is_asked_and_what_changed_is_known() {
        let other = PerPurpose::all(Fingerprint(1));
        let decision = all(Answer::Yes, 1_000, None);
        let standing = decision.status(&ValidityContext { shown: other, ..validity(1_000) });
        assert!(standing.is_some_and(|standing| standing.effective.is_none()));
        let expected = decision.prompt_fingerprint.map(|on| Some(ReconsentReason::Changed(on)));
        assert_eq!(standing.map(|standing| standing.reconsent), Some(expected));
        assert_eq!(DecisionStatus::prompts(standing.as_ref()), PerPurpose::all(true));
        let purpose = Optional::Analytics;
        let alone = Decision::answering(None, one(purpose, Answer::No), act(1_000, None));
        let standing = alone.status(&changed(purpose, 1_000));
        assert_eq!(DecisionStatus::prompts(standing.as_ref()), PerPurpose::all(true), "also what was never answered");
    }

    #[test]
    fn a_fingerprint_that_nothing_bears_is_not_kept() {
        let on = Some(Fingerprint(7));
        for (reconsent, is_known, expected) in [
            (ReconsentReason::Expired, true, ReconsentReason::Expired),
            (ReconsentReason::Expired, false, ReconsentReason::Expired),
            (ReconsentReason::Changed(on), true, ReconsentReason::Changed(on)),
            (ReconsentReason::Changed(on), false, ReconsentReason::Changed(None)),
            (ReconsentReason::Changed(None), true, ReconsentReason::Changed(None)),
        ] {
            assert_eq!(reconsent.as_known(|_| is_known), expected);
        }
    }

    #[test]
    fn an_older_yes_does_not_come_up_again_where_a_newer_no_was_given_on_something_else() {
        let now = validity(1_020);
        let yes = all(Answer::Yes, 1_000, None);
        let elsewhere = Decision::new(
            Answers::all(Answer::No),
            super::super::AnswerContext { shown: PerPurpose::all(Fingerprint(1)), ..act(1_010, None) },
        );
        let merged = merge(Some(yes), Some(elsewhere)).and_then(|merged| merged.status(&now));
        assert!(merged.is_some_and(|merged| merged.effective.is_none()));
    }

    proptest! {
        #[test]
        fn what_is_in_force_grants_what_was_granted_and_stands(decision in any_decision(), now: i64, shown: [bool; 2]) {
            let on = |purpose| decision.prompt_fingerprint.get(purpose).unwrap_or(Fingerprint(3));
            let shown = PerPurpose { preferences: shown[0], analytics: shown[1] };
            let shown = PerPurpose::from_fn(|purpose| if shown.get(purpose) { on(purpose) } else { Fingerprint(2) });
            let validity = ValidityContext { shown, ..validity(now) };
            let standing = decision.status(&validity);
            let is_ahead = Optional::ALL.into_iter().filter_map(|each| decision.answered_at.get(each)).any(|at| is_ahead(at, validity.latest));
            prop_assert!(standing.is_none() || !is_ahead);
            let effective = standing.and_then(|standing| standing.effective);
            for purpose in Optional::ALL {
                let granted = effective.as_ref().is_some_and(|effective| effective.grant(purpose).is_some());
                let at = decision.answered_at.get(purpose);
                let stands = standing.is_some() && at.is_some_and(|at| validity.now < at.plus_seconds(100))
                    && decision.prompt_fingerprint.get(purpose) == Some(shown.get(purpose));
                prop_assert_eq!(granted, stands && decision.answers.get(purpose) == Answer::Yes);
                let is_open = standing.is_some_and(|standing| standing.reconsent.get(purpose).is_some());
                prop_assert_eq!(is_open, standing.is_some() && at.is_some() && !stands);
            }
        }
    }
}
