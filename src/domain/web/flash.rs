//! Flash messages after a form: a closed list of names in the query, so that a crafted link cannot
//! make the page say anything else.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::page::Page;
use crate::domain::{
    consent::decision::EffectiveConsent,
    cookies::purpose::{Optional, Purposes},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Flash {
    /// The visitor granted every optional purpose with one button.
    Accepted,
    /// The visitor refused every optional purpose with one button.
    Rejected,
    /// The visitor answered a repeated question in the banner.
    Answered,
    /// A yes was not accepted: the question has changed since the page showed it.
    QuestionChanged,
    /// A yes was not accepted: the question was answered otherwise since the page showed it.
    AnsweredElsewhere,
    /// The visitor saved answers on the preferences page.
    Saved,
    /// The form on the preferences page had no answer.
    NothingChosen,
    Withdrawn,
    AppearanceSaved,
    /// The appearance was not saved, because the visitor refused preferences.
    AppearanceNotSaved,
    Deleted,
    AllDeleted,
    /// The account was created, and the user is signed in.
    SignedUp,
    SignedIn,
    SignedOut,
    /// The user ended one other session.
    SessionEnded,
    /// The user ended every other session.
    OthersEnded,
    /// The user named a browser or a passkey.
    NameSaved,
    PasswordChanged,
    PasswordRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    /// The identity provider did not answer, or not as it must.
    ProviderFailed,
    /// The user did not allow the sign-in at the identity provider.
    ProviderDeclined,
    /// The answer of an identity provider belongs to no sign-in that is pending in this browser.
    SignInExpired,
    /// Another account has the address of the identity.
    AddressTaken,
    /// Another account has the identity.
    IdentityTaken,
    /// The action needs a recent sign-in.
    SignInAgain,
    IdentityLinked,
    IdentityUnlinked,
    /// The identity is the last way to sign in to the account.
    LastWayIn,
    AccountDeleted,
    /// A message to the address of the sign-up is on its way.
    SignUpMailSent,
    /// A message is on its way if the address has an account.
    ResetMailSent,
    /// A message to the address of the account is on its way.
    ConfirmationSent,
    EmailConfirmed,
    /// The link of a message ended the sessions of a browser.
    BrowserSignedOut,
    /// A message to the address that shall be subscribed is on its way.
    SubscriptionMailSent,
    Subscribed,
    Unsubscribed,
}

impl Flash {
    /// Whether the message follows an answer in the banner.
    pub const fn follows_banner(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected | Self::Answered)
    }

    /// Whether nothing was done, and the visitor should read why.
    pub const fn is_warning(self) -> bool {
        matches!(
            self,
            Self::NothingChosen
                | Self::QuestionChanged
                | Self::AnsweredElsewhere
                | Self::AppearanceNotSaved
                | Self::ProviderFailed
                | Self::ProviderDeclined
                | Self::SignInExpired
                | Self::AddressTaken
                | Self::IdentityTaken
                | Self::SignInAgain
                | Self::LastWayIn
        )
    }

    /// Whether the message follows an answer to a question.
    pub const fn follows_answer(self) -> bool {
        matches!(
            self,
            Self::Accepted
                | Self::Rejected
                | Self::Answered
                | Self::QuestionChanged
                | Self::AnsweredElsewhere
                | Self::Saved
                | Self::Withdrawn
                | Self::AppearanceSaved
                | Self::AppearanceNotSaved
        )
    }

    /// Whether the user now waits for a message in their mailbox.
    pub const fn promises_mail(self) -> bool {
        matches!(self, Self::SignUpMailSent | Self::ResetMailSent | Self::ConfirmationSent | Self::SubscriptionMailSent)
    }

    /// Whether the page shows the message. Messages about actions that many pages offer appear on
    /// all pages.
    pub fn appears_on(self, page: Page) -> bool {
        match self {
            Self::Accepted
            | Self::Rejected
            | Self::Answered
            | Self::QuestionChanged
            | Self::AnsweredElsewhere
            | Self::Withdrawn
            | Self::SignedUp
            | Self::SignedIn => true,
            Self::SignedOut | Self::AccountDeleted => page == Page::Home,
            Self::SessionEnded | Self::OthersEnded => page == Page::Account,
            Self::NameSaved => matches!(page, Page::Account | Page::Security),
            Self::PasswordChanged
            | Self::PasswordRemoved
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::ConfirmationSent
            | Self::IdentityTaken
            | Self::SignInAgain
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::LastWayIn => page == Page::Security,
            Self::ProviderFailed | Self::ProviderDeclined | Self::SignInExpired => {
                matches!(page, Page::Security | Page::SignIn)
            }
            Self::EmailConfirmed => matches!(page, Page::Security | Page::SignIn),
            Self::AddressTaken | Self::SignUpMailSent | Self::ResetMailSent => page == Page::SignIn,
            Self::BrowserSignedOut => matches!(page, Page::ForgottenPassword | Page::Account | Page::SignIn),
            Self::SubscriptionMailSent | Self::Subscribed | Self::Unsubscribed => page == Page::Subscribe,
            Self::Saved
            | Self::NothingChosen
            | Self::AppearanceSaved
            | Self::AppearanceNotSaved
            | Self::Deleted
            | Self::AllDeleted => page == Page::Preferences,
        }
    }

    /// Whether the message is true for this consent and sign-in state, so that an old or forged URL
    /// shows nothing false. `declared` are the optional purposes of the site.
    pub fn is_true_of(self, effective: Option<&EffectiveConsent>, declared: &Purposes, is_signed_in: bool) -> bool {
        let granted = effective.map(EffectiveConsent::granted);
        let refuses = |granted: &Purposes| !declared.is_subset(granted);
        let allows_preferences = granted.as_ref().is_some_and(|granted| granted.contains(&Optional::PREFERENCES));
        match self {
            Self::Accepted => granted.is_some_and(|granted| !refuses(&granted)),
            Self::Rejected => granted.is_some_and(|granted| granted.is_empty()),
            Self::Answered | Self::Saved => granted.is_some(),
            Self::Withdrawn => granted.is_some_and(|granted| refuses(&granted)),
            Self::QuestionChanged | Self::AnsweredElsewhere => granted.is_none_or(|granted| refuses(&granted)),
            Self::AppearanceSaved => allows_preferences,
            Self::AppearanceNotSaved => !allows_preferences,
            Self::AllDeleted | Self::NothingChosen => granted.is_none(),
            // A link in a message works in every browser.
            Self::Deleted
            | Self::EmailConfirmed
            | Self::BrowserSignedOut
            | Self::SubscriptionMailSent
            | Self::Subscribed
            | Self::Unsubscribed
            | Self::ProviderFailed
            | Self::ProviderDeclined
            | Self::SignInExpired => true,
            Self::SignedUp
            | Self::SignedIn
            | Self::SessionEnded
            | Self::OthersEnded
            | Self::NameSaved
            | Self::PasswordChanged
            | Self::PasswordRemoved
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::IdentityTaken
            | Self::SignInAgain
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::LastWayIn
            | Self::ConfirmationSent => is_signed_in,
            Self::SignedOut
            | Self::AccountDeleted
            | Self::SignUpMailSent
            | Self::ResetMailSent
            | Self::AddressTaken => !is_signed_in,
        }
    }
}

