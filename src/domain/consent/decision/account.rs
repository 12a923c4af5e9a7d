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
use crate::domain::cookies::purpose::{Optional, Purposes};

/// Merges the browser's own decision with the account's.
pub fn merge_for_user(own: Option<Decision>, account: Option<Decision>) -> Option<Decision> {
    let aside = overruled(own.as_ref(), account.as_ref());
    let own = own.map(|own| own.only(|purpose| !aside.contains(&purpose)));
    // Without an answer left, time and source would be another person's.
    merge(own.filter(|own| !own.answers.is_empty()), account)
}

/// The purposes that the browser's own decision grants and the account refuses.
pub fn overruled(own: Option<&Decision>, account: Option<&Decision>) -> Purposes {
    let allowed = own.map(Decision::allowed).unwrap_or_default();
    let answer =
        |purpose: &Optional| account.and_then(|account| account.answers.get(purpose)).map(|given| given.answer);
    allowed.into_iter().filter(|purpose| answer(purpose) == Some(Answer::No)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::consent::decision::tests::{TWO, act, all, any_decision, one};

    /// An answer about analytics at a time, or silence.
    type Given = Option<(Answer, i64)>;

    /// A decision with that answer about analytics beside a no to preferences.
    fn decision(given: Given) -> Decision {
        let no = Decision::answering(None, &one(Optional::PREFERENCES, Answer::No), &act(1, None));
        match given {
            Some((answer, at)) => Decision::answering(Some(&no), &one(Optional::ANALYTICS, answer), &act(at, None)),
            None => no,
        }
    }

    fn analytics(decision: Option<Decision>) -> Given {
        let decision = decision?;
        let given = decision.answers.get(&Optional::ANALYTICS)?;
        Some((given.answer, given.answered_at.0))
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
            let said = overruled(Some(&decision(own)), Some(&decision(account))).contains(&Optional::ANALYTICS);
            assert_eq!(said, matches!((own, account), (Some((Answer::Yes, _)), Some((Answer::No, _)))));
        }
        // If only one decision exists, nothing is overruled.
        let alone = || Some(decision(Some((yes, 9))));
        assert_eq!((merge_for_user(alone(), None), merge_for_user(None, alone())), (alone(), alone()));
        assert_eq!(merge_for_user(None, None), None);
    }

    #[test]
    fn what_is_set_aside_leaves_no_time_behind() {
        let account = Some(all(Answer::No, 2, None));
        assert_eq!(merge_for_user(Some(all(Answer::Yes, 9, None)), account.clone()), account);
    }

    fn any_or_none() -> impl Strategy<Value = Option<Decision>> {
        prop::option::weighted(0.9, any_decision())
    }

    fn answers(decision: Option<Decision>) -> Option<impl PartialEq + std::fmt::Debug> {
        decision.map(|decision| decision.answers)
    }

    proptest! {
        #[test]
        fn nothing_is_granted_that_the_account_refused(own in any_or_none(), account in any_or_none()) {
            let merged = merge_for_user(own.clone(), account.clone());
            for purpose in TWO {
                let given = |decision: &Option<Decision>| decision.as_ref()?.answers.get(&purpose).copied();
                let answer = |decision: &Option<Decision>| given(decision).map(|given| given.answer);
                let at = |decision: &Option<Decision>| given(decision).map(|given| given.answered_at);
                if answer(&account) == Some(Answer::No) {
                    prop_assert_eq!(answer(&merged), Some(Answer::No));
                }
                // No refusal is lost either: a newer no of the browser counts.
                if answer(&own) == Some(Answer::No) && at(&own) > at(&account) {
                    prop_assert_eq!(answer(&merged), Some(Answer::No));
                }
            }
        }

        #[test]
        fn where_the_account_refused_nothing_it_is_the_merge(own in any_or_none(), account in any_or_none()) {
            if overruled(own.as_ref(), account.as_ref()).is_empty() {
                let with_answers = own.clone().filter(|own| !own.answers.is_empty());
                prop_assert_eq!(merge_for_user(own, account.clone()), merge(with_answers, account));
            }
        }

        #[test]
        fn it_may_be_done_as_often_as_there_are_requests(own in any_or_none(), account in any_or_none()) {
            let merged = merge_for_user(own.clone(), account);
            prop_assert_eq!(answers(merge_for_user(own, merged.clone())), answers(merged));
        }
    }
}
