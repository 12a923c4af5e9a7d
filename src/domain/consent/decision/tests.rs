//! Decisions: construction and encoding.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

use std::time::Duration;

use proptest::prelude::*;
use strum::VariantArray as _;

use super::*;
use crate::domain::cookies::purpose::{MAX_OPTIONAL_PURPOSES, MAX_PURPOSE_NAME};

const VERSION: Version = Version { major: 1, minor: 1 };
const EARLIER: Timestamp = Timestamp(1_000);
const NOW: Timestamp = Timestamp(2_000);
/// The purposes of these tests.
pub(crate) const TWO: [Optional; 2] = [Optional::PREFERENCES, Optional::ANALYTICS];

/// The same value for both purposes.
pub(crate) fn both<T: Clone>(value: T) -> PerPurpose<T> {
    TWO.into_iter().map(|purpose| (purpose, value.clone())).collect()
}

fn shown() -> PerPurpose<Fingerprint> {
    PerPurpose::from([(Optional::PREFERENCES, Fingerprint(0xa)), (Optional::ANALYTICS, Fingerprint(0xdd))])
}

/// A site that declares both purposes since edition 1.0, and asks again after 100 seconds.
pub(in crate::domain) fn validity(now: i64) -> ValidityContext {
    ValidityContext {
        now: Timestamp(now),
        latest: Timestamp(now),
        lifetime: Duration::from_secs(100),
        shown: Arc::new(shown()),
        introduced: Arc::new(both(Version { major: 1, minor: 0 })),
    }
}

/// An answer in the banner, on edition 1.1 with its prompt.
pub(in crate::domain) fn act(decided_at: i64, signal: Option<Signal>) -> AnswerContext {
    AnswerContext {
        version: VERSION,
        shown: Arc::new(shown()),
        decided_at: Timestamp(decided_at),
        collected_via: CollectedVia::Banner,
        signal,
    }
}

pub(in crate::domain) fn all(answer: Answer, decided_at: i64, signal: Option<Signal>) -> Decision {
    Decision::answering(None, &both(answer), &act(decided_at, signal))
}

pub(in crate::domain) fn one(purpose: Optional, answer: Answer) -> Answers {
    Answers::from([(purpose, answer)])
}

/// Two answers, each with the signal that the browser sent with it.
fn cases() -> impl Iterator<Item = (Answer, Answer, Option<Signal>, Option<Signal>)> {
    let answers = [Answer::Yes, Answer::No];
    let signals = || std::iter::once(None).chain(Signal::VARIANTS.iter().copied().map(Some));
    let pairs = answers.into_iter().flat_map(move |one| answers.map(|other| (one, other)));
    pairs
        .flat_map(move |(one, other)| signals().flat_map(move |then| signals().map(move |now| (one, other, then, now))))
}

#[test]
fn an_answer_to_one_question_leaves_the_others_as_they_are_and_as_old() {
    let (edition, collected_via) = (Version { major: 1, minor: 2 }, CollectedVia::Preferences);
    let shown = Arc::new(both(Fingerprint(7)));
    for (answer, other, then, signal) in cases() {
        for purpose in TWO {
            let before = all(other, EARLIER.0, then);
            let context =
                AnswerContext { version: edition, shown: Arc::clone(&shown), decided_at: NOW, collected_via, signal };
            let after = Decision::answering(Some(&before), &one(purpose, answer), &context);
            let given = GivenAnswer { answer, answered_at: NOW, signal, prompt_fingerprint: Some(Fingerprint(7)) };
            let mut expected = before.answers.clone();
            assert_eq!(expected.insert(purpose, given), before.answers.get(&purpose).copied());
            assert_eq!(after.answers, expected);
            assert_eq!((after.version, after.decided_at, after.collected_via), (edition, NOW, collected_via));
            expected.remove(&purpose);
            assert_eq!(after.without(purpose).answers, expected);
        }
    }
}

#[test]
fn a_question_that_nobody_answered_is_refused_and_has_no_time() {
    for purpose in TWO {
        for (answer, _, _, signal) in cases() {
            let alone = Decision::answering(None, &one(purpose, answer), &act(NOW.0, signal));
            let prompt_fingerprint = shown().get(&purpose).copied();
            let given = GivenAnswer { answer, answered_at: NOW, signal, prompt_fingerprint };
            assert_eq!(alone.answers, PerPurpose::from([(purpose, given)]));
            for each in TWO {
                let expected = if each == purpose { answer } else { Answer::No };
                assert_eq!(alone.answer(each), expected);
                assert_eq!(alone.allowed().contains(&each), expected.is_yes());
            }
        }
    }
}

