//! Decisions: answers with their time and validity, and the grants that only a valid decision
//! gives.

mod account;
mod effective;
mod merge;
mod prompt;
mod status;
mod under_signal;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

pub use self::{
    account::{merge_for_user, overruled},
    merge::merge,
    prompt::{AnswerState, Prompt, PromptError, Question, accept_answers},
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
    Yes,
    No,
}

/// An answer for each optional purpose.
pub type Answers = PerPurpose<Answer>;

impl Answers {
    pub fn refused(self) -> impl Iterator<Item = Optional> {
        Optional::ALL.into_iter().filter(move |purpose| self.get(*purpose) == Answer::No)
    }
}

/// Where a decision was collected. In the same second, the later variant wins.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(const_into_str, serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum CollectedVia {
    /// A button of the banner.
    Banner,
    /// A page of a partner service, through the API.
    Api,
    Preferences,
    /// The footer button, which withdraws everything.
    Footer,
}

/// The circumstances of an answer: time, source, signal and prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerContext {
    /// The edition in the prompt.
    pub version: Version,
    /// The fingerprint of each purpose in the prompt.
    pub shown: PerPurpose<Fingerprint>,
    pub decided_at: Timestamp,
    pub collected_via: CollectedVia,
    pub signal: Option<Signal>,
}

/// Answers, each with its time, signal and prompt; version and source are those of the latest act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub answers: Answers,
    /// When each purpose was last answered; `None` if never, which means refused.
    pub answered_at: PerPurpose<Option<Timestamp>>,
    /// The signal sent with each answer; `None` without a signal or answer.
    pub signal_at_answer: PerPurpose<Option<Signal>>,
    /// The prompt of each answer; `None` without an answer, and for a no that does not name its
    /// prompt.
    pub prompt_fingerprint: PerPurpose<Option<Fingerprint>>,
    /// The edition of the latest act.
    pub version: Version,
    /// The time of the latest act.
    pub decided_at: Timestamp,
    /// The source of the latest act.
    pub collected_via: CollectedVia,
}

impl Decision {
    /// The decision of a visitor who answers every question at once.
    pub fn new(answers: Answers, act: AnswerContext) -> Self {
        Self::answering(None, answers.map(Some), act)
    }

    /// Applies answers to the previous decision. Other answers keep their time, signal and prompt;
    /// without a previous decision they stay open, and silence is refusal.
    pub fn answering(before: Option<&Self>, answers: PerPurpose<Option<Answer>>, act: AnswerContext) -> Self {
        let AnswerContext { version, shown, decided_at, collected_via, signal } = act;
        let silence = Self {
            answers: Answers::all(Answer::No),
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
            answers: left.answers.with(purpose, answer),
            answered_at: left.answered_at.with(purpose, Some(decided_at)),
            signal_at_answer: left.signal_at_answer.with(purpose, signal),
            prompt_fingerprint: left.prompt_fingerprint.with(purpose, Some(shown.get(purpose))),
            ..left
        })
    }

    /// Marks an answer that does not name its prompt: its question is asked again.
    #[must_use]
    pub const fn without_prompt(self, purpose: Optional) -> Self {
        Self { prompt_fingerprint: self.prompt_fingerprint.with(purpose, None), ..self }
    }

    /// Drops the answer about one purpose: its question is open, and so refused.
    #[must_use]
    pub const fn without(self, purpose: Optional) -> Self {
        Self {
            answers: self.answers.with(purpose, Answer::No),
            answered_at: self.answered_at.with(purpose, None),
            signal_at_answer: self.signal_at_answer.with(purpose, None),
            prompt_fingerprint: self.prompt_fingerprint.with(purpose, None),
            ..self
        }
    }
}

/// The format version of [`Decision::encode`]; cookies of other versions are ignored.
const FORMAT: &str = "4";

/// The suffix of an answer for its signal.
const fn mark(signal: Option<Signal>) -> &'static str {
    match signal {
        None => "",
        Some(Signal::DoNotTrack) => "d",
        Some(Signal::GlobalPrivacyControl) => "g",
    }
}

impl Decision {
    /// Encodes the decision as a cookie value in plain ASCII, which browsers return unchanged.
    pub fn encode(&self) -> String {
        let answer = |purpose| {
            let letter = if self.answers.get(purpose) == Answer::Yes { 'y' } else { 'n' };
            let signal = mark(self.signal_at_answer.get(purpose));
            let on = self.prompt_fingerprint.get(purpose).map(|on| format!(".{on}")).unwrap_or_default();
            let given = self.answered_at.get(purpose).map(|at| format!("{}{signal}{on}", at.0)).unwrap_or_default();
            format!("~{letter}{given}")
        };
        let answers: String = Optional::ALL.into_iter().map(answer).collect();
        format!("{FORMAT}~{}~{}~{}{answers}", self.version, self.decided_at.0, self.collected_via.into_str())
    }

    /// Decodes the exact output of [`Decision::encode`]; `None` for anything else.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = value.split('~');
        let (format, version, decided_at, collected_via) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let mut decision = Self {
            answers: Answers::all(Answer::No),
            answered_at: PerPurpose::all(None),
            signal_at_answer: PerPurpose::all(None),
            prompt_fingerprint: PerPurpose::all(None),
            version: version.parse().ok()?,
            decided_at: Timestamp(decided_at.parse().ok()?),
            collected_via: collected_via.parse().ok()?,
        };
        for purpose in Optional::ALL {
            let (answer, given) = decode_answer(parts.next()?)?;
            decision.answers = decision.answers.with(purpose, answer);
            decision.answered_at = decision.answered_at.with(purpose, given.map(|(at, _, _)| at));
            decision.signal_at_answer =
                decision.signal_at_answer.with(purpose, given.and_then(|(_, signal, _)| signal));
            decision.prompt_fingerprint = decision.prompt_fingerprint.with(purpose, given.and_then(|(_, _, on)| on));
        }
        // Each decision has one encoding: no trailing part, no `+1`, no leading zero.
        (format == FORMAT && decision.encode() == value).then_some(decision)
    }
}

/// The time, signal and prompt of an answer.
type AnswerOrigin = (Timestamp, Option<Signal>, Option<Fingerprint>);

/// Decodes an answer. A yes needs a time and a fingerprint.
fn decode_answer(text: &str) -> Option<(Answer, Option<AnswerOrigin>)> {
    let given = |text: &str| {
        let (text, on) = match text.split_once('.') {
            Some((text, on)) => (text, Some(on.parse().ok()?)),
            None => (text, None),
        };
        let marked =
            Signal::VARIANTS.iter().copied().find_map(|signal| Some((text.strip_suffix(mark(Some(signal)))?, signal)));
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
