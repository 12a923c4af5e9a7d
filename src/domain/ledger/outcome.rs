//! What a decision comes to, as it is counted for whoever watches the server: four words and no person.

use super::record::Kind;
use crate::domain::{
    consent::decision::{Answer, Choices},
    cookies::purpose::Optional,
};

/// What a decision comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Everything optional is granted.
    Accepted,
    /// Nothing optional is granted, and nothing was.
    Rejected,
    /// Some purposes are granted and some are not.
    Mixed,
    /// Something that was granted is granted no more.
    Withdrawn,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Rejected, Self::Mixed, Self::Withdrawn];

    /// What these choices come to, which are of that kind.
    pub fn of(kind: Kind, choices: Choices) -> Self {
        match kind {
            Kind::Withdrawal => Self::Withdrawn,
            Kind::Refusal => Self::Rejected,
            Kind::Decision if Optional::ALL.into_iter().all(|purpose| choices.get(purpose) == Answer::Yes) => {
                Self::Accepted
            }
            Kind::Decision => Self::Mixed,
        }
    }

    /// Its name where it is counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Mixed => "mixed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_comes_to_one_of_four() {
        use Answer::{No, Yes};
        let choices = |preferences, analytics| Choices { preferences, analytics };
        let (all, none) = (choices(Yes, Yes), choices(No, No));
        let (some, others) = (choices(Yes, No), choices(No, Yes));
        for (before, after, outcome) in [
            (None, all, Outcome::Accepted),
            (None, none, Outcome::Rejected),
            (None, some, Outcome::Mixed),
            (None, others, Outcome::Mixed),
            (Some(none), none, Outcome::Rejected),
            (Some(none), all, Outcome::Accepted),
            (Some(some), all, Outcome::Accepted),
            (Some(some), some, Outcome::Mixed),
            (Some(all), none, Outcome::Withdrawn),
            (Some(all), some, Outcome::Withdrawn),
            (Some(some), others, Outcome::Withdrawn),
        ] {
            assert_eq!(Outcome::of(Kind::of(before, after), after), outcome, "{before:?} {after:?}");
        }
    }
}
