//! What a recorded decision counts as in the published figures.

use strum::{EnumString, IntoStaticStr, VariantArray};
use time::Date;

use super::record::NewRecord;
use crate::domain::{
    consent::decision::Answer,
    cookies::purpose::{Optional, PerPurpose},
    policy::version::Version,
    web::origin::Origin,
};

/// What a decision says about one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum PurposeOutcome {
    Allowed,
    /// Not allowed, and it was not before.
    Rejected,
    /// Not allowed any more.
    Withdrawn,
    /// The visitor did not answer, which allows nothing.
    Unanswered,
}

impl PurposeOutcome {
    /// Every outcome.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    fn of(record: &NewRecord, purpose: Optional) -> Self {
        let is_granted = |answer| answer == Answer::Yes;
        let was_granted = record.before.is_some_and(|before| is_granted(before.get(purpose)));
        match record.decision.answered_at.get(purpose) {
            _ if is_granted(record.decision.answers.get(purpose)) => Self::Allowed,
            _ if was_granted => Self::Withdrawn,
            Some(_) => Self::Rejected,
            None => Self::Unanswered,
        }
    }
}

/// What is counted of a decision. The sums of all counts equal the number of records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountedChoice {
    /// The day of the decision, in UTC.
    pub day: Date,
    /// The edition of the policy.
    pub version: Version,
    /// The partner service on whose page the visitor decided.
    pub service: Option<Origin>,
    pub outcomes: PerPurpose<PurposeOutcome>,
}

impl From<&NewRecord> for CountedChoice {
    fn from(record: &NewRecord) -> Self {
        Self {
            day: record.decision.decided_at.day(),
            version: record.decision.version,
            service: record.origin.clone(),
            outcomes: PerPurpose::from_fn(|purpose| PurposeOutcome::of(record, purpose)),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        Timestamp,
        consent::decision::{Answers, Decision, tests::act},
    };

    #[test]
    fn a_decision_has_an_outcome_for_each_purpose() {
        use Answer::{No, Yes};
        use PurposeOutcome::{Allowed, Rejected, Unanswered, Withdrawn};
        fn answers<T>(preferences: T, analytics: T) -> PerPurpose<T> {
            PerPurpose { preferences, analytics }
        }
        let (yes, no) = (Some(Answers::all(Yes)), Some(Answers::all(No)));
        for (before, given, expected) in [
            (None, answers(Some(Yes), Some(No)), answers(Allowed, Rejected)),
            (None, answers(None, Some(No)), answers(Unanswered, Rejected)),
            (no, answers(Some(No), Some(Yes)), answers(Rejected, Allowed)),
            (yes, answers(Some(No), Some(Yes)), answers(Withdrawn, Allowed)),
            (yes, answers(Some(No), None), answers(Withdrawn, Withdrawn)),
        ] {
            let record = NewRecord {
                controller: "Harmony".into(),
                subject: Uuid::nil(),
                decision: Decision::answering(None, given, act(0, None)),
                expires_at: Timestamp(0),
                signal: None,
                before,
                replaces: None,
                origin: None,
                locale: "en",
                shown: None,
            };
            assert_eq!(CountedChoice::from(&record).outcomes, expected, "{before:?} {given:?}");
        }
    }
}
