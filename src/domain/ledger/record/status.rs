//! The status of a record relative to the current decision.

use super::Record;
use crate::domain::{
    Timestamp,
    consent::decision::{Answer, Decision},
    cookies::purpose::Optional,
};

/// The status of a record relative to the current decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordStatus {
    /// The record is of the current decision.
    Current,
    /// Only these answers are part of the current decision.
    PartlyCurrent(Vec<Optional>),
    /// A later record replaces this one.
    Replaced,
    /// All its answers have expired.
    Expired,
    /// No answer is part of the current decision.
    NotCurrent,
}

impl Record {
    /// Compares the record with the current decision, if there is one.
    pub fn status(&self, current: Option<&Decision>, is_replaced: bool, now: Timestamp) -> RecordStatus {
        if is_replaced {
            return RecordStatus::Replaced;
        }
        let choices = &self.processing.purposes;
        let stands = |decision: &Decision| {
            let is_of_it = |purpose: Optional| {
                choices.iter().any(|choice| {
                    choice.purpose == purpose
                        && choice.granted == (decision.answers.get(purpose) == Answer::Yes)
                        && choice.answered_at == decision.answered_at.get(purpose)
                        && choice.signal_at_answer == decision.signal_at_answer.get(purpose)
                })
            };
            Optional::ALL.into_iter().filter(|purpose| is_of_it(*purpose)).collect::<Vec<_>>()
        };
        let standing = current.map(stands).unwrap_or_default();
        if standing == Optional::ALL {
            return RecordStatus::Current;
        }
        let is_answered = |purpose: &Optional| {
            choices.iter().any(|choice| choice.purpose == *purpose && choice.answered_at.is_some())
        };
        let answered: Vec<_> = standing.into_iter().filter(is_answered).collect();
        if !answered.is_empty() {
            RecordStatus::PartlyCurrent(answered)
        } else if self.event.expires_at <= now {
            RecordStatus::Expired
        } else {
            RecordStatus::NotCurrent
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        consent::{
            decision::{AnswerContext, Answers, CollectedVia, merge},
            snapshot::Fingerprint,
        },
        cookies::purpose::PerPurpose,
        ledger::record::NewRecord,
        policy::version::Version,
    };

    fn act(at: i64) -> AnswerContext {
        let (version, shown) = (Version { major: 1, minor: 1 }, PerPurpose::all(Fingerprint(7)));
        AnswerContext { version, shown, decided_at: Timestamp(at), collected_via: CollectedVia::Banner, signal: None }
    }

    fn answering(before: Option<&Decision>, purpose: Optional, answer: Answer, at: i64) -> Decision {
        Decision::answering(before, PerPurpose::all(None).with(purpose, Some(answer)), act(at))
    }

    fn record(decision: Decision) -> Record {
        let draft = NewRecord {
            controller: "Harmony".into(),
            subject: Uuid::nil(),
            decision,
            expires_at: decision.decided_at.plus_seconds(100),
            signal: None,
            before: None,
            replaces: None,
            origin: None,
            locale: "en",
            shown: Some(Arc::default()),
        };
        Record::new(draft, Uuid::nil(), String::new())
    }

    #[test]
    fn a_record_is_in_force_wholly_in_part_or_not() {
        let everything = Decision::new(Answers::all(Answer::Yes), act(10));
        let silent = answering(None, Optional::Preferences, Answer::No, 10);
        let later = answering(None, Optional::Analytics, Answer::Yes, 20);
        let together = merge(Some(everything), Some(later));
        let now = Timestamp(30);
        for (decision, current, replaced, at, standing) in [
            (everything, Some(everything), false, now, RecordStatus::Current),
            (silent, Some(silent), false, now, RecordStatus::Current),
            (everything, Some(everything), true, now, RecordStatus::Replaced),
            (everything, together, false, now, RecordStatus::PartlyCurrent(vec![Optional::Preferences])),
            (later, together, false, now, RecordStatus::PartlyCurrent(vec![Optional::Analytics])),
            (silent, together, false, now, RecordStatus::NotCurrent),
            (silent, Some(later), false, now, RecordStatus::NotCurrent),
            (everything, None, false, now, RecordStatus::NotCurrent),
            (everything, None, false, Timestamp(110), RecordStatus::Expired),
        ] {
            assert_eq!(record(decision).status(current.as_ref(), replaced, at), standing, "{decision:?}");
        }
    }
}
