//! What a visitor decided and when, for how long that holds, and the grant that only a decision in force can give.

mod in_force;
mod merge;

use serde::{Deserialize, Serialize};

pub use self::{
    in_force::{Grant, InForce},
    merge::merge,
};
use super::{
    Timestamp,
    purpose::{Optional, PerPurpose},
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

/// Choices, with the times at which they were made, and the policy version and the way of the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was chosen.
    pub choices: Choices,
    /// When each purpose was last answered; `None` if nobody ever answered it, which makes it refused.
    pub chosen_at: PerPurpose<Option<Timestamp>>,
    /// The edition that was in force and shown when the visitor last chose.
    pub version: Version,
    /// When the visitor last chose.
    pub made_at: Timestamp,
    /// How the visitor last chose.
    pub way: Way,
}

impl Decision {
    /// The decision of a visitor who answers every question at once.
    pub const fn new(choices: Choices, version: Version, made_at: Timestamp, way: Way) -> Self {
        Self { choices, chosen_at: PerPurpose::all(Some(made_at)), version, made_at, way }
    }

    /// The decision of a visitor who answers one question, and leaves the other answers of the decision before as they are
    /// and as old as they are; without a decision before they stay open, and silence is refusal.
    pub fn answering(
        before: Option<&Self>,
        purpose: Optional,
        answer: Answer,
        version: Version,
        made_at: Timestamp,
        way: Way,
    ) -> Self {
        let choices = before.map_or(Choices::all(Answer::No), |before| before.choices);
        let chosen_at = before.map_or(PerPurpose::all(None), |before| before.chosen_at);
        Self {
            choices: choices.with(purpose, answer),
            chosen_at: chosen_at.with(purpose, Some(made_at)),
            version,
            made_at,
            way,
        }
    }
}

/// The format of [`Decision::encode`]; a cookie of another format means "no choice".
const FORMAT: &str = "2";

impl Decision {
    /// The decision as a cookie's value: plain ASCII that a browser sends back as it came.
    pub fn encode(&self) -> String {
        let answer = |purpose| {
            let letter = if self.choices.get(purpose) == Answer::Yes { 'y' } else { 'n' };
            let time = self.chosen_at.get(purpose).map(|at| at.0.to_string()).unwrap_or_default();
            format!("~{letter}{time}")
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
            version: version.parse().ok()?,
            made_at: Timestamp(made_at.parse().ok()?),
            way: Way::ALL.into_iter().find(|candidate| candidate.name() == way)?,
        };
        for purpose in Optional::ALL {
            let (answer, at) = decode_answer(parts.next()?)?;
            decision.choices = decision.choices.with(purpose, answer);
            decision.chosen_at = decision.chosen_at.with(purpose, at);
        }
        // One decision has one encoding: no trailing part, no `+1`, no leading zero.
        (format == FORMAT && decision.encode() == value).then_some(decision)
    }
}

