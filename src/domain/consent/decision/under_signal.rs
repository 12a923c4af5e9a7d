//! The part of a decision that counts in a request with a signal.
//!
//! The rule:
//!
//! - A signal is a no to everything optional, until the visitor answers explicitly beside it.
//! - A yes given without the signal is overridden while the signal is sent. It stays stored: the
//!   signal belongs to the browser.
//! - A yes given with the signal or a stronger one counts, in every browser of the user.
//! - A no stays a no.

use super::{Answer, Decision};
use crate::domain::{consent::signal::Signal, cookies::purpose::Optional};

impl Decision {
    /// The purposes that were granted without this signal, which therefore overrides them.
    pub fn overridden_by(&self, signal: Option<Signal>) -> impl Iterator<Item = Optional> + use<> {
        let Self { answers, signal_at_answer, .. } = *self;
        Optional::ALL
            .into_iter()
            .filter(move |purpose| answers.get(*purpose) == Answer::Yes && signal_at_answer.get(*purpose) < signal)
    }

    /// Drops the answers that this signal overrides: their questions are open, and so refused.
    #[must_use]
    pub fn under_signal(self, signal: Option<Signal>) -> Self {
        self.overridden_by(signal).fold(self, Self::without)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        Timestamp,
        consent::{
            decision::{
                Answers, EffectiveConsent, ValidityContext,
                tests::{act, one},
            },
            snapshot::Fingerprint,
        },
        cookies::purpose::PerPurpose,
    };

    const NONE: Option<Signal> = None;
    const DNT: Option<Signal> = Some(Signal::DoNotTrack);
    const GPC: Option<Signal> = Some(Signal::GlobalPrivacyControl);
    const SIGNALS: [Option<Signal>; 3] = [NONE, DNT, GPC];

    fn all(answer: Answer, signal_at_answer: Option<Signal>) -> Decision {
        Decision::new(Answers::all(answer), act(10, signal_at_answer))
    }

    fn effective(decision: Decision) -> Option<EffectiveConsent> {
        let shown = act(0, NONE).shown;
        decision.effective(&ValidityContext {
            now: Timestamp(10),
            latest: Timestamp(10),
            lifetime: Duration::from_secs(100),
            shown,
        })
    }

    #[test]
    fn a_yes_counts_beside_a_signal_only_if_it_was_given_with_that_or_a_stronger_one() {
        for (signal_at_answer, signal, counts) in [
            (NONE, NONE, true),
            (NONE, DNT, false),
            (NONE, GPC, false),
            (DNT, NONE, true),
            (DNT, DNT, true),
            (DNT, GPC, false),
            (GPC, NONE, true),
            (GPC, DNT, true),
            (GPC, GPC, true),
        ] {
            let yes = all(Answer::Yes, signal_at_answer);
            let left = effective(yes).and_then(|yes| yes.under_signal(signal));
            assert_eq!(left, effective(yes).filter(|_| counts), "given with {signal_at_answer:?}, now {signal:?}");
            let overridden: Vec<_> = yes.overridden_by(signal).collect();
            assert_eq!(overridden, if counts { vec![] } else { Optional::ALL.to_vec() });
        }
    }

    #[test]
    fn a_no_stays_a_no() {
        for signal_at_answer in SIGNALS {
            for signal in SIGNALS {
                let no = all(Answer::No, signal_at_answer);
                assert_eq!(no.under_signal(signal), no);
                assert_eq!(effective(no).and_then(|no| no.under_signal(signal)), effective(no));
            }
        }
    }

    #[test]
    fn each_answer_is_looked_at_alone_and_one_that_is_set_aside_is_open() {
        for purpose in Optional::ALL {
            let before = all(Answer::Yes, NONE);
            let decision = Decision::answering(Some(&before), one(purpose, Answer::Yes), act(20, GPC));
            let left = decision.under_signal(GPC);
            assert_eq!(left.answers, Answers::all(Answer::No).with(purpose, Answer::Yes));
            assert_eq!(left.answered_at, PerPurpose::all(None).with(purpose, Some(Timestamp(20))));
            assert_eq!(left.signal_at_answer, PerPurpose::all(NONE).with(purpose, GPC));
            let on: Option<Fingerprint> = decision.prompt_fingerprint.get(purpose);
            assert_eq!(left.prompt_fingerprint, PerPurpose::all(None).with(purpose, on));
            assert_eq!(
                (left.version, left.decided_at, left.collected_via),
                (decision.version, decision.decided_at, decision.collected_via)
            );
            let expires_at =
                |decision: Option<EffectiveConsent>| decision.and_then(|all| all.expires_at().get(purpose));
            let (with, without) = (effective(decision).and_then(|all| all.under_signal(GPC)), effective(decision));
            assert_eq!(expires_at(with), expires_at(without), "no permission is prolonged");
        }
    }

    fn some() -> impl Strategy<Value = Decision> {
        let given = || prop::option::of((any::<bool>(), 0..4_i64, prop::sample::select(SIGNALS.to_vec())));
        (given(), given()).prop_map(|(preferences, analytics)| {
            let given = PerPurpose { preferences, analytics };
            let yes = |given: Option<(bool, i64, Option<Signal>)>| given.is_some_and(|(yes, _, _)| yes);
            Decision {
                answers: given.map(|given| if yes(given) { Answer::Yes } else { Answer::No }),
                answered_at: given.map(|given| given.map(|(_, at, _)| Timestamp(at))),
                signal_at_answer: given.map(|given| given?.2),
                prompt_fingerprint: PerPurpose::from_fn(|purpose| {
                    given.get(purpose).map(|_| act(0, NONE).shown.get(purpose))
                }),
                ..all(Answer::No, NONE)
            }
        })
    }

    fn signal() -> impl Strategy<Value = Option<Signal>> {
        prop::sample::select(SIGNALS.to_vec())
    }

    proptest! {
        #[test]
        fn without_a_signal_everything_is_as_it_was(decision in some()) {
            prop_assert_eq!(decision.under_signal(None), decision);
            prop_assert_eq!(effective(decision).and_then(|all| all.under_signal(None)), effective(decision));
        }

        #[test]
        fn a_signal_grants_nothing_and_leaves_no_yes_that_did_not_know_of_it(decision in some(), signal in signal()) {
            let left = effective(decision).and_then(|all| all.under_signal(signal));
            for purpose in Optional::ALL {
                let granted = left.as_ref().is_some_and(|left| left.grant(purpose).is_some());
                let knew = decision.signal_at_answer.get(purpose) >= signal;
                prop_assert_eq!(granted, decision.answers.get(purpose) == Answer::Yes && knew);
            }
        }

        #[test]
        fn once_is_as_good_as_often_and_the_stronger_signal_leaves_no_more(decision in some(), signal in signal()) {
            let left = decision.under_signal(signal);
            prop_assert_eq!(left.under_signal(signal), left);
            prop_assert_eq!(decision.under_signal(DNT).under_signal(GPC), decision.under_signal(GPC));
            prop_assert_eq!(Decision::decode(&left.encode()), Some(left));
        }

        #[test]
        fn an_answer_given_now_counts_now(decision in some(), signal in signal(), yes: bool) {
            let answer = if yes { Answer::Yes } else { Answer::No };
            for purpose in Optional::ALL {
                let after = Decision::answering(Some(&decision), one(purpose, answer), act(5, signal));
                prop_assert_eq!(after.under_signal(signal).answers.get(purpose), answer);
                prop_assert!(!after.overridden_by(signal).any(|aside| aside == purpose));
            }
        }
    }
}
