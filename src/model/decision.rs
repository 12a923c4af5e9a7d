//! What a visitor decided, for how long that holds, and the grant that only a decision in force can give.

use std::{marker::PhantomData, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Timestamp, purpose::Optional, version::Version};

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Granted.
    Yes,
    /// Refused.
    No,
}

/// An answer for each optional purpose; none can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choices {
    /// May settings be remembered?
    pub preferences: Answer,
    /// May visits be counted?
    pub analytics: Answer,
}

impl Choices {
    /// The same answer to every question.
    pub const fn all(answer: Answer) -> Self {
        Self { preferences: answer, analytics: answer }
    }

    /// The answer for one purpose.
    pub const fn get(self, purpose: Optional) -> Answer {
        match purpose {
            Optional::Preferences => self.preferences,
            Optional::Analytics => self.analytics,
        }
    }

    /// The same choices with another answer for one purpose.
    #[must_use]
    pub const fn with(mut self, purpose: Optional, answer: Answer) -> Self {
        match purpose {
            Optional::Preferences => self.preferences = answer,
            Optional::Analytics => self.analytics = answer,
        }
        self
    }

    /// The purposes that are refused.
    pub fn refused(self) -> impl Iterator<Item = Optional> {
        Optional::ALL.into_iter().filter(move |purpose| self.get(*purpose) == Answer::No)
    }
}

/// The way in which a decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// With a button of the banner.
    Banner,
    /// On the preferences page.
    Preferences,
}

impl Way {
    const ALL: [Self; 2] = [Self::Banner, Self::Preferences];

    const fn name(self) -> &'static str {
        match self {
            Self::Banner => "banner",
            Self::Preferences => "preferences",
        }
    }
}

/// Choices, with the policy version, the time and the way they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was chosen.
    pub choices: Choices,
    /// The edition that was in force and shown.
    pub version: Version,
    /// When.
    pub made_at: Timestamp,
    /// How.
    pub way: Way,
}

/// The format of [`Decision::encode`]; a cookie of another format means "no choice".
const FORMAT: &str = "1";

impl Decision {
    /// The decision as a cookie's value: plain ASCII that a browser sends back as it came.
    pub fn encode(&self) -> String {
        let answer = |purpose| if self.choices.get(purpose) == Answer::Yes { 'y' } else { 'n' };
        let answers: String = Optional::ALL.into_iter().map(answer).collect();
        format!("{FORMAT}~{}~{}~{}~{answers}", self.version, self.made_at.0, self.way.name())
    }

    /// The decision that a value encodes, if it is one, to the letter.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = value.split('~');
        let (format, version, made_at, way, answers) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let answer = |letter| match letter {
            b'y' => Some(Answer::Yes),
            b'n' => Some(Answer::No),
            _ => None,
        };
        let [preferences, analytics] = answers.as_bytes() else { return None };
        let decision = Self {
            choices: Choices { preferences: answer(*preferences)?, analytics: answer(*analytics)? },
            version: version.parse().ok()?,
            made_at: Timestamp(made_at.parse().ok()?),
            way: Way::ALL.into_iter().find(|candidate| candidate.name() == way)?,
        };
        // One decision has one encoding: no trailing part, no `+1`, no leading zero.
        (format == FORMAT && decision.encode() == value).then_some(decision)
    }

    /// The decision as one in force at `now`, if it is: it was made on a known edition and its lifetime is not over.
    ///
    /// A time of making that lies ahead (the server's clock was set back) does not undo a decision.
    pub fn in_force(self, now: Timestamp, lifetime: Duration, is_known: impl Fn(Version) -> bool) -> Option<InForce> {
        let ends_at = self.made_at.plus_seconds(lifetime.as_secs());
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
/// let decision = Decision {
///     choices: Choices::all(Answer::Yes),
///     version: Version { major: 1, minor: 1 },
///     made_at: Timestamp(0),
///     way: Way::Banner,
/// };
/// let in_force = decision.in_force(Timestamp(59), Duration::from_secs(60), |_| true);
/// assert!(in_force.is_some());
/// ```
///
/// Its fields are closed, so it cannot be put together by hand:
///
/// ```compile_fail
/// use harmony::model::{Timestamp, decision::{Answer, Choices, Decision, InForce, Way}, version::Version};
///
/// let decision = Decision {
///     choices: Choices::all(Answer::Yes),
///     version: Version { major: 1, minor: 1 },
///     made_at: Timestamp(0),
///     way: Way::Banner,
/// };
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
    use proptest::prelude::*;

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(100);

    fn decision(choices: Choices) -> Decision {
        Decision { choices, version: Version { major: 1, minor: 1 }, made_at: Timestamp(1_000), way: Way::Banner }
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

    #[test]
    fn only_the_one_encoding_is_a_decision() {
        let good = decision(Choices { preferences: Answer::Yes, analytics: Answer::No }).encode();
        assert_eq!(good, "1~1.1~1000~banner~yn");
        for bad in [
            "",
            "1",
            "1~1.1~1000~banner",
            "2~1.1~1000~banner~yn",
            "1~1.1~1000~banner~yn~",
            "1~1.1~+1000~banner~yn",
            "1~1.1~01000~banner~yn",
            "1~1.1~1000~Banner~yn",
            "1~1.1~1000~banner~y",
            "1~1.1~1000~banner~ynn",
            "1~1.1~1000~banner~yx",
            "1~1.01~1000~banner~yn",
            "1~1.1~99999999999999999999~banner~yn",
        ] {
            assert_eq!(Decision::decode(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_decision_survives_its_encoding(p: bool, a: bool, major: u16, minor: u16, made_at: i64, banner: bool) {
            let answer = |yes| if yes { Answer::Yes } else { Answer::No };
            let decision = Decision {
                choices: Choices { preferences: answer(p), analytics: answer(a) },
                version: Version { major, minor },
                made_at: Timestamp(made_at),
                way: if banner { Way::Banner } else { Way::Preferences },
            };
            prop_assert_eq!(Decision::decode(&decision.encode()), Some(decision));
        }

        #[test]
        fn no_text_makes_decoding_panic(text in ".*") {
            if let Some(decision) = Decision::decode(&text) {
                prop_assert_eq!(decision.encode(), text);
            }
        }
    }
}
