//! A decision as a record: the format that is stored, exported and issued as a receipt.
//!
//! The format is modelled on ISO/IEC TS 27560:2023 (consent record information structure): header,
//! processing, parties and event. `docs/records.md` and `docs/record.schema.json` document it. A
//! record contains no name, IP address or user agent, only a random subject for one browser.

mod reference;
pub(super) mod rfc3339;
mod status;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::domain::ledger::record::{reference::RecordRef, status::RecordStatus};
use crate::domain::{
    Timestamp,
    consent::{
        decision::{CollectedVia, Decision},
        signal::Signal,
        snapshot::Fingerprint,
    },
    cookies::purpose::{Optional, Purposes},
    policy::version::Version,
    web::origin::Origin,
};

/// The name of this format.
pub const SCHEMA: &str = "harmony-record/1";

/// A decision that is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// The organisation that decides what cookies are used for.
    pub controller: Arc<str>,
    /// A random id of the browser.
    pub subject: Uuid,
    /// The decision.
    pub decision: Decision,
    /// When its last answer expires.
    pub expires_at: Timestamp,
    /// The signal that the browser sent with the decision.
    pub signal: Option<Signal>,
    /// The optional purposes that the site declares, in the order of the questions.
    pub asked: Arc<[Optional]>,
    /// The purposes that were granted before it.
    pub granted_before: Purposes,
    /// The record that this one replaces: the previous one of this browser. It names no record of
    /// another browser of the account, so the ledger does not reveal which browsers belong
    /// together.
    pub replaces: Option<Uuid>,
    /// The origin of the partner's page, if the decision was made there.
    pub origin: Option<Origin>,
    /// The language of the prompt, as in `lang`.
    pub locale: String,
    /// The prompt snapshot; `None` if a refusal does not name it.
    pub shown: Option<Arc<RecordText>>,
}

impl NewRecord {
    /// The effect on what was granted before.
    pub fn kind(&self) -> DecisionKind {
        DecisionKind::of(&self.granted_before, &self.decision.allowed())
    }
}

/// A text and its SHA-256, as 64 hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordText {
    /// The text.
    pub text: String,
    /// The hash.
    pub hash: String,
    /// The original, if the text is a translation. Answers refer to the original.
    pub original: Option<Arc<RecordText>>,
}

/// The effect of a decision on what was granted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// Some purpose is granted, and none is withdrawn.
    Decision,
    /// No purpose is granted, and none was.
    Refusal,
    /// A purpose that was granted no longer is.
    Withdrawal,
}

impl DecisionKind {
    /// Derives the kind from the purposes that were granted before, and those that are now.
    ///
    /// ```
    /// use harmony::domain::{cookies::purpose::{Optional, Purposes}, ledger::record::DecisionKind};
    ///
    /// let (none, some) = (Purposes::new(), Purposes::from([Optional::ANALYTICS]));
    /// assert_eq!(DecisionKind::of(&none, &none), DecisionKind::Refusal);
    /// assert_eq!(DecisionKind::of(&some, &none), DecisionKind::Withdrawal);
    /// ```
    pub fn of(before: &Purposes, granted: &Purposes) -> Self {
        if !before.is_subset(granted) {
            Self::Withdrawal
        } else if granted.is_empty() {
            Self::Refusal
        } else {
            Self::Decision
        }
    }
}

/// A recorded decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The identity of the record.
    pub header: RecordHeader,
    /// What the decision was about.
    pub processing: Processing,
    /// The parties of the processing.
    pub parties: Parties,
    /// The decision as an event.
    pub event: ConsentEvent,
}

/// The identity of a record, and its position in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordHeader {
    /// The name of the format, [`SCHEMA`].
    pub schema: String,
    /// The id, a UUID of version 7 (RFC 9562). Ids increase within a chain.
    pub id: Uuid,
    /// A random id of the browser.
    pub subject: Uuid,
    /// The SHA-256 of the previous record in the chain, as 64 hexadecimal digits; zeros for the
    /// first.
    pub previous: String,
}

/// What the decision was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processing {
    /// The edition of the policy that was shown, or that was effective if a refusal does not name
    /// it.
    pub policy_version: Version,
    /// The language of the prompt.
    pub locale: String,
    /// The SHA-256 of the prompt snapshot, as 64 hexadecimal digits; `None` for a refusal that does
    /// not name it.
    pub shown: Option<String>,
    /// The answer for each optional purpose.
    pub purposes: Vec<RecordedAnswer>,
}

/// The answer for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// The purpose.
    pub purpose: Optional,
    /// Whether the purpose is granted.
    pub granted: bool,
    /// When the visitor answered. `None` means no answer, which counts as a refusal.
    #[serde(with = "rfc3339::optional")]
    pub answered_at: Option<Timestamp>,
    /// The signal that the browser sent with the answer.
    pub signal_at_answer: Option<Signal>,
    /// The fingerprint of the purpose as shown with the answer, which may be older than the prompt.
    pub prompt_fingerprint: Option<Fingerprint>,
}

/// The parties of the processing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parties {
    /// The organisation that decides what cookies are used for.
    pub controller: String,
}

/// The decision as an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentEvent {
    /// The effect on what was granted before.
    pub kind: DecisionKind,
    /// When the visitor decided.
    #[serde(with = "rfc3339")]
    pub decided_at: Timestamp,
    /// When the last answer expires.
    #[serde(with = "rfc3339")]
    pub expires_at: Timestamp,
    /// Where the decision was made.
    pub collected_via: CollectedVia,
    /// The origin of the partner's page; absent for a decision on this site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The signal that the browser sent with the decision.
    pub signal: Option<Signal>,
    /// The id of the record that this one replaces.
    pub replaces: Option<Uuid>,
}

impl Record {
    /// Creates a record with its id and the hash of the previous record.
    pub fn new(new: NewRecord, id: Uuid, previous: String) -> Self {
        let kind = new.kind();
        let NewRecord {
            controller, subject, decision, expires_at, signal, asked, replaces, origin, locale, shown, ..
        } = new;
        let choice = |purpose: &Optional| {
            let given = decision.answers.get(purpose);
            RecordedAnswer {
                purpose: *purpose,
                granted: given.is_some_and(|given| given.answer.is_yes()),
                answered_at: given.map(|given| given.answered_at),
                signal_at_answer: given.and_then(|given| given.signal),
                prompt_fingerprint: given.and_then(|given| given.prompt_fingerprint),
            }
        };
        Self {
            header: RecordHeader { schema: SCHEMA.into(), id, subject, previous },
            processing: Processing {
                policy_version: decision.version,
                locale,
                shown: shown.map(|shown| shown.hash.clone()),
                purposes: asked.iter().map(choice).collect(),
            },
            parties: Parties { controller: controller.to_string() },
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
        let (none, all) = (Purposes::new(), Purposes::from([Optional::PREFERENCES, Optional::ANALYTICS]));
        let [preferences, analytics] =
            [Optional::PREFERENCES, Optional::ANALYTICS].map(|purpose| Purposes::from([purpose]));
        for (before, after, kind) in [
            (&none, &all, DecisionKind::Decision),
            (&none, &analytics, DecisionKind::Decision),
            (&none, &none, DecisionKind::Refusal),
            (&preferences, &all, DecisionKind::Decision),
            (&all, &all, DecisionKind::Decision),
            (&all, &preferences, DecisionKind::Withdrawal),
            (&all, &none, DecisionKind::Withdrawal),
            (&preferences, &analytics, DecisionKind::Withdrawal),
        ] {
            assert_eq!(DecisionKind::of(before, after), kind, "{before:?} {after:?}");
        }
    }
}
