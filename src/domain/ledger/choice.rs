//! What a recorded decision counts as in the published figures.

use strum::{EnumString, IntoStaticStr, VariantArray};
use time::Date;

use super::record::NewRecord;
use crate::domain::{
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
        match record.decision.answers.get(&purpose) {
            Some(given) if given.answer.is_yes() => Self::Allowed,
            _ if record.granted_before.contains(&purpose) => Self::Withdrawn,
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
            outcomes: record.asked.iter().map(|purpose| (*purpose, PurposeOutcome::of(record, *purpose))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        Timestamp,
        consent::decision::{Answer, Decision, tests::act},
        cookies::purpose::Purposes,
    };

    #[test]
    fn a_decision_has_an_outcome_for_each_purpose() {
        use Answer::{No, Yes};
        use PurposeOutcome::{Allowed, Rejected, Unanswered, Withdrawn};
        let asked = [Optional::PREFERENCES, Optional::ANALYTICS];
        let (everything, nothing) = (Purposes::from(asked), Purposes::new());
        for (granted_before, given, expected) in [
            (&nothing, [Some(Yes), Some(No)], [Allowed, Rejected]),
            (&nothing, [None, Some(No)], [Unanswered, Rejected]),
            (&nothing, [Some(No), Some(Yes)], [Rejected, Allowed]),
            (&everything, [Some(No), Some(Yes)], [Withdrawn, Allowed]),
            (&everything, [Some(No), None], [Withdrawn, Withdrawn]),
        ] {
            let answers =
                asked.into_iter().zip(given).filter_map(|(purpose, answer)| Some((purpose, answer?))).collect();
            let record = NewRecord {
                controller: "Harmony".into(),
                subject: Uuid::nil(),
                decision: Decision::answering(None, &answers, &act(0, None)),
                expires_at: Timestamp(0),
                signal: None,
                asked: asked.into(),
                granted_before: granted_before.clone(),
                replaces: None,
                origin: None,
                locale: "en".to_owned(),
                shown: None,
            };
            let outcomes = asked.into_iter().zip(expected).collect();
            assert_eq!(CountedChoice::from(&record).outcomes, outcomes, "{granted_before:?} {given:?}");
        }
    }
}
