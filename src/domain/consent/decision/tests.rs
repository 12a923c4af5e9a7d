//! Decisions: construction and encoding.

use proptest::prelude::*;
use strum::VariantArray as _;

use super::*;

const VERSION: Version = Version { major: 1, minor: 1 };
const EARLIER: Timestamp = Timestamp(1_000);
const NOW: Timestamp = Timestamp(2_000);
const SHOWN: PerPurpose<Fingerprint> = PerPurpose { preferences: Fingerprint(0xa), analytics: Fingerprint(0xdd) };

/// An answer in the banner, on edition 1.1 with its prompt.
pub(in crate::domain) const fn act(decided_at: i64, signal: Option<Signal>) -> AnswerContext {
    AnswerContext {
        version: VERSION,
        shown: SHOWN,
        decided_at: Timestamp(decided_at),
        collected_via: CollectedVia::Banner,
        signal,
    }
}

pub(in crate::domain) fn all(answer: Answer, decided_at: i64, signal: Option<Signal>) -> Decision {
    Decision::new(Answers::all(answer), act(decided_at, signal))
}

pub(in crate::domain) const fn one(purpose: Optional, answer: Answer) -> PerPurpose<Option<Answer>> {
    PerPurpose::all(None).with(purpose, Some(answer))
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
    let shown = PerPurpose::all(Fingerprint(7));
    for (answer, other, then, signal) in cases() {
        for purpose in Optional::ALL {
            let before = all(other, EARLIER.0, then);
            let now = AnswerContext { version: edition, shown, decided_at: NOW, collected_via, signal };
            let after = Decision::answering(Some(&before), one(purpose, answer), now);
            assert_eq!(after.answers, Answers::all(other).with(purpose, answer));
            assert_eq!(after.answered_at, PerPurpose::all(Some(EARLIER)).with(purpose, Some(NOW)));
            assert_eq!(after.signal_at_answer, PerPurpose::all(then).with(purpose, signal));
            assert_eq!(after.prompt_fingerprint, SHOWN.map(Some).with(purpose, Some(Fingerprint(7))));
            assert_eq!((after.version, after.decided_at, after.collected_via), (edition, NOW, collected_via));
            assert_eq!(after.without(purpose).answers, Answers::all(other).with(purpose, Answer::No));
            assert_eq!(after.without(purpose).prompt_fingerprint.get(purpose), None);
        }
    }
}

#[test]
fn a_question_that_nobody_answered_is_refused_and_has_no_time() {
    for purpose in Optional::ALL {
        for (answer, _, _, now) in cases() {
            let alone = Decision::answering(None, one(purpose, answer), act(NOW.0, now));
            assert_eq!(alone.answers, Answers::all(Answer::No).with(purpose, answer));
            assert_eq!(alone.answered_at, PerPurpose::all(None).with(purpose, Some(NOW)));
            assert_eq!(alone.signal_at_answer, PerPurpose::all(None).with(purpose, now));
            assert_eq!(alone.prompt_fingerprint, PerPurpose::all(None).with(purpose, Some(SHOWN.get(purpose))));
        }
    }
}

#[test]
fn only_the_one_encoding_is_a_decision() {
    let answers = Answers { preferences: Answer::Yes, analytics: Answer::No };
    for (signal, encoded) in [
        (None, "4~1.1~2000~banner~y2000.000000000000000a~n2000.00000000000000dd"),
        (Some(Signal::DoNotTrack), "4~1.1~2000~banner~y2000d.000000000000000a~n2000d.00000000000000dd"),
        (Some(Signal::GlobalPrivacyControl), "4~1.1~2000~banner~y2000g.000000000000000a~n2000g.00000000000000dd"),
    ] {
        assert_eq!(Decision::new(answers, act(NOW.0, signal)).encode(), encoded);
    }
    let (purpose, signal) = (Optional::Preferences, Some(Signal::GlobalPrivacyControl));
    let now = AnswerContext { collected_via: CollectedVia::Preferences, ..act(NOW.0, signal) };
    let alone = Decision::answering(None, one(purpose, Answer::Yes), now);
    assert_eq!(alone.encode(), "4~1.1~2000~preferences~y2000g.000000000000000a~n");
    // `@` stands for a dot and a fingerprint.
    let on = |text: &str| text.replace('@', ".0123456789abcdef");
    for good in
        ["4~1.1~2000~banner~n~n", "4~1.1~0~banner~y-5@~n0@", "4~1.1~2000~banner~y3000@~n", "4~1.1~2~banner~y3d@~n1g@"]
    {
        let good = on(good);
        assert_eq!(Decision::decode(&good).map(|decision| decision.encode()), Some(good));
    }
    for bad in [
        "",
        "4",
        "1~1.1~2000~banner~yn",
        "1~1.1~2000~banner~y2000~n2000",
        "2~1.1~2000~banner~y2000~n2000",
        "3~1.1~2000~banner~y2000~n2000",
        "3~1.1~2000~banner~y2000@~n2000@",
        "5~1.1~2000~banner~y2000@~n2000@",
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

/// Any decision that can be encoded.
pub(in crate::domain) fn any_decision() -> impl Strategy<Value = Decision> {
    let given = || prop::option::of(any::<(bool, i64, Option<bool>, u64)>());
    (given(), given(), (any::<(u16, u16, i64)>(), prop::sample::select(CollectedVia::VARIANTS.to_vec()))).prop_map(
        |(preferences, analytics, act)| {
            let answers = PerPurpose { preferences, analytics };
            let ((major, minor, decided_at), collected_via) = act;
            let is_yes = |given: Option<(bool, _, _, _)>| given.is_some_and(|(yes, _, _, _)| yes);
            Decision {
                answers: answers.map(|given| if is_yes(given) { Answer::Yes } else { Answer::No }),
                answered_at: answers.map(|given| given.map(|(_, at, _, _)| Timestamp(at))),
                signal_at_answer: answers.map(|given| given?.2.map(|gpc| Signal::VARIANTS[usize::from(gpc)])),
                prompt_fingerprint: answers.map(|given| given.map(|(_, _, _, on)| Fingerprint(on))),
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
        text in "[34]~1[.]1~[0-9]{1,4}~banner~[yn]?[0-9+-]{0,4}[dg]?[.]?[0-9a-f]{0,16}~[yn]?[0-9]{0,4}[dg]?[.]?[0-9a-f]{16}?~?|.*"
    ) {
        if let Some(decision) = Decision::decode(&text) {
            prop_assert_eq!(decision.encode(), text);
        }
    }
}
