//! The cookies that viewing a page sets: the only place where reading sets a cookie.

use crate::domain::{
    consent::decision::EffectiveConsent,
    cookies::declaration::{EssentialCookie, FirstPartyCookie, OptionalCookie},
    web::flash::Flash,
};

/// The value of the visit cookie. It is the same for everybody: it proves that the browser stores
/// cookies, and identifies none.
pub const VISIT: &str = "1";

/// The cookies that a page view sets in a browser that sent `carries`.
///
/// The visit cookie comes with the first page, the analytics cookie with the first counted page. No
/// page is counted without a grant, nor right after a deletion, which would bring the cookie
/// straight back.
pub fn cookies_set_on_view(carries: impl Fn(FirstPartyCookie) -> bool, counted: bool) -> Vec<FirstPartyCookie> {
    let visit = Some(FirstPartyCookie::from(EssentialCookie::Visit)).filter(|visit| !carries(*visit));
    let analytics = Some(FirstPartyCookie::from(OptionalCookie::Analytics)).filter(|mark| counted && !carries(*mark));
    visit.into_iter().chain(analytics).collect()
}

/// Whether analytics counts the page view.
pub fn is_countable(effective: Option<&EffectiveConsent>, notice: Option<Flash>) -> bool {
    let granted = effective.is_some_and(|effective| effective.grant(OptionalCookie::Analytics.purpose()).is_some());
    granted && !matches!(notice, Some(Flash::Deleted | Flash::AllDeleted | Flash::Withdrawn | Flash::AccountDeleted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        consent::decision::{
            Answer, Answers, Decision,
            tests::{act, validity},
        },
        cookies::purpose::Optional,
    };

    fn effective(analytics: Answer) -> Option<EffectiveConsent> {
        let answers = Answers::from([(Optional::PREFERENCES, Answer::No), (Optional::ANALYTICS, analytics)]);
        Decision::answering(None, &answers, &act(0, None)).effective(&validity(0))
    }

    #[test]
    fn a_view_counts_only_with_a_grant_and_not_right_after_a_deletion() {
        for (decision, notice, expected) in [
            (None, None, false),
            (effective(Answer::No), None, false),
            (effective(Answer::Yes), None, true),
            (effective(Answer::Yes), Some(Flash::Accepted), true),
            (effective(Answer::Yes), Some(Flash::Deleted), false),
            (effective(Answer::Yes), Some(Flash::AllDeleted), false),
            (effective(Answer::Yes), Some(Flash::Withdrawn), false),
        ] {
            assert_eq!(is_countable(decision.as_ref(), notice), expected, "{decision:?} {notice:?}");
        }
    }

    #[test]
    fn viewing_sets_what_is_missing_and_nothing_else() {
        let (visit, mark) = (FirstPartyCookie::Visit, FirstPartyCookie::Analytics);
        for (carried, counted, expected) in [
            (vec![], false, vec![visit]),
            (vec![visit], false, vec![]),
            (vec![], true, vec![visit, mark]),
            (vec![visit], true, vec![mark]),
            (vec![visit, mark], true, vec![]),
            (vec![mark], false, vec![visit]),
        ] {
            assert_eq!(cookies_set_on_view(|own| carried.contains(&own), counted), expected, "{carried:?} {counted}");
        }
    }
}
