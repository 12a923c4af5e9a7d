//! The part of a decision that counts in a request with a signal.
//!
//! The rule:
//!
//! - A signal is a no to everything optional, until the visitor answers explicitly beside it.
//! - A yes given without the signal is overridden while the signal is sent. It stays stored: the
//!   signal belongs to the browser.
//! - A yes given with the signal or a stronger one counts, in every browser of the user.
//! - A no stays a no.

use super::Decision;
use crate::domain::{consent::signal::Signal, cookies::purpose::Purposes};

impl Decision {
    /// The purposes that were granted without this signal, which therefore overrides them.
    pub fn overridden_by(&self, signal: Option<Signal>) -> Purposes {
        let is_overridden = |purpose: &_| self.answers.get(purpose).is_some_and(|given| given.signal < signal);
        self.allowed().into_iter().filter(is_overridden).collect()
    }

    /// Drops the answers that this signal overrides: their questions are open, and so refused.
    #[must_use]
    pub fn under_signal(self, signal: Option<Signal>) -> Self {
        let overridden = self.overridden_by(signal);
        self.only(|purpose| !overridden.contains(&purpose))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::consent::decision::{
        Answer, EffectiveConsent,
        tests::{TWO, act, all as all_at, one, validity},
    };

    const NONE: Option<Signal> = None;
    const DNT: Option<Signal> = Some(Signal::DoNotTrack);
    const GPC: Option<Signal> = Some(Signal::GlobalPrivacyControl);
    const SIGNALS: [Option<Signal>; 3] = [NONE, DNT, GPC];

    fn all(answer: Answer, signal_at_answer: Option<Signal>) -> Decision {
        all_at(answer, 10, signal_at_answer)
    }

    fn effective(decision: &Decision) -> Option<EffectiveConsent> {
        decision.clone().effective(&validity(10))
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
            let left = effective(&yes).and_then(|yes| yes.under_signal(signal));
            assert_eq!(left, effective(&yes).filter(|_| counts), "given with {signal_at_answer:?}, now {signal:?}");
            assert_eq!(yes.overridden_by(signal), if counts { Purposes::new() } else { Purposes::from(TWO) });
        }
    }

    #[test]
    fn a_no_stays_a_no() {
        for signal_at_answer in SIGNALS {
            for signal in SIGNALS {
                let no = all(Answer::No, signal_at_answer);
                assert_eq!(no.clone().under_signal(signal), no);
                assert_eq!(effective(&no).and_then(|no| no.under_signal(signal)), effective(&no));
            }
        }
    }

    #[test]
    fn each_answer_is_looked_at_alone_and_one_that_is_set_aside_is_open() {
        for purpose in TWO {
            let before = all(Answer::Yes, NONE);
            let decision = Decision::answering(Some(&before), &one(purpose, Answer::Yes), &act(20, GPC));
            let left = decision.clone().under_signal(GPC);
            assert_eq!(left, decision.clone().only(|each| each == purpose));
            let expires_at =
                |consent: Option<EffectiveConsent>| consent.and_then(|all| all.expires_at().get(&purpose).copied());
            let with = effective(&decision).and_then(|all| all.under_signal(GPC));
            assert_eq!(expires_at(with), expires_at(effective(&decision)), "no permission is prolonged");
        }
    }

    fn some() -> impl Strategy<Value = Decision> {
        let given = || prop::option::of((any::<bool>(), 0..4_i64, prop::sample::select(SIGNALS.to_vec())));
        (given(), given()).prop_map(|(preferences, analytics)| {
            let mut decision = all(Answer::No, NONE);
            for (purpose, given) in TWO.into_iter().zip([preferences, analytics]) {
                decision = match given {
                    Some((is_yes, at, signal)) => {
                        let answer = if is_yes { Answer::Yes } else { Answer::No };
                        Decision::answering(Some(&decision), &one(purpose, answer), &act(at, signal))
                    }
                    None => decision.without(purpose),
                };
            }
            decision
        })
    }

    fn signal() -> impl Strategy<Value = Option<Signal>> {
        prop::sample::select(SIGNALS.to_vec())
    }

    proptest! {
        #[test]
        fn without_a_signal_everything_is_as_it_was(decision in some()) {
            prop_assert_eq!(decision.clone().under_signal(None), decision.clone());
            prop_assert_eq!(effective(&decision).and_then(|all| all.under_signal(None)), effective(&decision));
        }

        #[test]
        fn a_signal_grants_nothing_and_leaves_no_yes_that_did_not_know_of_it(decision in some(), signal in signal()) {
            let left = effective(&decision).and_then(|all| all.under_signal(signal));
            for purpose in TWO {
                let granted = left.as_ref().is_some_and(|left| left.grant(purpose).is_some());
                let given = decision.answers.get(&purpose);
                let counts = given.is_some_and(|given| given.answer.is_yes() && given.signal >= signal);
                prop_assert_eq!(granted, counts);
            }
        }

        #[test]
        fn once_is_as_good_as_often_and_the_stronger_signal_leaves_no_more(decision in some(), signal in signal()) {
            let left = decision.clone().under_signal(signal);
            prop_assert_eq!(left.clone().under_signal(signal), left.clone());
            prop_assert_eq!(decision.clone().under_signal(DNT).under_signal(GPC), decision.under_signal(GPC));
            prop_assert_eq!(Decision::decode(&left.encode()), Some(left));
        }

        #[test]
        fn an_answer_given_now_counts_now(decision in some(), signal in signal(), yes: bool) {
            let answer = if yes { Answer::Yes } else { Answer::No };
            for purpose in TWO {
                let after = Decision::answering(Some(&decision), &one(purpose, answer), &act(5, signal));
                prop_assert_eq!(after.clone().under_signal(signal).answer(purpose), answer);
                prop_assert!(!after.overridden_by(signal).contains(&purpose));
            }
        }
    }
}
