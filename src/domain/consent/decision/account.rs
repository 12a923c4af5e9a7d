//! The decision of a signed-in user in one browser: the account's merged with the browser's own.
//!
//! [`merge`] has the rule for two decisions of one person. But several people may share a browser,
//! so one rule comes first: **only the user can undo a refusal of the account.** A yes in the
//! browser's own cookie may be another person's, from before the sign-in. Where the account says
//! no, it does not count while the user is signed in, and counts again after the sign-out.
//!
//! The browser's yes still counts where the account has no answer, and its newer no counts before
//! the account's yes. Answers of a signed-in user belong to the account.

use super::{Answer, Decision, merge};
use crate::domain::cookies::purpose::{Optional, PerPurpose};

/// Merges the browser's own decision with the account's.
pub fn merge_for_user(own: Option<Decision>, account: Option<Decision>) -> Option<Decision> {
    let aside = overruled(own.as_ref(), account.as_ref());
    let aside = Optional::ALL.into_iter().filter(|purpose| aside.get(*purpose));
    let own = own.map(|own| aside.fold(own, Decision::without));
    // Without an answer left, time and source would be another person's.
    let own = own.filter(|own| Optional::ALL.into_iter().any(|purpose| own.answered_at.get(purpose).is_some()));
    merge(own, account)
}

/// The purposes that the browser's own decision grants and the account refuses.
pub fn overruled(own: Option<&Decision>, account: Option<&Decision>) -> PerPurpose<bool> {
    let says = |decision: Option<&Decision>, purpose, answer| {
        decision.is_some_and(|all| all.answered_at.get(purpose).is_some() && all.answers.get(purpose) == answer)
    };
    PerPurpose::from_fn(|purpose| says(own, purpose, Answer::Yes) && says(account, purpose, Answer::No))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        Timestamp,
        consent::decision::tests::{act, any_decision, one},
    };

    /// An answer about analytics at a time, or silence.
    type Given = Option<(Answer, i64)>;

    /// A decision with that answer about analytics beside a no to preferences.
    fn decision(given: Given) -> Decision {
        let no = Decision::answering(None, one(Optional::Preferences, Answer::No), act(1, None));
        let both = |(answer, at)| Decision::answering(Some(&no), one(Optional::Analytics, answer), act(at, None));
        given.map_or(no, both)
    }

    fn analytics(decision: Option<Decision>) -> Given {
        let decision = decision?;
        let at = decision.answered_at.get(Optional::Analytics)?;
        Some((decision.answers.get(Optional::Analytics), at.0))
    }

    #[test]
    fn a_no_of_the_account_is_undone_by_no_yes_of_the_browser() {
        let (yes, no) = (Answer::Yes, Answer::No);
        for (own, account, stands) in [
            (None, None, None),
            // Silence is filled from either side.
            (Some((yes, 9)), None, Some((yes, 9))),
            (Some((no, 9)), None, Some((no, 9))),
            (None, Some((yes, 9)), Some((yes, 9))),
            (None, Some((no, 9)), Some((no, 9))),
            // A yes beside a no of the account, older, newer and of the same second.
            (Some((yes, 2)), Some((no, 9)), Some((no, 9))),
            (Some((yes, 9)), Some((no, 2)), Some((no, 2))),
            (Some((yes, 9)), Some((no, 9)), Some((no, 9))),
            // The newer counts everywhere else.
            (Some((no, 9)), Some((yes, 2)), Some((no, 9))),
            (Some((no, 2)), Some((yes, 9)), Some((yes, 9))),
            (Some((no, 9)), Some((yes, 9)), Some((no, 9))),
            (Some((yes, 9)), Some((yes, 2)), Some((yes, 9))),
            (Some((no, 9)), Some((no, 2)), Some((no, 9))),
        ] {
            let merged = merge_for_user(Some(decision(own)), Some(decision(account)));
            assert_eq!(analytics(merged), stands, "{own:?} {account:?}");
            let said = overruled(Some(&decision(own)), Some(&decision(account))).get(Optional::Analytics);
            assert_eq!(said, matches!((own, account), (Some((Answer::Yes, _)), Some((Answer::No, _)))));
        }
        // If only one decision exists, nothing is overruled.
        let alone = Some(decision(Some((yes, 9))));
        assert_eq!((merge_for_user(alone, None), merge_for_user(None, alone)), (alone, alone));
        assert_eq!(merge_for_user(None, None), None);
    }

    #[test]
    fn what_is_set_aside_leaves_no_time_behind() {
        let account = Some(Decision::new(crate::domain::consent::decision::Answers::all(Answer::No), act(2, None)));
        let own = Some(Decision::new(crate::domain::consent::decision::Answers::all(Answer::Yes), act(9, None)));
        assert_eq!(merge_for_user(own, account), account);
    }

    fn any_or_none() -> impl Strategy<Value = Option<Decision>> {
        prop::option::weighted(0.9, any_decision())
    }

    fn answers(decision: Option<Decision>) -> Option<impl PartialEq + std::fmt::Debug> {
        decision.map(|all| (all.answers, all.answered_at, all.signal_at_answer, all.prompt_fingerprint))
    }

    proptest! {
        #[test]
        fn nothing_is_granted_that_the_account_refused(own in any_or_none(), account in any_or_none()) {
            let merged = merge_for_user(own, account);
            for purpose in Optional::ALL {
                let at = |decision: Option<Decision>| decision.and_then(|all| all.answered_at.get(purpose));
                let answer = |decision: Option<Decision>| at(decision).and(decision).map(|all| all.answers.get(purpose));
                if answer(account) == Some(Answer::No) {
                    prop_assert_eq!(answer(merged), Some(Answer::No));
                }
                // No refusal is lost either: a newer no of the browser counts.
                let newer: Option<Timestamp> = at(own).filter(|at_own| Some(*at_own) > at(account));
                if answer(own) == Some(Answer::No) && newer.is_some() {
                    prop_assert_eq!(answer(merged), Some(Answer::No));
                }
            }
        }

        #[test]
        fn where_the_account_refused_nothing_it_is_the_merge(own in any_or_none(), account in any_or_none()) {
            let aside = overruled(own.as_ref(), account.as_ref());
            if Optional::ALL.into_iter().all(|purpose| !aside.get(purpose)) {
                let has_answers = |all: &Decision| all.answered_at != PerPurpose::all(None);
                prop_assert_eq!(merge_for_user(own, account), merge(own.filter(has_answers), account));
            }
        }

        #[test]
        fn it_may_be_done_as_often_as_there_are_requests(own in any_or_none(), account in any_or_none()) {
            let merged = merge_for_user(own, account);
            prop_assert_eq!(answers(merge_for_user(own, merged)), answers(merged));
        }
    }
}