/// What to tell a browser that stores none of our cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blocked {
    /// Answers are not stored.
    Choices,
    /// Signing in needs cookies.
    SignIn,
    /// Signing in needs cookies; the account was created.
    SignUp,
}

impl Blocked {
    /// The message of the account form that led here.
    pub const fn after(self) -> Option<Flash> {
        match self {
            Self::Choices => None,
            Self::SignIn => Some(Flash::SignedIn),
            Self::SignUp => Some(Flash::SignedUp),
        }
    }
}

/// Whether the browser seems to block our cookies, and what to tell it.
///
/// The browser comes from one of our pages, each of which sets a cookie, or from a decision, and
/// still carries none. The message about a new account needs one of our pages as the referrer,
/// since anybody can put that URL into a link.
pub const fn cookies_are_blocked(carries_own: bool, from_own_page: bool, notice: Option<Flash>) -> Option<Blocked> {
    if carries_own {
        return None;
    }
    match notice {
        Some(Flash::Deleted | Flash::AllDeleted | Flash::AccountDeleted) => None,
        Some(Flash::SignedIn) if from_own_page => Some(Blocked::SignIn),
        Some(Flash::SignedUp) if from_own_page => Some(Blocked::SignUp),
        None if !from_own_page => None,
        _ => Some(Blocked::Choices),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::consent::decision::{
        Answer, Answers, Decision,
        tests::{act, validity},
    };

    #[test]
    fn every_notice_is_found_by_its_own_name_and_nothing_else_is() {
        for &notice in Flash::VARIANTS {
            assert_eq!(notice.into_str().parse(), Ok(notice));
        }
        assert_eq!("<b>".parse::<Flash>().ok(), None);
    }

    #[test]
    fn a_notice_is_true_only_of_the_choices_that_it_leaves_behind() {
        let answers = |preferences, analytics| {
            Some(Answers::from([(Optional::PREFERENCES, preferences), (Optional::ANALYTICS, analytics)]))
        };
        let (yes, no) = (answers(Answer::Yes, Answer::Yes), answers(Answer::No, Answer::No));
        let mixed = answers(Answer::Yes, Answer::No);
        for (notice, true_of) in [
            (Flash::Accepted, [false, true, false, false]),
            (Flash::Rejected, [false, false, true, false]),
            (Flash::Answered, [false, true, true, true]),
            (Flash::QuestionChanged, [true, false, true, true]),
            (Flash::AnsweredElsewhere, [true, false, true, true]),
            (Flash::Saved, [false, true, true, true]),
            (Flash::Withdrawn, [false, false, true, true]),
            (Flash::AppearanceSaved, [false, true, false, true]),
            (Flash::AppearanceNotSaved, [true, false, true, false]),
            (Flash::Deleted, [true, true, true, true]),
            (Flash::AllDeleted, [true, false, false, false]),
            (Flash::NothingChosen, [true, false, false, false]),
        ] {
            let said = [&None, &yes, &no, &mixed].map(|answers| {
                let decision = answers.as_ref().map(|answers| Decision::answering(None, answers, &act(0, None)));
                let effective = decision.and_then(|decision| decision.effective(&validity(0)));
                notice.is_true_of(effective.as_ref(), &validity(0).purposes(), false)
            });
            assert_eq!(said, true_of, "{notice:?}");
        }
    }

    #[test]
    fn what_is_said_of_a_member_is_true_of_nobody_else() {
        for (notice, of_a_member, of_a_guest) in [
            (Flash::SignedUp, true, false),
            (Flash::SignedIn, true, false),
            (Flash::SessionEnded, true, false),
            (Flash::OthersEnded, true, false),
            (Flash::PasswordChanged, true, false),
            (Flash::PasswordRemoved, true, false),
            (Flash::PasskeyAdded, true, false),
            (Flash::PasskeyRemoved, true, false),
            (Flash::SignedOut, false, true),
            (Flash::AccountDeleted, false, true),
        ] {
            let said = [true, false].map(|is_signed_in| notice.is_true_of(None, &validity(0).purposes(), is_signed_in));
            assert_eq!(said, [of_a_member, of_a_guest], "{notice:?}");
        }
    }

    #[test]
    fn blocked_cookies_are_told_from_a_first_visit_and_from_a_deletion() {
        let choices = Some(Blocked::Choices);
        for (carries_own, from_own_page, notice, blocked) in [
            (false, false, None, None),
            (false, true, None, choices),
            (true, true, None, None),
            (false, true, Some(Flash::Saved), choices),
            (false, false, Some(Flash::Saved), choices),
            (true, true, Some(Flash::Saved), None),
            (false, true, Some(Flash::AllDeleted), None),
            (false, true, Some(Flash::Deleted), None),
            (false, true, Some(Flash::SignedIn), Some(Blocked::SignIn)),
            (false, true, Some(Flash::SignedUp), Some(Blocked::SignUp)),
            (false, false, Some(Flash::SignedIn), choices),
            (false, false, Some(Flash::SignedUp), choices),
            (true, true, Some(Flash::SignedIn), None),
            (true, true, Some(Flash::SignedUp), None),
        ] {
            let found = cookies_are_blocked(carries_own, from_own_page, notice);
            assert_eq!(found, blocked, "{carries_own} {from_own_page} {notice:?}");
        }
    }
}
