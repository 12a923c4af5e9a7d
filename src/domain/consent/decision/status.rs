//! Which answers of a decision stand now, and which questions are open again.
//!
//! The rule, in the words of a page:
//!
//! - Each answer stands by itself: for as long as the consent cookie is declared to live after it was given, and while its
//!   purpose is shown as it was then.
//! - An answer that does not stand is no answer: its question is open, and so refused. The others keep their time.
//! - A question that was answered once and is open is asked again. One that was never answered is not: silence is refusal.
//! - Without an answer that stands there is no decision in force, and everything is asked.
//! - A decision with an answer whose time lies ahead was made while a clock was wrong. It is as if it had never been made: else it
//!   would stand for longer than the others, and before what is answered now.

use std::time::Duration;

use super::{Decision, EffectiveConsent};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose},
    retention::is_ahead,
};

/// What decides whether an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityContext {
    /// The time now.
    pub now: Timestamp,
    /// The latest time that is believed: while the clock is set back, that which was seen to pass before.
    pub latest: Timestamp,
    /// How long an answer stands.
    pub lifetime: Duration,
    /// What each purpose is shown as now.
    pub shown: PerPurpose<Fingerprint>,
}

impl ValidityContext {
    /// Until when an answer stands that was given then.
    pub(super) const fn end_of(&self, answered_at: Timestamp) -> Timestamp {
        answered_at.plus_seconds(self.lifetime.as_secs())
    }

    /// Whether an answer that was given then is too old.
    const fn is_over(&self, answered_at: Timestamp) -> bool {
        self.now.0 >= self.end_of(answered_at).0
    }
}

/// Why a question that was answered is open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReconsentReason {
    /// The answer is too old.
    Over,
    /// The purpose was shown otherwise then: as what bears this fingerprint, if it is known what does.
    Changed(Option<Fingerprint>),
}

impl ReconsentReason {
    /// The same without a fingerprint that nothing known bears.
    #[must_use]
    pub fn as_known(self, is_known: impl FnOnce(Fingerprint) -> bool) -> Self {
        match self {
            Self::Over => Self::Over,
            Self::Changed(on) => Self::Changed(on.filter(|on| is_known(*on))),
        }
    }
}

/// A decision, and what of it holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionStatus {
    /// The decision as it was made: what is stored, and what the next one changes.
    pub decision: Decision,
    /// What of it is in force, if any of it is.
    pub in_force: Option<EffectiveConsent>,
    /// The questions that were answered and are open again.
    pub reopened: PerPurpose<Option<ReconsentReason>>,
}

impl Decision {
    /// How the decision stands; not at all if every answer in it is too old or one lies ahead, as if it had never been made.
    ///
    /// Decisions are brought together before they are looked at like this: the newest answer counts even if it does not stand.
    /// Otherwise an older yes would come up again where a newer no went with a change of the text.
    pub fn standing(self, terms: &ValidityContext) -> Option<DecisionStatus> {
        let is_fresh = |purpose| self.answered_at.get(purpose).is_some_and(|at| !terms.is_over(at));
        let is_ahead = |purpose| self.answered_at.get(purpose).is_some_and(|at| is_ahead(at, terms.latest));
        if !Optional::ALL.into_iter().any(is_fresh) || Optional::ALL.into_iter().any(is_ahead) {
            return None;
        }
        Some(DecisionStatus { decision: self, in_force: self.in_force(terms), reopened: self.reopened(terms) })
    }

    /// The part of the decision that is in force, if any answer stands.
    pub fn in_force(self, terms: &ValidityContext) -> Option<EffectiveConsent> {
        let reopened = self.reopened(terms);
        let stands = |purpose: &Optional| self.answered_at.get(*purpose).is_some() && reopened.get(*purpose).is_none();
        let (standing, others): (Vec<_>, Vec<_>) = Optional::ALL.into_iter().partition(stands);
        let decision = others.into_iter().fold(self, Self::without);
        (!standing.is_empty()).then(|| EffectiveConsent::new(decision, terms))
    }

