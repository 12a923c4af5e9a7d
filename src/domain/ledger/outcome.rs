//! What a decision comes to, as it is counted for whoever watches the server: four words and no person.

use strum::{IntoStaticStr, VariantArray};

use super::record::DecisionKind;
use crate::domain::{
    consent::decision::{Answer, Answers},
    cookies::purpose::Optional,
};

/// What a decision comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum DecisionOutcome {
    /// Everything optional is granted.
    Accepted,
    /// Nothing optional is granted, and nothing was.
    Rejected,
    /// Some purposes are granted and some are not.
    Mixed,
    /// Something that was granted is granted no more.
    Withdrawn,
}

impl DecisionOutcome {
    /// What these choices come to, which are of that kind.
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