/// An answer and the time at which it was given. A yes that nobody gave is none.
fn decode_answer(text: &str) -> Option<(Answer, Option<Timestamp>)> {
    let at = |digits: &str| digits.parse().ok().map(Timestamp);
    match (text.strip_prefix('y'), text.strip_prefix('n')) {
        (Some(digits), _) => Some((Answer::Yes, Some(at(digits)?))),
        (_, Some("")) => Some((Answer::No, None)),
        (_, Some(digits)) => Some((Answer::No, Some(at(digits)?))),
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
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                for other in [Answer::Yes, Answer::No] {
                    let before = Decision::new(Choices::all(other), VERSION, EARLIER, Way::Banner);
                    let edition = Version { major: 1, minor: 2 };
                    let after = Decision::answering(Some(&before), purpose, answer, edition, NOW, Way::Preferences);
                    assert_eq!(after.choices, Choices::all(other).with(purpose, answer));
                    assert_eq!(after.chosen_at, PerPurpose::all(Some(EARLIER)).with(purpose, Some(NOW)));
                    assert_eq!((after.version, after.made_at, after.way), (edition, NOW, Way::Preferences));
                }
            }
        }
    }

    #[test]
    fn a_question_that_nobody_answered_is_refused_and_has_no_time() {
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                let alone = Decision::answering(None, purpose, answer, VERSION, NOW, Way::Preferences);
                assert_eq!(alone.choices, Choices::all(Answer::No).with(purpose, answer));
                assert_eq!(alone.chosen_at, PerPurpose::all(None).with(purpose, Some(NOW)));
            }
        }
    }

    #[test]
    fn only_the_one_encoding_is_a_decision() {
        let all = Decision::new(Choices { preferences: Answer::Yes, analytics: Answer::No }, VERSION, NOW, Way::Banner);
        assert_eq!(all.encode(), "2~1.1~2000~banner~y2000~n2000");
        let one = Decision::answering(None, Optional::Preferences, Answer::Yes, VERSION, NOW, Way::Preferences);
        assert_eq!(one.encode(), "2~1.1~2000~preferences~y2000~n");
        for good in ["2~1.1~2000~banner~n~n", "2~1.1~0~banner~y-5~n0", "2~1.1~2000~banner~y3000~n"] {
            assert_eq!(Decision::decode(good).map(|decision| decision.encode()).as_deref(), Some(good));
        }
        for bad in [
            "",
            "2",
            "1~1.1~2000~banner~yn",
            "1~1.1~2000~banner~y2000~n2000",
            "3~1.1~2000~banner~y2000~n2000",
            "2~1.1~2000~banner",
            "2~1.1~2000~banner~yn",
            "2~1.1~2000~banner~y2000",
            "2~1.1~2000~banner~y2000~",
            "2~1.1~2000~banner~y2000~n2000~",
            "2~1.1~2000~banner~y2000~n2000~n2000",
            "2~1.1~2000~banner~y~n2000",
            "2~1.1~2000~banner~n2000~y",
            "2~1.1~2000~banner~2000~n2000",
            "2~1.1~2000~banner~x2000~n2000",
            "2~1.1~2000~banner~Y2000~n2000",
            "2~1.1~2000~banner~yy2000~n2000",
            "2~1.1~2000~banner~y+2000~n2000",
            "2~1.1~2000~banner~y02000~n2000",
            "2~1.1~2000~banner~y2000~n-0",
            "2~1.1~2000~banner~y2000~n ",
            "2~1.1~2000~banner~y99999999999999999999~n",
            "2~1.1~+2000~banner~y2000~n2000",
            "2~1.1~02000~banner~y2000~n2000",
            "2~1.1~2000~Banner~y2000~n2000",
            "2~1.01~2000~banner~y2000~n2000",
            "2~1.1~99999999999999999999~banner~y2000~n2000",
        ] {
            assert_eq!(Decision::decode(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_decision_survives_its_encoding(
            preferences: Option<(bool, i64)>,
            analytics: Option<(bool, i64)>,
            major: u16,
            minor: u16,
            made_at: i64,
            banner: bool,
        ) {
            let answers = PerPurpose { preferences, analytics };
            let decision = Decision {
                choices: answers.map(|given| if given.is_some_and(|(yes, _)| yes) { Answer::Yes } else { Answer::No }),
                chosen_at: answers.map(|given| given.map(|(_, at)| Timestamp(at))),
                version: Version { major, minor },
                made_at: Timestamp(made_at),
                way: if banner { Way::Banner } else { Way::Preferences },
            };
            prop_assert_eq!(Decision::decode(&decision.encode()), Some(decision));
        }

        #[test]
        fn no_text_makes_decoding_panic(text in "[12]~1[.]1~[0-9]{1,4}~banner~[yn]?[0-9+-]{0,4}~[yn]?[0-9]{0,4}~?|.*") {
            if let Some(decision) = Decision::decode(&text) {
                prop_assert_eq!(decision.encode(), text);
            }
        }
    }
}