    /// The questions that were answered and are open again.
    fn reopened(&self, terms: &ValidityContext) -> PerPurpose<Option<ReconsentReason>> {
        PerPurpose::from_fn(|purpose| {
            let (at, on) = (self.answered_at.get(purpose)?, self.prompt_fingerprint.get(purpose));
            let is_changed = on != Some(terms.shown.get(purpose));
            let over = terms.is_over(at).then_some(ReconsentReason::Over);
            if is_changed { Some(ReconsentReason::Changed(on)) } else { over }
        })
    }
}

impl DecisionStatus {
    /// The questions that are asked: every one if nothing is in force, and else those that are open again.
    pub fn asks(standing: Option<&Self>) -> PerPurpose<bool> {
        match standing {
            Some(standing) if standing.in_force.is_some() => standing.reopened.map(|reopened| reopened.is_some()),
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

    fn terms(now: i64) -> ValidityContext {
        ValidityContext { now: Timestamp(now), latest: Timestamp(now), lifetime: LIFETIME, shown: act(0, None).shown }
    }

    /// The same with one purpose shown otherwise.
    fn changed(purpose: Optional, now: i64) -> ValidityContext {
        let terms = terms(now);
        ValidityContext { shown: terms.shown.with(purpose, Fingerprint(1)), ..terms }
    }

    #[test]
    fn a_decision_stands_until_its_lifetime_is_over() {
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
                let standing = decision.standing(&terms(now));
                assert_eq!(standing.is_some(), stands, "{answer:?} at {now}");
                let in_force = standing.and_then(|standing| standing.in_force).map(|in_force| *in_force.decision());
                assert_eq!(in_force, stands.then_some(decision), "{answer:?} at {now}");
                assert_eq!(DecisionStatus::asks(standing.as_ref()), PerPurpose::all(!stands), "{answer:?} at {now}");
            }
        }
    }

    #[test]
    fn silence_has_no_age_and_a_decision_of_it_alone_is_none() {
        let silence = Optional::ALL.into_iter().fold(all(Answer::No, 1_000, None), Decision::without);
        assert_eq!(silence.standing(&terms(1_000)), None);
        for purpose in Optional::ALL {
            let alone = Decision::answering(None, one(purpose, Answer::Yes), act(1_000, None));
            let standing = alone.standing(&terms(1_099));
            assert_eq!(DecisionStatus::asks(standing.as_ref()), PerPurpose::all(false), "the other is not asked about");
            assert_eq!(standing.and_then(|all| all.in_force).map(|all| *all.decision()), Some(alone));
            assert_eq!(alone.standing(&terms(1_100)), None);
        }
    }

    #[test]
    fn an_answer_that_is_over_is_open_alone_and_the_other_keeps_its_time() {
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                let before = all(answer, 1_000, None);
                let decision = Decision::answering(Some(&before), one(purpose, answer), act(1_050, None));
                for (now, others_stand, stands) in [(1_099, true, true), (1_100, false, true), (1_150, false, false)] {
                    let standing = decision.standing(&terms(now));
                    let reopened = standing.map(|standing| standing.reopened);
                    let over = PerPurpose::all((!others_stand).then_some(ReconsentReason::Over)).with(purpose, None);
                    assert_eq!(reopened, stands.then_some(over), "{purpose:?} {answer:?} at {now}");
                    let in_force = standing.and_then(|standing| standing.in_force);
                    for each in Optional::ALL {
                        let expected = answer == Answer::Yes && stands && (each == purpose || others_stand);
                        let granted = in_force.as_ref().is_some_and(|in_force| in_force.grant(each).is_some());
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
                let standing = decision.standing(&changed(purpose, 1_000));
                let was = Some(ReconsentReason::Changed(decision.prompt_fingerprint.get(purpose)));
                let expected = PerPurpose::all(None).with(purpose, was);
                assert_eq!(standing.map(|standing| standing.reopened), Some(expected));
                assert_eq!(DecisionStatus::asks(standing.as_ref()), PerPurpose::all(false).with(purpose, true));
                let left = standing.and_then(|standing| standing.in_force).map(|left| *left.decision());
                assert_eq!(left, Some(decision.without(purpose)));
                assert_eq!(left.map(|left| left.choices.get(purpose)), Some(Answer::No), "open, and so refused");
            }
        }
    }

