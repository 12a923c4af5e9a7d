//! A decision as the ledger keeps it, in the form in which it is stored, exported and handed to the person.
//!
//! The form is modelled on ISO/IEC TS 27560:2023 (consent record information structure): a header, the processing that was
//! decided about, the parties, and the event. `docs/records.md` describes it for readers, `docs/record.schema.json` for
//! programs. It holds no name, no address and no description of a browser: only a subject that stands for one browser.

mod moment;
mod reference;
mod status;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::domain::ledger::record::{reference::RecordRef, status::RecordStatus};
use crate::domain::{
    Timestamp,
    consent::{
        decision::{Answer, Answers, CollectedVia, Decision},
        signal::Signal,
        snapshot::Fingerprint,
    },
    cookies::purpose::Optional,
    policy::version::Version,
    web::origin::Origin,
};

/// The name of this form.
pub const SCHEMA: &str = "harmony-record/1";

/// Whoever decides what cookies are used for.
const CONTROLLER: &str = "Harmony";

/// A decision, a refusal or a withdrawal that is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// Whom it is about: a random value that stands for one browser.
    pub subject: Uuid,
    /// What was decided.
    pub decision: Decision,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// The signal that came with it.
    pub signal: Option<Signal>,
    /// What it does to what was granted before.
    pub kind: DecisionKind,
    /// The record that it replaces: this browser's last one. A member's records in other browsers are not named, so that
    /// nothing in the ledger says which browsers are one person's.
    pub replaces: Option<Uuid>,
    /// The origin of the sibling's page in which it was made, if it was made in one.
    pub origin: Option<Origin>,
    /// The language of what was shown, as in `lang`.
    pub locale: &'static str,
    /// What was shown; nothing if a no does not say it.
    pub shown: Option<Arc<RecordText>>,
}

/// A text and its SHA-256, as 64 hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordText {
    /// The text.
    pub text: String,
    /// Its hash.
    pub hash: String,
    /// The text that it translates, if it is a translation: what an answer to it is given on.
    pub original: Option<Arc<RecordText>>,
}

/// What a decision does to what was granted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// Something is granted, and nothing that was granted is taken back.
    Decision,
    /// Nothing is granted, and nothing was.
    Refusal,
    /// Something that was granted is granted no more.
    Withdrawal,
}

impl DecisionKind {
    /// What these choices are after those.
    ///
    /// ```
    /// use harmony::domain::{consent::decision::{Answer, Choices}, ledger::record::Kind};
    ///
    /// let (yes, no) = (Choices::all(Answer::Yes), Choices::all(Answer::No));
    /// assert_eq!(Kind::of(None, no), Kind::Refusal);
    /// assert_eq!(Kind::of(Some(yes), no), Kind::Withdrawal);
    /// ```
    pub fn of(before: Option<Answers>, choices: Answers) -> Self {
        let granted = |choices: Answers, purpose| choices.get(purpose) == Answer::Yes;
        let is_taken_back =
            |purpose| before.is_some_and(|before| granted(before, purpose)) && !granted(choices, purpose);
        if Optional::ALL.into_iter().any(is_taken_back) {
            Self::Withdrawal
        } else if Optional::ALL.into_iter().any(|purpose| granted(choices, purpose)) {
            Self::Decision
        } else {
            Self::Refusal
        }
    }
}

/// A recorded decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What it is and where it stands.
    pub header: RecordHeader,
    /// What was decided about.
    pub processing: Processing,
    /// Who is involved.
    pub parties: Parties,
    /// What happened.
    pub event: ConsentEvent,
}

/// What a record is and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordHeader {
    /// The name of the form, [`SCHEMA`].
    pub schema: String,
    /// The record's id, a UUID of version 7 (RFC 9562): within a chain, later ones are greater.
    pub id: Uuid,
    /// A random value that stands for one browser.
    pub subject: Uuid,
    /// The SHA-256 of the record before it in its chain, as 64 hexadecimal digits; zeros for the first.
    pub previous: String,
}