#[test]
fn an_answer_is_encoded_with_its_purpose_time_signal_and_prompt() {
    let answers = Answers::from([(Optional::PREFERENCES, Answer::Yes), (Optional::ANALYTICS, Answer::No)]);
    for (signal, suffix) in [(None, ""), (Some(Signal::DoNotTrack), "d"), (Some(Signal::GlobalPrivacyControl), "g")] {
        let encoded = format!(
            "5~1.1~2000~banner~analytics:n2000{suffix}.00000000000000dd~preferences:y2000{suffix}.000000000000000a"
        );
        assert_eq!(Decision::answering(None, &answers, &act(NOW.0, signal)).encode(), encoded);
    }
    let (purpose, signal) = (Optional::PREFERENCES, Some(Signal::GlobalPrivacyControl));
    let now = AnswerContext { collected_via: CollectedVia::Preferences, ..act(NOW.0, signal) };
    let alone = Decision::answering(None, &one(purpose, Answer::Yes), &now);
    assert_eq!(alone.encode(), "5~1.1~2000~preferences~preferences:y2000g.000000000000000a");
}

#[test]
fn an_answer_to_unnamed_purposes_is_still_read() {
    let answers = Answers::from([(Optional::PREFERENCES, Answer::Yes), (Optional::ANALYTICS, Answer::No)]);
    let decision = Decision::answering(None, &answers, &act(NOW.0, None));
    let former = "4~1.1~2000~banner~y2000.000000000000000a~n2000.00000000000000dd";
    assert_eq!(Decision::decode(former), Some(decision.clone()));
    let alone = "4~1.1~2000~banner~y2000.000000000000000a~n";
    assert_eq!(Decision::decode(alone), Some(decision.without(Optional::ANALYTICS)));
}

#[test]
fn as_many_purposes_as_a_site_may_declare_fit_into_a_cookie() {
    let decision = |count: usize| {
        let padding = "a".repeat(MAX_PURPOSE_NAME - 2);
        let names = (0..count).map(|index| format!("{padding}{index:02}"));
        let answers: Answers = names.map(|name| (name.parse().unwrap(), Answer::Yes)).collect();
        assert_eq!(answers.len(), count);
        let shown = Arc::new(answers.keys().map(|purpose| (*purpose, Fingerprint(u64::MAX))).collect());
        let gpc = Some(Signal::GlobalPrivacyControl);
        Decision::answering(None, &answers, &AnswerContext { shown, ..act(9_999_999_999, gpc) })
    };
    let most = decision(MAX_OPTIONAL_PURPOSES);
    assert!(most.encode().len() < 3_000, "{}", most.encode().len());
    assert_eq!(Decision::decode(&most.encode()), Some(most));
    assert_eq!(Decision::decode(&decision(MAX_OPTIONAL_PURPOSES + 1).encode()), None);
}

