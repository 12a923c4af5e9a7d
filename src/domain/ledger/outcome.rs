//! The outcome of a decision, as a metric label: four values that identify no visitor.

use strum::{IntoStaticStr, VariantArray};

use super::record::DecisionKind;
use crate::domain::{
    consent::decision::{Answer, Answers},
    cookies::purpose::Optional,
};

/// The outcome of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum DecisionOutcome {
    /// Every optional purpose is granted.
    Accepted,
    /// No optional purpose is granted, and none was before.
    Rejected,
    /// Some purposes are granted and some are not.
    Mixed,
    /// A purpose that was granted no longer is.
    Withdrawn,
}

impl DecisionOutcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Rejected, Self::Mixed, Self::Withdrawn];

    /// Derives the outcome from a decision's kind and answers.
    pub fn of(kind: DecisionKind, choices: Answers) -> Self {
        match kind {
            DecisionKind::Withdrawal => Self::Withdrawn,
            DecisionKind::Refusal => Self::Rejected,
            DecisionKind::Decision if Optional::ALL.into_iter().all(|purpose| choices.get(purpose) == Answer::Yes) => {
                Self::Accepted
            }
            DecisionKind::Decision => Self::Mixed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_comes_to_one_of_four() {
        use Answer::{No, Yes};
        let choices = |preferences, analytics| Answers { preferences, analytics };
        let (all, none) = (choices(Yes, Yes), choices(No, No));
        let (some, others) = (choices(Yes, No), choices(No, Yes));
        for (before, after, outcome) in [
            (None, all, DecisionOutcome::Accepted),
            (None, none, DecisionOutcome::Rejected),
            (None, some, DecisionOutcome::Mixed),
            (None, others, DecisionOutcome::Mixed),
            (Some(none), none, DecisionOutcome::Rejected),
            (Some(none), all, DecisionOutcome::Accepted),
            (Some(some), all, DecisionOutcome::Accepted),
            (Some(some), some, DecisionOutcome::Mixed),
            (Some(all), none, DecisionOutcome::Withdrawn),
            (Some(all), some, DecisionOutcome::Withdrawn),
            (Some(some), others, DecisionOutcome::Withdrawn),
        ] {
            assert_eq!(DecisionOutcome::of(DecisionKind::of(before, after), after), outcome, "{before:?} {after:?}");
        }
    }
}
