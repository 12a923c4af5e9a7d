//! Merges the decisions of a device and an account.
//!
//! For a signed-in user, [`merge_for_user`](super::merge_for_user) applies another rule first.
//!
//! The rule:
//!
//! - For each purpose, the newer answer counts, from either side.
//! - An answer counts before none.
//! - Of a yes and a no in the same second, the no counts.
//! - Each answer keeps its time, signal and fingerprint. Of equal answers in the same second, the
//!   one with the weaker signal counts; different fingerprints are ordered arbitrarily but
//!   consistently. Merging extends no permission and gives none against a signal.
//!
//! So merging grants nothing new, and is commutative, associative and idempotent.
//!
//! The version is that of the decision whose answers count. If answers of both count, the older
//! version applies: rather ask once too often. Time and source are those of the latest act, since
//! the page shows those.
//!
//! Validity is checked after merging: an invalid newer answer still replaces an older one.

use std::cmp::Reverse;

use super::{Answer, CollectedVia, Decision, GivenAnswer};
use crate::domain::{
    Timestamp,
    consent::{signal::Signal, snapshot::Fingerprint},
};

/// Merges two decisions: for each purpose, the newer answer.
pub fn merge(device: Option<Decision>, account: Option<Decision>) -> Option<Decision> {
    match (device, account) {
        (Some(device), Some(account)) => Some(both(&device, &account)),
        (one, other) => one.or(other),
    }
}

fn both(one: &Decision, other: &Decision) -> Decision {
    let mut answers = one.answers.clone();
    for (purpose, given) in &other.answers {
        let stands = answers.entry(*purpose).or_insert(*given);
        if weight(stands) < weight(given) {
            *stands = *given;
        }
    }
    let version = match (one.answers == answers, other.answers == answers) {
        (true, false) => one.version,
        (false, true) => other.version,
        (true, true) | (false, false) => one.version.min(other.version),
    };
    let (decided_at, collected_via) = act(one).max(act(other));
    Decision { answers, version, decided_at, collected_via }
}

/// The precedence of an answer: newer first; in the same second no before yes, and without a signal
/// before with one. The fingerprint comes last, to make the order total.
type Weight = (Timestamp, bool, Reverse<Option<Signal>>, Option<Fingerprint>);

fn weight(given: &GivenAnswer) -> Weight {
    let GivenAnswer { answer, answered_at, signal, prompt_fingerprint } = *given;
    (answered_at, answer == Answer::No, Reverse(signal), prompt_fingerprint)
}

