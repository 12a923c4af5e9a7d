//! Which decision holds now, until when, and the grant that only such a one can give.

use std::{marker::PhantomData, time::Duration};

use super::{Answer, Decision};
use crate::model::{Timestamp, purpose::Optional, signal::Signal, version::Version};

impl Decision {
    /// The decision as one in force at `now`, if it is: it was made on a known edition and its lifetime is not over.
    ///
    /// The lifetime runs from the oldest answer that was given, so that no permission outlasts its own: an answer to one
    /// question does not prolong the answer to another. Then every question is asked again.
    ///
    /// A time that lies ahead (the server's clock was set back) does not undo a decision.
    pub fn in_force(self, now: Timestamp, lifetime: Duration, is_known: impl Fn(Version) -> bool) -> Option<InForce> {
        let given = Optional::ALL.into_iter().filter_map(|purpose| self.chosen_at.get(purpose));
        let ends_at = given.min().unwrap_or(self.made_at).plus_seconds(lifetime.as_secs());
        (now < ends_at && is_known(self.version)).then_some(InForce { decision: self, ends_at })
    }
}

/// A decision that holds now.
///
/// There is no other way to one than [`Decision::in_force`].
///
/// ```
/// use std::time::Duration;
/// use harmony::model::{Timestamp, decision::{Answer, Choices, Decision, Way}, version::Version};
///
/// let version = Version { major: 1, minor: 1 };
/// let decision = Decision::new(Choices::all(Answer::Yes), version, Timestamp(0), Way::Banner, None);
/// let in_force = decision.in_force(Timestamp(59), Duration::from_secs(60), |_| true);
/// assert!(in_force.is_some());
/// ```
///
/// Its fields are closed, so it cannot be put together by hand:
///
/// ```compile_fail
/// use harmony::model::{Timestamp, decision::{Answer, Choices, Decision, InForce, Way}, version::Version};
///
/// let version = Version { major: 1, minor: 1 };
/// let decision = Decision::new(Choices::all(Answer::Yes), version, Timestamp(0), Way::Banner, None);
/// let in_force = InForce { decision, ends_at: Timestamp(60) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    decision: Decision,
    ends_at: Timestamp,
}

impl InForce {
    /// What was decided.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// When it stops being in force.
    pub const fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// What is left of it in a request with this signal, if any answer is. It ends when it would have ended without.
    #[must_use]
    pub fn under(self, signal: Option<Signal>) -> Option<Self> {
        let decision = self.decision.under(signal);
        let is_answered = Optional::ALL.into_iter().any(|purpose| decision.chosen_at.get(purpose).is_some());
        (is_answered || decision == self.decision).then_some(Self { decision, ..self })
    }

    /// The permission to set cookies of one optional purpose, if it was granted.
    pub fn grant(&self, purpose: Optional) -> Option<Grant<'_>> {
        (self.decision.choices.get(purpose) == Answer::Yes).then_some(Grant { purpose, decision: PhantomData })
    }
}

/// The permission to set cookies of one optional purpose. Setting an optional cookie takes one.
///
/// Only a decision in force yields it, and only for a purpose it grants:
///
/// ```
/// use harmony::model::{decision::{Grant, InForce}, purpose::Optional};
///
/// fn granted(in_force: &InForce) -> Option<Grant<'_>> {
///     in_force.grant(Optional::Analytics)
/// }
/// ```
///
/// It cannot be made up:
///
/// ```compile_fail
/// use harmony::model::{decision::{Grant, InForce}, purpose::Optional};
///
/// fn granted(in_force: &InForce) -> Option<Grant<'_>> {
///     Some(Grant { purpose: Optional::Analytics, decision: std::marker::PhantomData })
/// }
/// ```
///
/// It cannot outlive the decision that gave it:
///
/// ```compile_fail
/// use harmony::model::{decision::{Grant, InForce}, purpose::Optional};
///
/// fn granted(in_force: InForce) -> Option<Grant<'static>> {
///     in_force.grant(Optional::Analytics)
/// }
/// ```
///
/// It is not copied, so it cannot be kept for another visitor:
///
/// ```compile_fail
/// use harmony::model::decision::Grant;
///
/// fn twice(grant: Grant<'_>) -> (Grant<'_>, Grant<'_>) {
///     (grant, grant)
/// }
/// ```
#[derive(Debug)]
pub struct Grant<'a> {
    purpose: Optional,
    decision: PhantomData<&'a InForce>,
}

impl Grant<'_> {
    /// The purpose that is granted.
    pub const fn purpose(&self) -> Optional {
        self.purpose
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decision::{Choices, Way};

    const LIFETIME: Duration = Duration::from_secs(100);
    const VERSION: Version = Version { major: 1, minor: 1 };

    fn decision(choices: Choices) -> Decision {
        Decision::new(choices, VERSION, Timestamp(1_000), Way::Banner, None)
    }

    #[test]
    fn a_decision_is_in_force_until_its_lifetime_is_over() {
        for (now, known, expected) in [
            (1_000, true, true),
            (1_099, true, true),
            (1_100, true, false),
            (i64::MAX, true, false),
            (0, true, true),
            (1_000, false, false),
        ] {
            let in_force = decision(Choices::all(Answer::Yes)).in_force(Timestamp(now), LIFETIME, |_| known);
            assert_eq!(in_force.is_some(), expected, "at {now}, edition known: {known}");
        }
    }

    #[test]
    fn a_decision_ends_with_the_oldest_answer_that_was_given() {
        let ends_at = |decision: Decision| {
            decision.in_force(Timestamp(1_050), LIFETIME, |_| true).map(|in_force| in_force.ends_at().0)
        };
        let answering = |before: Option<&Decision>, purpose, answer, made_at| {
            Decision::answering(before, purpose, answer, VERSION, Timestamp(made_at), Way::Preferences, None)
        };
        let first = decision(Choices::all(Answer::Yes));
        assert_eq!(ends_at(first), Some(1_100));
        for purpose in Optional::ALL {
            for answer in [Answer::Yes, Answer::No] {
                let one_later = answering(Some(&first), purpose, answer, 1_050);
                assert_eq!(ends_at(one_later), Some(1_100), "the other answer is as old as before");
                let alone = answering(None, purpose, answer, 1_050);
                assert_eq!(ends_at(alone), Some(1_150), "silence has no age");
                let alone_anew = answering(Some(&alone), purpose, answer, 1_090);
                assert_eq!(ends_at(alone_anew), Some(1_190));
                let both_anew = Optional::ALL
                    .into_iter()
                    .fold(first, |before, purpose| answering(Some(&before), purpose, answer, 1_050));
                assert_eq!(ends_at(both_anew), Some(1_150));
            }
        }
    }

    #[test]
    fn a_grant_is_given_for_a_granted_purpose_only() {
        for purpose in Optional::ALL {
            let only = Choices::all(Answer::No).with(purpose, Answer::Yes);
            let in_force = decision(only).in_force(Timestamp(1_000), LIFETIME, |_| true);
            for other in Optional::ALL {
                let granted = in_force.as_ref().and_then(|in_force| in_force.grant(other)).map(|grant| grant.purpose());
                assert_eq!(granted, (other == purpose).then_some(purpose));
            }
        }
    }
}
