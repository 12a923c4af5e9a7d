//! The place of a record beside the decision in force.

use super::Record;
use crate::domain::{
    Timestamp,
    consent::decision::{Answer, Decision},
    cookies::purpose::Optional,
};

/// The place of a record beside the decision in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordStatus {
    /// It is the decision in force.
    InForce,
    /// These answers of it are in force; the others are those of another decision.
    InPart(Vec<Optional>),
    /// A later decision took its place.
    Replaced,
    /// Its time is over.
    Over,
    /// Nothing in force is of it.
    Aside,
}

impl Record {
    /// Its place beside the decision in force, if there is one.
    pub fn place(&self, in_force: Option<&Decision>, is_replaced: bool, now: Timestamp) -> RecordStatus {
        if is_replaced {
            return RecordStatus::Replaced;
        }
        let choices = &self.processing.purposes;
        let stands = |decision: &Decision| {
            let is_of_it = |purpose: Optional| {
                choices.iter().any(|choice| {
                    choice.purpose == purpose
                        && choice.granted == (decision.choices.get(purpose) == Answer::Yes)
                        && choice.answered_at == decision.answered_at.get(purpose)
                        && choice.signal_at_answer == decision.signal_at_answer.get(purpose)
                })
            };
            Optional::ALL.into_iter().filter(|purpose| is_of_it(*purpose)).collect::<Vec<_>>()
        };
        let standing = in_force.map(stands).unwrap_or_default();
        if standing == Optional::ALL {
            return RecordStatus::InForce;
        }
        let is_answered = |purpose: &Optional| {
            choices.iter().any(|choice| choice.purpose == *purpose && choice.answered_at.is_some())
        };
        let answered: Vec<_> = standing.into_iter().filter(is_answered).collect();
        if !answered.is_empty() {
            RecordStatus::InPart(answered)
        } else if self.event.expires_at <= now {
            RecordStatus::Over
        } else {
            RecordStatus::Aside
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
        ledger::record::{DecisionKind, NewRecord},
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
            subject: Uuid::nil(),
            decision,
            expires_at: decision.decided_at.plus_seconds(100),
            signal: None,
            kind: DecisionKind::of(None, decision.choices),
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
        for (decision, in_force, replaced, at, standing) in [
            (everything, Some(everything), false, now, RecordStatus::InForce),
            (silent, Some(silent), false, now, RecordStatus::InForce),
            (everything, Some(everything), true, now, RecordStatus::Replaced),
            (everything, together, false, now, RecordStatus::InPart(vec![Optional::Preferences])),
            (later, together, false, now, RecordStatus::InPart(vec![Optional::Analytics])),
            (silent, together, false, now, RecordStatus::Aside),
            (silent, Some(later), false, now, RecordStatus::Aside),
            (everything, None, false, now, RecordStatus::Aside),
            (everything, None, false, Timestamp(110), RecordStatus::Over),
        ] {
            assert_eq!(record(decision).place(in_force.as_ref(), replaced, at), standing, "{decision:?}");
        }
    }
}
