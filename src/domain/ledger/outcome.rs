//! The outcome of a decision, as a metric label: four values that identify no visitor.

use strum::{IntoStaticStr, VariantArray};

use super::record::DecisionKind;
use crate::domain::cookies::purpose::{Optional, Purposes};

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

    /// Derives the outcome from a decision's kind, the purposes that it grants, and those that the
    /// site declares.
    pub fn of(kind: DecisionKind, granted: &Purposes, declared: &[Optional]) -> Self {
        match kind {
            DecisionKind::Withdrawal => Self::Withdrawn,
            DecisionKind::Refusal => Self::Rejected,
            DecisionKind::Decision if declared.iter().all(|purpose| granted.contains(purpose)) => Self::Accepted,
            DecisionKind::Decision => Self::Mixed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_comes_to_one_of_four() {
        let declared = [Optional::PREFERENCES, Optional::ANALYTICS];
        let (all, none) = (Purposes::from(declared), Purposes::new());
        let [some, others] = declared.map(|purpose| Purposes::from([purpose]));
        for (before, after, outcome) in [
            (&none, &all, DecisionOutcome::Accepted),
            (&none, &none, DecisionOutcome::Rejected),
            (&none, &some, DecisionOutcome::Mixed),
            (&none, &others, DecisionOutcome::Mixed),
            (&some, &all, DecisionOutcome::Accepted),
            (&some, &some, DecisionOutcome::Mixed),
            (&all, &none, DecisionOutcome::Withdrawn),
            (&all, &some, DecisionOutcome::Withdrawn),
            (&some, &others, DecisionOutcome::Withdrawn),
        ] {
            let kind = DecisionKind::of(before, after);
            assert_eq!(DecisionOutcome::of(kind, after, &declared), outcome, "{before:?} {after:?}");
        }
    }
}