/// The time and source of a decision.
const fn act(decision: &Decision) -> (Timestamp, CollectedVia) {
    (decision.decided_at, decision.collected_via)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::{
        consent::decision::{
            AnswerContext,
            tests::{TWO, act, all, both},
        },
        policy::version::Version,
    };

    const OLD: Version = Version { major: 1, minor: 0 };
    const NEW: Version = Version { major: 1, minor: 1 };

    /// An answer and its time, or silence.
    type Given = Option<(Answer, i64)>;

    fn decision(
        preferences: Given,
        analytics: Given,
        version: Version,
        decided_at: i64,
        collected_via: CollectedVia,
    ) -> Decision {
        let given = TWO.into_iter().zip([preferences, analytics]);
        let given = given.filter_map(|(purpose, given)| {
            let (answer, at) = given?;
            let prompt_fingerprint = Some(Fingerprint(0));
            Some((purpose, GivenAnswer { answer, answered_at: Timestamp(at), signal: None, prompt_fingerprint }))
        });
        Decision { answers: given.collect(), version, decided_at: Timestamp(decided_at), collected_via }
    }

    #[test]
    fn what_stands_for_a_purpose_is_the_newer_answer_and_never_silence() {
        let (yes, no) = (Answer::Yes, Answer::No);
        for (device, account, stands) in [
            (None, None, None),
            (Some((yes, 1)), None, Some((yes, 1))),
            (Some((no, 1)), None, Some((no, 1))),
            (Some((yes, i64::MIN)), None, Some((yes, i64::MIN))),
            (Some((yes, 1)), Some((no, 2)), Some((no, 2))),
            (Some((no, 1)), Some((yes, 2)), Some((yes, 2))),
            (Some((yes, 1)), Some((yes, 2)), Some((yes, 2))),
            (Some((no, 1)), Some((no, 2)), Some((no, 2))),
            (Some((yes, 1)), Some((no, 1)), Some((no, 1))),
            (Some((yes, 1)), Some((yes, 1)), Some((yes, 1))),
        ] {
            let of = |given| decision(given, Some((no, 1)), NEW, 5, CollectedVia::Banner);
            let mirrored = |given| decision(Some((no, 1)), given, NEW, 5, CollectedVia::Banner);
            assert_eq!(merge(Some(of(device)), Some(of(account))), Some(of(stands)), "{device:?} {account:?}");
            assert_eq!(merge(Some(mirrored(device)), Some(mirrored(account))), Some(mirrored(stands)));
        }
    }

    #[test]
    fn an_answer_keeps_the_signal_that_was_there_and_of_two_equal_ones_the_weaker_signal_stands() {
        let (dnt, gpc) = (Some(Signal::DoNotTrack), Some(Signal::GlobalPrivacyControl));
        for ((one_at, one), (other_at, other), stands) in [
            ((1, gpc), (2, None), None),
            ((1, None), (2, gpc), gpc),
            ((1, dnt), (2, gpc), gpc),
            ((1, gpc), (1, gpc), gpc),
            ((1, gpc), (1, None), None),
            ((1, gpc), (1, dnt), dnt),
            ((1, dnt), (1, None), None),
        ] {
            for answer in [Answer::Yes, Answer::No] {
                let of = |at, signal| Some(all(answer, at, signal));
                let merged = merge(of(one_at, one), of(other_at, other)).unwrap();
                let signals: Vec<_> = merged.answers.values().map(|given| given.signal).collect();
                assert_eq!(signals, [stands; 2], "{one:?} at {one_at}, {other:?} at {other_at}");
            }
        }
    }

    #[test]
    fn an_answer_brings_along_what_it_was_given_on() {
        let of = |at, on| {
            let context = AnswerContext { shown: Arc::new(both(Fingerprint(on))), ..act(at, None) };
            Some(Decision::answering(None, &both(Answer::Yes), &context))
        };
        for (one, other, stands) in [((1, 7), (2, 5), 5), ((2, 7), (1, 5), 7), ((1, 7), (1, 5), 7), ((1, 5), (1, 5), 5)]
        {
            let merged = merge(of(one.0, one.1), of(other.0, other.1)).unwrap();
            let fingerprints: Vec<_> = merged.answers.values().map(|given| given.prompt_fingerprint).collect();
            assert_eq!(fingerprints, [Some(Fingerprint(stands)); 2], "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_decision_with_none_beside_it_stands_as_it_is() {
        let only = || Some(all(Answer::Yes, 5, None));
        assert_eq!(merge(None, None), None);
        assert_eq!(merge(only(), None), only());
        assert_eq!(merge(None, only()), only());
    }

    #[test]
    fn the_edition_is_that_of_the_answers_that_stand_and_the_older_if_both_have_some() {
        let yes = |at| Some((Answer::Yes, at));
        for (device, account, version) in [
            ((yes(1), yes(1), OLD), (yes(2), yes(2), NEW), NEW),
            ((yes(1), yes(1), NEW), (yes(2), yes(2), OLD), OLD),
            ((yes(1), yes(2), OLD), (yes(2), yes(1), NEW), OLD),
            ((yes(1), None, OLD), (None, yes(2), NEW), OLD),
            ((yes(1), None, OLD), (yes(2), None, NEW), NEW),
            ((yes(2), yes(1), NEW), (yes(1), yes(1), OLD), NEW),
            ((yes(1), yes(1), OLD), (yes(1), yes(1), NEW), OLD),
        ] {
            let [one, other] = [device, account].map(|(preferences, analytics, version)| {
                decision(preferences, analytics, version, 5, CollectedVia::Banner)
            });
            let merged = merge(Some(one), Some(other)).map(|merged| merged.version);
            assert_eq!(merged, Some(version), "{device:?} {account:?}");
        }
    }

    #[test]
    fn the_time_and_the_way_are_those_of_the_latest_act() {
        let (banner, page) = (CollectedVia::Banner, CollectedVia::Preferences);
        for (device, account, latest) in [
            ((1, banner), (2, page), (2, page)),
            ((2, banner), (1, page), (2, banner)),
            ((1, banner), (1, page), (1, page)),
            ((1, page), (1, banner), (1, page)),
            ((1, banner), (1, CollectedVia::Api), (1, CollectedVia::Api)),
            ((1, page), (1, CollectedVia::Api), (1, page)),
            ((1, banner), (1, banner), (1, banner)),
        ] {
            let [one, other] = [device, account]
                .map(|(decided_at, collected_via)| decision(None, None, NEW, decided_at, collected_via));
            let merged = merge(Some(one), Some(other)).map(|merged| (merged.decided_at.0, merged.collected_via));
            assert_eq!(merged, Some(latest), "{device:?} {account:?}");
        }
    }

    /// An answer at one of a few moments, so that two are often given at the same one.
    fn given() -> impl Strategy<Value = Given> {
        prop::option::of((prop::sample::select(vec![Answer::Yes, Answer::No]), 0..4_i64))
    }

    fn some() -> impl Strategy<Value = Decision> {
        let collected_via = prop::sample::select(CollectedVia::VARIANTS.to_vec());
        let version = prop::sample::select(vec![OLD, NEW]);
        let shown = || (prop::option::of(prop::sample::select(Signal::VARIANTS.to_vec())), 0..3_u64);
        (given(), given(), [shown(), shown()], version, 0..4_i64, collected_via).prop_map(
            |(preferences, analytics, shown, version, at, collected_via)| {
                let mut decision = decision(preferences, analytics, version, at, collected_via);
                for (given, (signal, text)) in decision.answers.values_mut().zip(shown) {
                    (given.signal, given.prompt_fingerprint) = (signal, Some(Fingerprint(text)));
                }
                decision
            },
        )
    }

    fn any_or_none() -> impl Strategy<Value = Option<Decision>> {
        prop::option::weighted(0.9, some())
    }

    proptest! {
        #[test]
        fn it_does_not_matter_which_is_named_first(one in any_or_none(), other in any_or_none()) {
            prop_assert_eq!(merge(one.clone(), other.clone()), merge(other, one));
        }

        #[test]
        fn once_is_as_good_as_often(one in any_or_none(), other in any_or_none()) {
            prop_assert_eq!(merge(one.clone(), one.clone()), one.clone());
            let merged = merge(one.clone(), other);
            prop_assert_eq!(merge(merged.clone(), merged.clone()), merged.clone());
            let answers = |decision: Option<Decision>| decision.map(|decision| decision.answers);
            prop_assert_eq!(answers(merge(merged.clone(), one)), answers(merged));
        }

        #[test]
        fn it_does_not_matter_in_which_order_devices_come(a in any_or_none(), b in any_or_none(), c in any_or_none()) {
            let left = merge(merge(a.clone(), b.clone()), c.clone());
            let right = merge(a, merge(b, c));
            // Everything but the edition: the order of the merges may decide which edition remains.
            let all = |decision: Decision| (decision.answers, decision.decided_at, decision.collected_via);
            prop_assert_eq!(left.map(all), right.map(all));
        }

        #[test]
        fn every_answer_was_given_to_one_of_the_two_and_at_that_time(one in some(), other in some()) {
            let merged = super::both(&one, &other);
            for purpose in TWO {
                let given = |decision: &Decision| decision.answers.get(&purpose).copied();
                let at = |decision: &Decision| given(decision).map(|given| given.answered_at);
                prop_assert!([given(&one), given(&other)].contains(&given(&merged)));
                prop_assert_eq!(at(&merged), at(&one).max(at(&other)));
            }
            prop_assert!([one.version, other.version].contains(&merged.version));
        }

        #[test]
        fn what_is_merged_survives_its_encoding(one in some(), other in some()) {
            let merged = super::both(&one, &other);
            prop_assert_eq!(Decision::decode(&merged.encode()), Some(merged));
        }
    }
}
