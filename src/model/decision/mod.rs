//! What a visitor decided and when, for how long that holds, and the grant that only a decision in force can give.

mod in_force;
mod merge;
mod under_signal;

use serde::{Deserialize, Serialize};

pub use self::{
    in_force::{Grant, InForce},
    merge::merge,
};
use super::{
    Timestamp,
    purpose::{Optional, PerPurpose},
    signal::Signal,
    version::Version,
};

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Granted.
    Yes,
    /// Refused.
    No,
}

/// An answer for each optional purpose; none can be missing.
pub type Choices = PerPurpose<Answer>;

impl Choices {
    /// The purposes that are refused.
    pub fn refused(self) -> impl Iterator<Item = Optional> {
        Optional::ALL.into_iter().filter(move |purpose| self.get(*purpose) == Answer::No)
    }
}

/// The way in which a decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// With a button of the banner.
    Banner,
    /// On the preferences page.
    Preferences,
}

impl Way {
    const ALL: [Self; 2] = [Self::Banner, Self::Preferences];

    /// Its name in cookies and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Banner => "banner",
            Self::Preferences => "preferences",
        }
    }
}

/// Choices, with the times at which they were made and the signals that were there, and the policy version and the way of the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was chosen.
    pub choices: Choices,
    /// When each purpose was last answered; `None` if nobody ever answered it, which makes it refused.
    pub chosen_at: PerPurpose<Option<Timestamp>>,
    /// Which signal the browser sent with each answer; `None` where it sent none, or where nobody answered.
    pub given_with: PerPurpose<Option<Signal>>,
    /// The edition that was in force and shown when the visitor last chose.
    pub version: Version,
    /// When the visitor last chose.
    pub made_at: Timestamp,
    /// How the visitor last chose.
    pub way: Way,
}

impl Decision {
    /// The decision of a visitor who answers every question at once, with this signal if there is one.
    pub const fn new(choices: Choices, version: Version, made_at: Timestamp, way: Way, signal: Option<Signal>) -> Self {
        let (chosen_at, given_with) = (PerPurpose::all(Some(made_at)), PerPurpose::all(signal));
        Self { choices, chosen_at, given_with, version, made_at, way }
    }

    /// The decision of a visitor who answers one question, and leaves the other answers of the decision before as they are
    /// and as old as they are, with the signals of then; without a decision before they stay open, and silence is refusal.
    pub fn answering(
        before: Option<&Self>,
        purpose: Optional,
        answer: Answer,
        version: Version,
        made_at: Timestamp,
        way: Way,
        signal: Option<Signal>,
    ) -> Self {
        let choices = before.map_or(Choices::all(Answer::No), |before| before.choices);
        let chosen_at = before.map_or(PerPurpose::all(None), |before| before.chosen_at);
        let given_with = before.map_or(PerPurpose::all(None), |before| before.given_with);
        Self {
            choices: choices.with(purpose, answer),
            chosen_at: chosen_at.with(purpose, Some(made_at)),
            given_with: given_with.with(purpose, signal),
            version,
            made_at,
            way,
        }
    }
}

/// The format of [`Decision::encode`]; a cookie of another format means "no choice".
const FORMAT: &str = "3";

/// What stands behind an answer that was given without a signal or with one.
const fn mark(signal: Option<Signal>) -> &'static str {
    match signal {
        None => "",
        Some(Signal::DoNotTrack) => "d",
        Some(Signal::GlobalPrivacyControl) => "g",
    }
}

impl Decision {
    /// The decision as a cookie's value: plain ASCII that a browser sends back as it came.
    pub fn encode(&self) -> String {
        let answer = |purpose| {
            let letter = if self.choices.get(purpose) == Answer::Yes { 'y' } else { 'n' };
            let signal = mark(self.given_with.get(purpose));
            let given = self.chosen_at.get(purpose).map(|at| format!("{}{signal}", at.0)).unwrap_or_default();
            format!("~{letter}{given}")
        };
        let answers: String = Optional::ALL.into_iter().map(answer).collect();
        format!("{FORMAT}~{}~{}~{}{answers}", self.version, self.made_at.0, self.way.name())
    }

