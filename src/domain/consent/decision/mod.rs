//! Decisions: answers with their time and validity, and the grants that only a valid decision
//! gives.

mod account;
mod answer_fields;
mod effective;
mod encoding;
mod merge;
mod prompt;
mod status;
mod under_signal;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

pub use self::{
    account::{merge_for_user, overruled},
    answer_fields::AnswerFields,
    merge::merge,
    prompt::{AnswerState, Prompt, PromptError, Question, accept_answers, named_answers},
};
use super::signal::Signal;
pub use crate::domain::consent::decision::{
    effective::{EffectiveConsent, Grant},
    status::{DecisionStatus, ReconsentReason, ValidityContext},
};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose, Purposes},
    policy::version::Version,
};

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Yes,
    No,
}

impl Answer {
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }
}

/// Answers about some optional purposes.
pub type Answers = PerPurpose<Answer>;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerContext {
    /// The edition in the prompt.
    pub version: Version,
    /// The fingerprint of each purpose in the prompt.
    pub shown: Arc<PerPurpose<Fingerprint>>,
    pub decided_at: Timestamp,
    pub collected_via: CollectedVia,
    pub signal: Option<Signal>,
}

/// The answer about one purpose, with its circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GivenAnswer {
    pub answer: Answer,
    pub answered_at: Timestamp,
    /// The signal sent with the answer.
    pub signal: Option<Signal>,
    /// The prompt that was answered; `None` for a no that does not name it.
    pub prompt_fingerprint: Option<Fingerprint>,
}

/// Answers, each with its time, signal and prompt; version and source are those of the latest act.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// The answers. A purpose without one was never answered, which means refused.
    pub answers: PerPurpose<GivenAnswer>,
    /// The edition of the latest act.
    pub version: Version,
    /// The time of the latest act.
    pub decided_at: Timestamp,
    /// The source of the latest act.
    pub collected_via: CollectedVia,
}

impl Decision {
    /// Applies answers to the previous decision. Other answers keep their time, signal and prompt;
    /// without a previous decision they stay open, and silence is refusal.
    pub fn answering(before: Option<&Self>, answers: &Answers, context: &AnswerContext) -> Self {
        let AnswerContext { version, shown, decided_at, collected_via, signal } = context;
        let given = answers.iter().map(|(purpose, answer)| {
            let prompt_fingerprint = shown.get(purpose).copied();
            let given = GivenAnswer { answer: *answer, answered_at: *decided_at, signal: *signal, prompt_fingerprint };
            (*purpose, given)
        });
        let mut answers = before.map(|before| before.answers.clone()).unwrap_or_default();
        answers.extend(given);
        Self { answers, version: *version, decided_at: *decided_at, collected_via: *collected_via }
    }

    /// The answer about a purpose; silence is refusal.
    pub fn answer(&self, purpose: Optional) -> Answer {
        self.answers.get(&purpose).map_or(Answer::No, |given| given.answer)
    }

    /// The purposes that the answers allow, whether or not they are valid.
    pub fn allowed(&self) -> Purposes {
        self.answers.iter().filter(|(_, given)| given.answer.is_yes()).map(|(purpose, _)| *purpose).collect()
    }

    /// Marks an answer that does not name its prompt: its question is asked again.
    #[must_use]
    pub fn without_prompt(mut self, purpose: Optional) -> Self {
        if let Some(given) = self.answers.get_mut(&purpose) {
            given.prompt_fingerprint = None;
        }
        self
    }

    /// Drops the answer about one purpose: its question is open, and so refused.
    #[must_use]
    pub fn without(mut self, purpose: Optional) -> Self {
        self.answers.remove(&purpose);
        self
    }

    /// Drops the answers about all other purposes.
    #[must_use]
    pub fn only(mut self, is_kept: impl Fn(Optional) -> bool) -> Self {
        self.answers.retain(|purpose, _| is_kept(*purpose));
        self
    }
}

#[cfg(test)]
pub(crate) mod tests;
