//! What decision recorded and when, for how long that holds, and the grant that only a decision in force can give.

mod effective;
mod member;
mod merge;
mod prompt;
mod status;
mod under_signal;

use serde::{Deserialize, Serialize};

pub use self::{
    member::{merge_for_member, overruled},
    merge::merge,
    prompt::{Beside, Prompt, PromptError, Question, taken},
};
use super::signal::Signal;
pub use crate::domain::consent::decision::{
    effective::{EffectiveConsent, Grant},
    status::{DecisionStatus, ReconsentReason, ValidityContext},
};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose},
    policy::version::Version,
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
pub type Answers = PerPurpose<Answer>;

impl Answers {
    /// The purposes that are refused.
    pub fn refused(self) -> impl Iterator<Item = Optional> {
        Optional::ALL.into_iter().filter(move |purpose| self.get(*purpose) == Answer::No)
    }
}

/// The way in which a decision was made. Of two in the same second, the later one in this list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CollectedVia {
    /// With a button of the banner.
    Banner,
    /// In a page of a sibling service, which handed it on.
    Api,
    /// On the preferences page.
    Preferences,
    /// With the button at the foot of a page, which withdraws everything.
    Footer,
}

impl CollectedVia {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Banner, Self::Api, Self::Preferences, Self::Footer];

    /// Its name in cookies and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Banner => "banner",
            Self::Api => "api",
            Self::Preferences => "preferences",
            Self::Footer => "footer",
        }
    }
}

/// One act of answering: when and how, beside which signal, and what was shown then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerContext {
    /// The edition that was shown.
    pub version: Version,
    /// What each purpose was shown as.
    pub shown: PerPurpose<Fingerprint>,
    /// When.
    pub decided_at: Timestamp,
    /// How.
    pub collected_via: CollectedVia,
    /// The signal that the browser sent, if it sent one.
    pub signal: Option<Signal>,
}

/// Choices, with the times at which they were made, the signals that were there and what they were made on, and the policy
/// version and the way of the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was chosen.
    pub choices: Answers,
    /// When each purpose was last answered; `None` if nobody ever answered it, which makes it refused.
    pub answered_at: PerPurpose<Option<Timestamp>>,
    /// Which signal the browser sent with each answer; `None` where it sent none, or where nobody answered.
    pub signal_at_answer: PerPurpose<Option<Signal>>,
    /// What each purpose was shown as when it was answered; `None` where nobody answered, and where a no came without
    /// saying what was shown.
    pub prompt_fingerprint: PerPurpose<Option<Fingerprint>>,
    /// The edition that was shown when the visitor last chose.
    pub version: Version,
    /// When the visitor last chose.
    pub decided_at: Timestamp,
    /// How the visitor last chose.
    pub collected_via: CollectedVia,
}

impl Decision {
    /// The decision of a visitor who answers every question at once.
    pub fn new(choices: Answers, act: AnswerContext) -> Self {
        Self::answering(None, choices.map(Some), act)
    }

    /// The decision of a visitor who answers these questions, and leaves the other answers of the decision before as they
    /// are and as old as they are, with the signals of then and on what was shown then; without a decision before they stay
    /// open, and silence is refusal.
    pub fn answering(before: Option<&Self>, answers: PerPurpose<Option<Answer>>, act: AnswerContext) -> Self {
        let AnswerContext { version, shown, decided_at, collected_via, signal } = act;
        let silence = Self {
            choices: Answers::all(Answer::No),
            answered_at: PerPurpose::all(None),
            signal_at_answer: PerPurpose::all(None),
            prompt_fingerprint: PerPurpose::all(None),
            version,
            decided_at,
            collected_via,
        };
        let left = Self { version, decided_at, collected_via, ..*before.unwrap_or(&silence) };
        let given = Optional::ALL.into_iter().filter_map(|purpose| Some((purpose, answers.get(purpose)?)));
        given.fold(left, |left, (purpose, answer)| Self {
            choices: left.choices.with(purpose, answer),
            answered_at: left.answered_at.with(purpose, Some(decided_at)),
            signal_at_answer: left.signal_at_answer.with(purpose, signal),
            prompt_fingerprint: left.prompt_fingerprint.with(purpose, Some(shown.get(purpose))),
            ..left
        })
    }

