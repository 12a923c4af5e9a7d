//! The messages to users and subscribers, and how long the server tries to send one.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::web::page::Page;

/// What a message says.
///
/// The database stores these names, so renaming a variant needs a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum MailKind {
    /// Asks the owner of an address to confirm it, for a new account or for an existing one.
    ConfirmEmail,
    /// Somebody tried to sign up with the address of an account.
    AccountExists,
    PasswordReset,
    /// A browser that is new to the account signed in.
    NewBrowser,
    PasswordChanged,
    PasswordRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    IdentityLinked,
    IdentityUnlinked,
    AccountDeleted,
    /// Asks the owner of an address to confirm a subscription.
    ConfirmSubscription,
    /// Tells a subscriber of a new version of the policy.
    PolicyChanged,
}

/// The lifetime of a link to set a new password, in seconds: one hour.
pub const RESET_LIFETIME_SECONDS: u64 = 60 * 60;

/// The lifetime of a link to confirm an address, in seconds: three days, as long as the server
/// tries to send its message.
pub const CONFIRM_LIFETIME_SECONDS: u64 = 3 * 24 * 60 * 60;

/// The lifetime of a link to confirm a subscription, in seconds: three days, as long as the server
/// tries to send its message.
pub const SUBSCRIBE_LIFETIME_SECONDS: u64 = CONFIRM_LIFETIME_SECONDS;

/// The lifetime of a link to sign a new browser out, in seconds: seven days.
pub const SIGN_OUT_LIFETIME_SECONDS: u64 = 7 * 24 * 60 * 60;

/// The longest pause between two attempts, in seconds.
pub const MAX_PAUSE_SECONDS: u64 = 4 * 60 * 60;

impl MailKind {
    /// The page of the link; of a message with several, the last one's.
    pub const fn page(self) -> Page {
        match self {
            Self::ConfirmEmail | Self::NewBrowser | Self::ConfirmSubscription => Page::Confirm,
            Self::AccountExists => Page::SignIn,
            Self::PasswordReset => Page::PasswordReset,
            Self::PasswordChanged | Self::PasswordRemoved => Page::ForgottenPassword,
            Self::PasskeyAdded | Self::PasskeyRemoved | Self::IdentityLinked | Self::IdentityUnlinked => Page::Security,
            Self::AccountDeleted => Page::Home,
            Self::PolicyChanged => Page::Unsubscribe,
        }
    }

    /// Whether the link has a token, with which it does something once.
    pub const fn has_token(self) -> bool {
        matches!(self, Self::ConfirmEmail | Self::PasswordReset | Self::NewBrowser | Self::ConfirmSubscription)
    }

    /// Whether the message names the kind of device that caused it.
    pub const fn names_device(self) -> bool {
        matches!(
            self,
            Self::NewBrowser
                | Self::PasskeyAdded
                | Self::PasskeyRemoved
                | Self::IdentityLinked
                | Self::IdentityUnlinked
        )
    }

    /// How long the server tries to send the message, in seconds: three days, but no longer than a
    /// link to set a new password works.
    const fn max_delay_seconds(self) -> u64 {
        match self {
            Self::PasswordReset => RESET_LIFETIME_SECONDS,
            _ => 3 * 24 * 60 * 60,
        }
    }

    /// How long to wait after that many failed attempts, in seconds; `None` to give up.
    ///
    /// The pauses double from `first`. They count, and no clock reading does: a clock that jumps
    /// ahead makes the server give up nothing early.
    pub fn pause_after(self, attempts: u32, first: u64) -> Option<u64> {
        let pause = |attempt: u32| {
            let factor = 1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
            first.max(1).saturating_mul(factor).min(MAX_PAUSE_SECONDS)
        };
        let mut waited = 0;
        for attempt in 1..attempts {
            waited += pause(attempt);
            if waited >= self.max_delay_seconds() {
                return None;
            }
        }
        Some(pause(attempts.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_own_name() {
        for &kind in MailKind::VARIANTS {
            assert_eq!(kind.into_str().parse(), Ok(kind));
        }
    }

    #[test]
    fn the_pauses_grow_to_four_hours_and_end_after_three_days() {
        let kind = MailKind::ConfirmEmail;
        let mut pauses = Vec::new();
        while let Some(pause) = kind.pause_after(u32::try_from(pauses.len()).unwrap_or(0) + 1, 60) {
            pauses.push(pause);
        }
        assert_eq!(pauses[..9], [60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 14_400]);
        assert!(pauses[8..].iter().all(|pause| *pause == MAX_PAUSE_SECONDS));
        let waited: u64 = pauses.iter().sum();
        assert!((259_200..259_200 + MAX_PAUSE_SECONDS).contains(&waited), "{waited}");
    }

    #[test]
    fn a_link_that_no_longer_works_is_not_sent() {
        let waited: u64 = (1..).map_while(|attempt| MailKind::PasswordReset.pause_after(attempt, 60)).sum();
        assert!((3_600..2 * 3_600).contains(&waited), "{waited}");
    }

    #[test]
    fn no_number_of_attempts_and_no_first_pause_overflows() {
        assert_eq!(MailKind::NewBrowser.pause_after(u32::MAX, 1), None);
        assert_eq!(MailKind::NewBrowser.pause_after(1, u64::MAX), Some(MAX_PAUSE_SECONDS));
        assert_eq!(MailKind::NewBrowser.pause_after(0, 0), Some(1));
    }
}
