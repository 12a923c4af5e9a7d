//! The status of a record relative to the current decision.

use super::{Record, RecordedAnswer};
use crate::domain::{Timestamp, consent::decision::Decision, cookies::purpose::Optional};

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
        // An answer that is missing on both sides is the same silence.
        let is_of_it = |choice: &&RecordedAnswer| {
            let given = current.and_then(|current| current.answers.get(&choice.purpose));
            choice.granted == given.is_some_and(|given| given.answer.is_yes())
                && choice.answered_at == given.map(|given| given.answered_at)
                && choice.signal_at_answer == given.and_then(|given| given.signal)
        };
        let choices = &self.processing.purposes;
        if current.is_some() && choices.iter().all(|choice| is_of_it(&choice)) {
            return RecordStatus::Current;
        }
        let answered = choices.iter().filter(|choice| choice.answered_at.is_some());
        let answered: Vec<_> = answered.filter(is_of_it).map(|choice| choice.purpose).collect();
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
        consent::decision::{
            Answer, merge,
            tests::{TWO, act, all, one},
        },
        cookies::purpose::Purposes,
        ledger::record::NewRecord,
    };

    fn answering(purpose: Optional, answer: Answer, at: i64) -> Decision {
        Decision::answering(None, &one(purpose, answer), &act(at, None))
    }

    fn record(decision: Decision) -> Record {
        let draft = NewRecord {
            controller: "Harmony".into(),
            subject: Uuid::nil(),
            expires_at: decision.decided_at.plus_seconds(100),
            decision,
            signal: None,
            asked: TWO.into(),
            granted_before: Purposes::new(),
            replaces: None,
            origin: None,
            locale: "en".to_owned(),
            shown: Some(Arc::default()),
        };
        Record::new(draft, Uuid::nil(), String::new())
    }

    #[test]
    fn a_record_is_in_force_wholly_in_part_or_not() {
        let everything = || all(Answer::Yes, 10, None);
        let silent = || answering(Optional::PREFERENCES, Answer::No, 10);
        let later = || answering(Optional::ANALYTICS, Answer::Yes, 20);
        let together = || merge(Some(everything()), Some(later()));
        let now = Timestamp(30);
        for (decision, current, replaced, at, standing) in [
            (everything(), Some(everything()), false, now, RecordStatus::Current),
            (silent(), Some(silent()), false, now, RecordStatus::Current),
            (everything(), Some(everything()), true, now, RecordStatus::Replaced),
            (everything(), together(), false, now, RecordStatus::PartlyCurrent(vec![Optional::PREFERENCES])),
            (later(), together(), false, now, RecordStatus::PartlyCurrent(vec![Optional::ANALYTICS])),
            (silent(), together(), false, now, RecordStatus::NotCurrent),
            (silent(), Some(later()), false, now, RecordStatus::NotCurrent),
            (everything(), None, false, now, RecordStatus::NotCurrent),
            (everything(), None, false, Timestamp(110), RecordStatus::Expired),
        ] {
            assert_eq!(record(decision.clone()).status(current.as_ref(), replaced, at), standing, "{decision:?}");
        }
    }
}