#[test]
fn only_the_one_encoding_is_a_decision() {
    // `@` stands for a dot and a fingerprint.
    let on = |text: &str| text.replace('@', ".0123456789abcdef");
    for good in [
        "5~1.1~2000~banner",
        "5~1.1~0~banner~analytics:n0@~preferences:y-5@",
        "5~1.1~2000~banner~preferences:y3000@",
        "5~1.1~2~banner~a:n1g@~b:y3d@",
    ] {
        let good = on(good);
        assert_eq!(Decision::decode(&good).map(|decision| decision.encode()), Some(good));
    }
    for former in
        ["4~1.1~2000~banner~n~n", "4~1.1~0~banner~y-5@~n0@", "4~1.1~2000~banner~y3000@~n", "4~1.1~2~banner~y3d@~n1g@"]
    {
        assert!(Decision::decode(&on(former)).is_some(), "{former:?}");
    }
    for bad in [
        "5~1.1~2000~banner~",
        "5~1.1~2000~banner~y2000@~n2000@",
        "5~1.1~2000~banner~analytics",
        "5~1.1~2000~banner~analytics:",
        "5~1.1~2000~banner~analytics:n",
        "5~1.1~2000~banner~analytics:y2000",
        "5~1.1~2000~banner~Analytics:y2000@",
        "5~1.1~2000~banner~security:y2000@",
        "5~1.1~2000~banner~preferences:y2000@~analytics:y2000@",
        "5~1.1~2000~banner~analytics:y2000@~analytics:y2000@",
        "5~1.1~2000~banner~analytics:y+2000@",
        "5~1.1~2000~banner~analytics:y02000@",
        "5~1.1~2000~banner~analytics:yg2000@",
        "5~1.1~2000~banner~analytics:y2000gd@",
        "5~1.1~2000~banner~analytics:n2000.",
        "5~1.1~2000~banner~analytics:n2000.0123456789ABCDEF",
        "",
        "4",
        "1~1.1~2000~banner~yn",
        "1~1.1~2000~banner~y2000~n2000",
        "2~1.1~2000~banner~y2000~n2000",
        "3~1.1~2000~banner~y2000~n2000",
        "3~1.1~2000~banner~y2000@~n2000@",
        "6~1.1~2000~banner~analytics:y2000@",
        "4~1.1~2000~banner",
        "4~1.1~2000~banner~yn",
        "4~1.1~2000~banner~y2000@",
        "4~1.1~2000~banner~y2000@~",
        "4~1.1~2000~banner~y2000@~n2000@~",
        "4~1.1~2000~banner~y2000@~n2000@~n2000@",
        "4~1.1~2000~banner~y@~n2000@",
        "4~1.1~2000~banner~y~n2000@",
        "4~1.1~2000~banner~n2000@~y",
        "4~1.1~2000~banner~2000@~n2000@",
        "4~1.1~2000~banner~x2000@~n2000@",
        "4~1.1~2000~banner~Y2000@~n2000@",
        "4~1.1~2000~banner~yy2000@~n2000@",
        "4~1.1~2000~banner~y+2000@~n2000@",
        "4~1.1~2000~banner~y02000@~n2000@",
        "4~1.1~2000~banner~y2000@~n-0@",
        "4~1.1~2000~banner~y2000@~n ",
        "4~1.1~2000~banner~y99999999999999999999@~n",
        "4~1.1~+2000~banner~y2000@~n2000@",
        "4~1.1~02000~banner~y2000@~n2000@",
        "4~1.1~2000~Banner~y2000@~n2000@",
        "4~1.01~2000~banner~y2000@~n2000@",
        "4~1.1~99999999999999999999~banner~y2000@~n2000@",
        "4~1.1~2000~banner~y2000x@~n2000@",
        "4~1.1~2000~banner~y2000G@~n2000@",
        "4~1.1~2000~banner~y2000gg@~n2000@",
        "4~1.1~2000~banner~y2000gd@~n2000@",
        "4~1.1~2000~banner~yg2000@~n2000@",
        "4~1.1~2000~banner~yg@~n2000@",
        "4~1.1~2000~banner~y2000@~ng@",
        "4~1.1~2000~banner~y2000 g@~n2000@",
        "4~1.1~2000~banner~y2000~n2000@",
        "4~1.1~2000~banner~y2000@~n2000.",
        "4~1.1~2000~banner~y2000@~n@",
        "4~1.1~2000~banner~y2000@~n2000@g",
        "4~1.1~2000~banner~y2000@~n2000@@",
        "4~1.1~2000~banner~y2000@~n2000.0123456789abcde",
        "4~1.1~2000~banner~y2000@~n2000.0123456789ABCDEF",
        "4~1.1~2000~banner~y2000@~n2000.+123456789abcdef",
    ] {
        assert_eq!(Decision::decode(&on(bad)), None, "{bad:?}");
    }
}

/// Any answer that can be encoded.
fn any_answer() -> impl Strategy<Value = GivenAnswer> {
    any::<(bool, i64, Option<bool>, u64)>().prop_map(|(is_yes, at, gpc, fingerprint)| GivenAnswer {
        answer: if is_yes { Answer::Yes } else { Answer::No },
        answered_at: Timestamp(at),
        signal: gpc.map(|gpc| Signal::VARIANTS[usize::from(gpc)]),
        prompt_fingerprint: Some(Fingerprint(fingerprint)),
    })
}

/// Any decision about the two purposes that can be encoded.
pub(in crate::domain) fn any_decision() -> impl Strategy<Value = Decision> {
    let given = || prop::option::of(any_answer());
    (given(), given(), (any::<(u16, u16, i64)>(), prop::sample::select(CollectedVia::VARIANTS.to_vec()))).prop_map(
        |(preferences, analytics, ((major, minor, decided_at), collected_via))| {
            let given = TWO.into_iter().zip([preferences, analytics]);
            Decision {
                answers: given.filter_map(|(purpose, given)| Some((purpose, given?))).collect(),
                version: Version { major, minor },
                decided_at: Timestamp(decided_at),
                collected_via,
            }
        },
    )
}

proptest! {
    #[test]
    fn a_decision_survives_its_encoding(decision in any_decision()) {
        prop_assert_eq!(Decision::decode(&decision.encode()), Some(decision));
    }

    #[test]
    fn no_text_makes_decoding_panic(
        text in "[45]~1[.]1~[0-9]{1,4}~banner~(a:)?[yn]?[0-9+-]{0,4}[dg]?[.]?[0-9a-f]{0,16}~(b:)?[yn]?[0-9]{0,4}[dg]?[.]?[0-9a-f]{16}?~?|.*"
    ) {
        if let Some(decision) = Decision::decode(&text) {
            prop_assert_eq!(Decision::decode(&decision.encode()), Some(decision));
        }
    }
}