    /// The decision that a value encodes, if it is one, to the letter.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = value.split('~');
        let (format, version, made_at, way) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let mut decision = Self {
            choices: Choices::all(Answer::No),
            chosen_at: PerPurpose::all(None),
            given_with: PerPurpose::all(None),
            version: version.parse().ok()?,
            made_at: Timestamp(made_at.parse().ok()?),
            way: Way::ALL.into_iter().find(|candidate| candidate.name() == way)?,
        };
        for purpose in Optional::ALL {
            let (answer, given) = decode_answer(parts.next()?)?;
            decision.choices = decision.choices.with(purpose, answer);
            decision.chosen_at = decision.chosen_at.with(purpose, given.map(|(at, _)| at));
            decision.given_with = decision.given_with.with(purpose, given.and_then(|(_, signal)| signal));
        }
        // One decision has one encoding: no trailing part, no `+1`, no leading zero.
        (format == FORMAT && decision.encode() == value).then_some(decision)
    }
}

/// When an answer was given, and the signal that was there.
type Given = (Timestamp, Option<Signal>);

/// An answer and how it was given. A yes that nobody gave is none.
fn decode_answer(text: &str) -> Option<(Answer, Option<Given>)> {
    let given = |text: &str| {
        let marked = Signal::ALL.into_iter().find_map(|signal| Some((text.strip_suffix(mark(Some(signal)))?, signal)));
        let (digits, signal) = marked.map_or((text, None), |(digits, signal)| (digits, Some(signal)));
        digits.parse().ok().map(|at| (Timestamp(at), signal))
    };
    match (text.strip_prefix('y'), text.strip_prefix('n')) {
        (Some(text), _) => Some((Answer::Yes, Some(given(text)?))),
        (_, Some("")) => Some((Answer::No, None)),
        (_, Some(text)) => Some((Answer::No, Some(given(text)?))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERSION: Version = Version { major: 1, minor: 1 };
    const EARLIER: Timestamp = Timestamp(1_000);
    const NOW: Timestamp = Timestamp(2_000);

    #[test]
    fn an_answer_to_one_question_leaves_the_others_as_they_are_and_as_old() {
        let (edition, way) = (Version { major: 1, minor: 2 }, Way::Preferences);
        for (answer, other, then, now) in cases() {
            for purpose in Optional::ALL {
                let before = Decision::new(Choices::all(other), VERSION, EARLIER, Way::Banner, then);
                let after = Decision::answering(Some(&before), purpose, answer, edition, NOW, way, now);
                assert_eq!(after.choices, Choices::all(other).with(purpose, answer));
                assert_eq!(after.chosen_at, PerPurpose::all(Some(EARLIER)).with(purpose, Some(NOW)));
                assert_eq!(after.given_with, PerPurpose::all(then).with(purpose, now));
                assert_eq!((after.version, after.made_at, after.way), (edition, NOW, way));
            }
        }
    }

    /// Two answers, and the signals that were there with each.
    fn cases() -> impl Iterator<Item = (Answer, Answer, Option<Signal>, Option<Signal>)> {
        let answers = [Answer::Yes, Answer::No];
        let signals = || std::iter::once(None).chain(Signal::ALL.map(Some));
        let pairs = answers.into_iter().flat_map(move |one| answers.map(|other| (one, other)));
        pairs.flat_map(move |(one, other)| {
            signals().flat_map(move |then| signals().map(move |now| (one, other, then, now)))
        })
    }

    #[test]
    fn a_question_that_nobody_answered_is_refused_and_has_no_time() {
        for purpose in Optional::ALL {
            for (answer, _, _, now) in cases() {
                let alone = Decision::answering(None, purpose, answer, VERSION, NOW, Way::Preferences, now);
                assert_eq!(alone.choices, Choices::all(Answer::No).with(purpose, answer));
                assert_eq!(alone.chosen_at, PerPurpose::all(None).with(purpose, Some(NOW)));
                assert_eq!(alone.given_with, PerPurpose::all(None).with(purpose, now));
            }
        }
    }

    #[test]
    fn only_the_one_encoding_is_a_decision() {
        let choices = Choices { preferences: Answer::Yes, analytics: Answer::No };
        for (signal, encoded) in [
            (None, "3~1.1~2000~banner~y2000~n2000"),
            (Some(Signal::DoNotTrack), "3~1.1~2000~banner~y2000d~n2000d"),
            (Some(Signal::GlobalPrivacyControl), "3~1.1~2000~banner~y2000g~n2000g"),
        ] {
            assert_eq!(Decision::new(choices, VERSION, NOW, Way::Banner, signal).encode(), encoded);
        }
        let (purpose, signal) = (Optional::Preferences, Some(Signal::GlobalPrivacyControl));
        let one = Decision::answering(None, purpose, Answer::Yes, VERSION, NOW, Way::Preferences, signal);
        assert_eq!(one.encode(), "3~1.1~2000~preferences~y2000g~n");
        for good in [
            "3~1.1~2000~banner~n~n",
            "3~1.1~0~banner~y-5~n0",
            "3~1.1~2000~banner~y3000~n",
            "3~1.1~2000~banner~y3000d~n1g",
        ] {
            assert_eq!(Decision::decode(good).map(|decision| decision.encode()).as_deref(), Some(good));
        }
        for bad in [
            "",
            "3",
            "1~1.1~2000~banner~yn",
            "1~1.1~2000~banner~y2000~n2000",
            "2~1.1~2000~banner~y2000~n2000",
            "4~1.1~2000~banner~y2000~n2000",
            "3~1.1~2000~banner",
            "3~1.1~2000~banner~yn",
            "3~1.1~2000~banner~y2000",
            "3~1.1~2000~banner~y2000~",
            "3~1.1~2000~banner~y2000~n2000~",
            "3~1.1~2000~banner~y2000~n2000~n2000",
            "3~1.1~2000~banner~y~n2000",
            "3~1.1~2000~banner~n2000~y",
            "3~1.1~2000~banner~2000~n2000",
            "3~1.1~2000~banner~x2000~n2000",
            "3~1.1~2000~banner~Y2000~n2000",
            "3~1.1~2000~banner~yy2000~n2000",
            "3~1.1~2000~banner~y+2000~n2000",
            "3~1.1~2000~banner~y02000~n2000",
            "3~1.1~2000~banner~y2000~n-0",
            "3~1.1~2000~banner~y2000~n ",
            "3~1.1~2000~banner~y99999999999999999999~n",
            "3~1.1~+2000~banner~y2000~n2000",
            "3~1.1~02000~banner~y2000~n2000",
            "3~1.1~2000~Banner~y2000~n2000",
            "3~1.01~2000~banner~y2000~n2000",
            "3~1.1~99999999999999999999~banner~y2000~n2000",
            "3~1.1~2000~banner~y2000x~n2000",
            "3~1.1~2000~banner~y2000G~n2000",
            "3~1.1~2000~banner~y2000gg~n2000",
            "3~1.1~2000~banner~y2000gd~n2000",
            "3~1.1~2000~banner~yg2000~n2000",
            "3~1.1~2000~banner~yg~n2000",
            "3~1.1~2000~banner~y2000~ng",
            "3~1.1~2000~banner~y2000 g~n2000",
        ] {
            assert_eq!(Decision::decode(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_decision_survives_its_encoding(
            preferences: Option<(bool, i64, Option<bool>)>,
            analytics: Option<(bool, i64, Option<bool>)>,
            major: u16,
            minor: u16,
            made_at: i64,
            banner: bool,
        ) {
            let answers = PerPurpose { preferences, analytics };
            let decision = Decision {
                choices: answers.map(|given| if given.is_some_and(|(yes, _, _)| yes) { Answer::Yes } else { Answer::No }),
                chosen_at: answers.map(|given| given.map(|(_, at, _)| Timestamp(at))),
                given_with: answers.map(|given| given?.2.map(|gpc| Signal::ALL[usize::from(gpc)])),
                version: Version { major, minor },
                made_at: Timestamp(made_at),
                way: if banner { Way::Banner } else { Way::Preferences },
            };
            prop_assert_eq!(Decision::decode(&decision.encode()), Some(decision));
        }

        #[test]
        fn no_text_makes_decoding_panic(text in "[23]~1[.]1~[0-9]{1,4}~banner~[yn]?[0-9+-]{0,4}[dg]?~[yn]?[0-9]{0,4}[dg]?~?|.*") {
            if let Some(decision) = Decision::decode(&text) {
                prop_assert_eq!(decision.encode(), text);
            }
        }
    }
}