    /// The decision with an answer about one purpose that does not say what was shown: its question is asked again.
    #[must_use]
    pub const fn unshown(self, purpose: Optional) -> Self {
        Self { prompt_fingerprint: self.prompt_fingerprint.with(purpose, None), ..self }
    }

    /// The decision without its answer about one purpose: its question is open, and so refused.
    #[must_use]
    pub const fn without(self, purpose: Optional) -> Self {
        Self {
            choices: self.choices.with(purpose, Answer::No),
            answered_at: self.answered_at.with(purpose, None),
            signal_at_answer: self.signal_at_answer.with(purpose, None),
            prompt_fingerprint: self.prompt_fingerprint.with(purpose, None),
            ..self
        }
    }
}

/// The format of [`Decision::encode`]; a cookie of another format means "no choice".
const FORMAT: &str = "4";

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
            let signal = mark(self.signal_at_answer.get(purpose));
            let on = self.prompt_fingerprint.get(purpose).map(|on| format!(".{on}")).unwrap_or_default();
            let given = self.answered_at.get(purpose).map(|at| format!("{}{signal}{on}", at.0)).unwrap_or_default();
            format!("~{letter}{given}")
        };
        let answers: String = Optional::ALL.into_iter().map(answer).collect();
        format!("{FORMAT}~{}~{}~{}{answers}", self.version, self.decided_at.0, self.collected_via.name())
    }

    /// The decision that a value encodes, if it is one, to the letter.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = value.split('~');
        let (format, version, decided_at, collected_via) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let mut decision = Self {
            choices: Answers::all(Answer::No),
            answered_at: PerPurpose::all(None),
            signal_at_answer: PerPurpose::all(None),
            prompt_fingerprint: PerPurpose::all(None),
            version: version.parse().ok()?,
            decided_at: Timestamp(decided_at.parse().ok()?),
            collected_via: CollectedVia::ALL.into_iter().find(|candidate| candidate.name() == collected_via)?,
        };
        for purpose in Optional::ALL {
            let (answer, given) = decode_answer(parts.next()?)?;
            decision.choices = decision.choices.with(purpose, answer);
            decision.answered_at = decision.answered_at.with(purpose, given.map(|(at, _, _)| at));
            decision.signal_at_answer =
                decision.signal_at_answer.with(purpose, given.and_then(|(_, signal, _)| signal));
            decision.prompt_fingerprint = decision.prompt_fingerprint.with(purpose, given.and_then(|(_, _, on)| on));
        }
        // One decision has one encoding: no trailing part, no `+1`, no leading zero.
        (format == FORMAT && decision.encode() == value).then_some(decision)
    }
}

/// When an answer was given, the signal that was there, and what it was given on.
type AnswerOrigin = (Timestamp, Option<Signal>, Option<Fingerprint>);

/// An answer and how it was given. A yes that nobody gave, or that was given on nothing, is none.
fn decode_answer(text: &str) -> Option<(Answer, Option<AnswerOrigin>)> {
    let given = |text: &str| {
        let (text, on) = match text.split_once('.') {
            Some((text, on)) => (text, Some(on.parse().ok()?)),
            None => (text, None),
        };
        let marked = Signal::ALL.into_iter().find_map(|signal| Some((text.strip_suffix(mark(Some(signal)))?, signal)));
        let (digits, signal) = marked.map_or((text, None), |(digits, signal)| (digits, Some(signal)));
        Some((Timestamp(digits.parse().ok()?), signal, on))
    };
    match (text.strip_prefix('y'), text.strip_prefix('n')) {
        (Some(text), _) => Some((Answer::Yes, Some(given(text).filter(|(_, _, on)| on.is_some())?))),
        (_, Some("")) => Some((Answer::No, None)),
        (_, Some(text)) => Some((Answer::No, Some(given(text)?))),
        (None, None) => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
