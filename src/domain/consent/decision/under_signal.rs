//! What is left of a decision in a request that carries a signal.
//!
//! The rule, in the words of a page:
//!
//! - A signal is a no to everything optional, until an explicit answer is given that knows of it.
//! - A yes that was given without the signal is set aside for as long as the signal is there. It is not forgotten: the
//!   signal is the browser's, and changes nothing that is stored.
//! - A yes that was given with the signal, or with a stronger one, counts, in every browser that it follows a member to.
//! - A no stays a no.

use super::{Answer, Decision};
use crate::domain::{consent::signal::Signal, cookies::purpose::Optional};

impl Decision {
    /// The purposes that were granted without this signal, so that it sets their yes aside.
    pub fn set_aside(&self, signal: Option<Signal>) -> impl Iterator<Item = Optional> + use<> {
        let Self { choices, signal_at_answer, .. } = *self;
        Optional::ALL
            .into_iter()
            .filter(move |purpose| choices.get(*purpose) == Answer::Yes && signal_at_answer.get(*purpose) < signal)
    }

    /// The decision without the answers that this signal sets aside: their questions are open, and so refused.
    #[must_use]
    pub fn under(self, signal: Option<Signal>) -> Self {
        self.set_aside(signal).fold(self, Self::without)
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

    fn in_force(decision: Decision) -> Option<EffectiveConsent> {
        let shown = act(0, NONE).shown;
        decision.in_force(&ValidityContext {
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
            let left = in_force(yes).and_then(|yes| yes.under(signal));
            assert_eq!(left, in_force(yes).filter(|_| counts), "given with {signal_at_answer:?}, now {signal:?}");
            let set_aside: Vec<_> = yes.set_aside(signal).collect();
            assert_eq!(set_aside, if counts { vec![] } else { Optional::ALL.to_vec() });
        }
    }

    #[test]
    fn a_no_stays_a_no() {
        for signal_at_answer in SIGNALS {
            for signal in SIGNALS {
                let no = all(Answer::No, signal_at_answer);
                assert_eq!(no.under(signal), no);
                assert_eq!(in_force(no).and_then(|no| no.under(signal)), in_force(no));
            }
        }
    }

    #[test]
    fn each_answer_is_looked_at_alone_and_one_that_is_set_aside_is_open() {
        for purpose in Optional::ALL {
            let before = all(Answer::Yes, NONE);
            let decision = Decision::answering(Some(&before), one(purpose, Answer::Yes), act(20, GPC));
            let left = decision.under(GPC);
            assert_eq!(left.choices, Answers::all(Answer::No).with(purpose, Answer::Yes));
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
            let (with, without) = (in_force(decision).and_then(|all| all.under(GPC)), in_force(decision));
            assert_eq!(expires_at(with), expires_at(without), "no permission is prolonged");
        }
    }

    fn some() -> impl Strategy<Value = Decision> {
        let given = || prop::option::of((any::<bool>(), 0..4_i64, prop::sample::select(SIGNALS.to_vec())));
        (given(), given()).prop_map(|(preferences, analytics)| {
            let given = PerPurpose { preferences, analytics };
            let yes = |given: Option<(bool, i64, Option<Signal>)>| given.is_some_and(|(yes, _, _)| yes);
            Decision {
                choices: given.map(|given| if yes(given) { Answer::Yes } else { Answer::No }),
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
            prop_assert_eq!(decision.under(None), decision);
            prop_assert_eq!(in_force(decision).and_then(|all| all.under(None)), in_force(decision));
        }

        #[test]
        fn a_signal_grants_nothing_and_leaves_no_yes_that_did_not_know_of_it(decision in some(), signal in signal()) {
            let left = in_force(decision).and_then(|all| all.under(signal));
            for purpose in Optional::ALL {
                let granted = left.as_ref().is_some_and(|left| left.grant(purpose).is_some());
                let knew = decision.signal_at_answer.get(purpose) >= signal;
                prop_assert_eq!(granted, decision.choices.get(purpose) == Answer::Yes && knew);
            }
        }

        #[test]
        fn once_is_as_good_as_often_and_the_stronger_signal_leaves_no_more(decision in some(), signal in signal()) {
            let left = decision.under(signal);
            prop_assert_eq!(left.under(signal), left);
            prop_assert_eq!(decision.under(DNT).under(GPC), decision.under(GPC));
            prop_assert_eq!(Decision::decode(&left.encode()), Some(left));
        }

        #[test]
        fn an_answer_given_now_counts_now(decision in some(), signal in signal(), yes: bool) {
            let answer = if yes { Answer::Yes } else { Answer::No };
            for purpose in Optional::ALL {
                let after = Decision::answering(Some(&decision), one(purpose, answer), act(5, signal));
                prop_assert_eq!(after.under(signal).choices.get(purpose), answer);
                prop_assert!(!after.set_aside(signal).any(|aside| aside == purpose));
            }
        }
    }
}