/// What was decided about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processing {
    /// The edition of the policy that was shown, or in force where a no does not say what was shown.
    pub policy_version: Version,
    /// The language of what was shown.
    pub locale: String,
    /// The SHA-256 of the exact text and purposes that were shown, as 64 hexadecimal digits; without, a no came that does
    /// not say what was shown.
    pub shown: Option<String>,
    /// The choice for each optional purpose.
    pub purposes: Vec<RecordedAnswer>,
}

/// The choice for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// The purpose.
    pub purpose: Optional,
    /// Whether it is granted.
    pub granted: bool,
    /// When it was answered; without, nobody answered, which counts as refused.
    #[serde(with = "moment::or_none")]
    pub answered_at: Option<Timestamp>,
    /// The signal that the browser sent with the answer.
    pub signal_at_answer: Option<Signal>,
    /// The fingerprint of the purpose as it was shown with the answer: an older answer may stand on an older text.
    pub prompt_fingerprint: Option<Fingerprint>,
}

/// Who is involved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parties {
    /// Whoever decides what the cookies are used for.
    pub controller: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentEvent {
    /// What it did to what was granted before.
    pub kind: DecisionKind,
    /// When it happened.
    #[serde(with = "moment")]
    pub decided_at: Timestamp,
    /// Until when it holds.
    #[serde(with = "moment")]
    pub expires_at: Timestamp,
    /// The way in which it was made.
    pub collected_via: CollectedVia,
    /// The origin of the sibling's page in which it was made; not there for one that was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The signal that the browser sent with it.
    pub signal: Option<Signal>,
    /// The id of the record that it replaces.
    pub replaces: Option<Uuid>,
}

impl Record {
    /// The record of what is to be recorded, at its place in a chain.
    pub fn new(draft: NewRecord, id: Uuid, previous: String) -> Self {
        let NewRecord { subject, decision, expires_at, signal, kind, replaces, origin, locale, shown } = draft;
        let choice = |purpose| RecordedAnswer {
            purpose,
            granted: decision.choices.get(purpose) == Answer::Yes,
            answered_at: decision.answered_at.get(purpose),
            signal_at_answer: decision.signal_at_answer.get(purpose),
            prompt_fingerprint: decision.prompt_fingerprint.get(purpose),
        };
        Self {
            header: RecordHeader { schema: SCHEMA.into(), id, subject, previous },
            processing: Processing {
                policy_version: decision.version,
                locale: locale.into(),
                shown: shown.map(|shown| shown.hash.clone()),
                purposes: Optional::ALL.map(choice).into(),
            },
            parties: Parties { controller: CONTROLLER.into() },
            event: ConsentEvent {
                kind,
                decided_at: decision.decided_at,
                expires_at,
                collected_via: decision.collected_via,
                origin,
                signal,
                replaces,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_named_for_what_it_does_to_what_was_granted() {
        let (yes, no) = (Answers::all(Answer::Yes), Answers::all(Answer::No));
        let only = |purpose| no.with(purpose, Answer::Yes);
        let (preferences, analytics) = (only(Optional::Preferences), only(Optional::Analytics));
        for (before, after, kind) in [
            (None, yes, DecisionKind::Decision),
            (None, analytics, DecisionKind::Decision),
            (None, no, DecisionKind::Refusal),
            (Some(no), no, DecisionKind::Refusal),
            (Some(no), preferences, DecisionKind::Decision),
            (Some(preferences), yes, DecisionKind::Decision),
            (Some(yes), yes, DecisionKind::Decision),
            (Some(yes), preferences, DecisionKind::Withdrawal),
            (Some(yes), no, DecisionKind::Withdrawal),
            (Some(preferences), analytics, DecisionKind::Withdrawal),
        ] {
            assert_eq!(DecisionKind::of(before, after), kind, "{before:?} {after:?}");
        }
    }
}