    #[test]
    fn without_an_answer_that_stands_everything_is_asked_and_what_changed_is_known() {
        let other = PerPurpose::all(Fingerprint(1));
        let decision = all(Answer::Yes, 1_000, None);
        let standing = decision.standing(&ValidityContext { shown: other, ..terms(1_000) });
        assert!(standing.is_some_and(|standing| standing.in_force.is_none()));
        let expected = decision.prompt_fingerprint.map(|on| Some(ReconsentReason::Changed(on)));
        assert_eq!(standing.map(|standing| standing.reopened), Some(expected));
        assert_eq!(DecisionStatus::asks(standing.as_ref()), PerPurpose::all(true));
        let purpose = Optional::Analytics;
        let alone = Decision::answering(None, one(purpose, Answer::No), act(1_000, None));
        let standing = alone.standing(&changed(purpose, 1_000));
        assert_eq!(DecisionStatus::asks(standing.as_ref()), PerPurpose::all(true), "also what was never answered");
    }

    #[test]
    fn a_fingerprint_that_nothing_bears_is_not_kept() {
        let on = Some(Fingerprint(7));
        for (reopened, is_known, expected) in [
            (ReconsentReason::Over, true, ReconsentReason::Over),
            (ReconsentReason::Over, false, ReconsentReason::Over),
            (ReconsentReason::Changed(on), true, ReconsentReason::Changed(on)),
            (ReconsentReason::Changed(on), false, ReconsentReason::Changed(None)),
            (ReconsentReason::Changed(None), true, ReconsentReason::Changed(None)),
        ] {
            assert_eq!(reopened.as_known(|_| is_known), expected);
        }
    }

    #[test]
    fn an_older_yes_does_not_come_up_again_where_a_newer_no_was_given_on_something_else() {
        let now = terms(1_020);
        let yes = all(Answer::Yes, 1_000, None);
        let elsewhere = Decision::new(
            Answers::all(Answer::No),
            super::super::AnswerContext { shown: PerPurpose::all(Fingerprint(1)), ..act(1_010, None) },
        );
        let merged = merge(Some(yes), Some(elsewhere)).and_then(|merged| merged.standing(&now));
        assert!(merged.is_some_and(|merged| merged.in_force.is_none()));
    }

    proptest! {
        #[test]
        fn what_is_in_force_grants_what_was_granted_and_stands(decision in any_decision(), now: i64, shown: [bool; 2]) {
            let on = |purpose| decision.prompt_fingerprint.get(purpose).unwrap_or(Fingerprint(3));
            let shown = PerPurpose { preferences: shown[0], analytics: shown[1] };
            let shown = PerPurpose::from_fn(|purpose| if shown.get(purpose) { on(purpose) } else { Fingerprint(2) });
            let terms = ValidityContext { shown, ..terms(now) };
            let standing = decision.standing(&terms);
            let is_ahead = Optional::ALL.into_iter().filter_map(|each| decision.answered_at.get(each)).any(|at| is_ahead(at, terms.latest));
            prop_assert!(standing.is_none() || !is_ahead);
            let in_force = standing.and_then(|standing| standing.in_force);
            for purpose in Optional::ALL {
                let granted = in_force.as_ref().is_some_and(|in_force| in_force.grant(purpose).is_some());
                let at = decision.answered_at.get(purpose);
                let stands = standing.is_some() && at.is_some_and(|at| terms.now < at.plus_seconds(100))
                    && decision.prompt_fingerprint.get(purpose) == Some(shown.get(purpose));
                prop_assert_eq!(granted, stands && decision.choices.get(purpose) == Answer::Yes);
                let is_open = standing.is_some_and(|standing| standing.reopened.get(purpose).is_some());
                prop_assert_eq!(is_open, standing.is_some() && at.is_some() && !stands);
            }
        }
    }
}
