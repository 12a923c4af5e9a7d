//! What happened to an account's security, for the member to see: a closed list.

use crate::domain::{Timestamp, analytics::Device};

/// One kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecurityEventKind {
    /// The account was made.
    SignedUp,
    /// The member signed in from a browser that had signed in before.
    SignedIn,
    /// The member signed in from a browser that had not.
    SignedInFromNew,
    /// Somebody tried a wrong password.
    Failed,
    /// The member signed out.
    SignedOut,
    /// The member ended one other session.
    Ended,
    /// The member ended all other sessions.
    OthersEnded,
    /// A used remember token came back, and its session was ended.
    Replayed,
    /// The password was changed.
    PasswordChanged,
    /// The operator made a password reset link.
    ResetLinkCreated,
    /// The password reset link was used.
    ResetLinkUsed,
    /// The operator ended every session.
    AllEnded,
    /// The operator disabled the account.
    Disabled,
    /// The operator enabled the account again.
    Enabled,
}

impl SecurityEventKind {
    const ALL: [Self; 14] = [
        Self::SignedUp,
        Self::SignedIn,
        Self::SignedInFromNew,
        Self::Failed,
        Self::SignedOut,
        Self::Ended,
        Self::OthersEnded,
        Self::Replayed,
        Self::PasswordChanged,
        Self::ResetLinkCreated,
        Self::ResetLinkUsed,
        Self::AllEnded,
        Self::Disabled,
        Self::Enabled,
    ];

    /// Its name in the store and in exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedUp => "signed-up",
            Self::SignedIn => "signed-in",
            Self::SignedInFromNew => "signed-in-from-new",
            Self::Failed => "failed",
            Self::SignedOut => "signed-out",
            Self::Ended => "ended",
            Self::OthersEnded => "others-ended",
            Self::Replayed => "replayed",
            Self::PasswordChanged => "password-changed",
            Self::ResetLinkCreated => "link-made",
            Self::ResetLinkUsed => "link-used",
            Self::AllEnded => "all-ended",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        }
    }

    /// The event of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// What happens again and again in the use of an account, and makes room first: whoever has the password can do it as often as
    /// they like, and it tells the member little.
    pub const ROUTINE: [Self; 4] = [Self::SignedIn, Self::SignedOut, Self::Ended, Self::OthersEnded];

    /// Whether the member should look twice at it.
    pub const fn is_alarming(self) -> bool {
        matches!(self, Self::Replayed | Self::SignedInFromNew | Self::Failed)
    }
}

/// Something that happened, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// What.
    pub event: SecurityEventKind,
    /// When, or when last.
    pub at: Timestamp,
    /// The kind of device it came from; an operator's command comes from none.
    pub device: Option<Device>,
    /// How often on that day; more than once for [`Event::Failed`] only.
    pub times: u32,
}

/// How long activity is kept, in seconds: 180 days.
pub const KEPT_FOR: u64 = 180 * 24 * 60 * 60;

/// How many activities of one account are kept; with failures counted by the day this holds months of use.
pub const KEPT_AT_MOST: u32 = 200;

/// So many of the newest are among them whatever they are.
pub const NEWEST: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_look_twice_at_is_routine() {
        let routine = SecurityEventKind::ROUTINE.map(SecurityEventKind::is_alarming);
        assert_eq!(routine, [false; 4]);
        let kept = [
            SecurityEventKind::PasswordChanged,
            SecurityEventKind::ResetLinkCreated,
            SecurityEventKind::ResetLinkUsed,
            SecurityEventKind::AllEnded,
            SecurityEventKind::Disabled,
        ];
        assert!(kept.iter().all(|event| !SecurityEventKind::ROUTINE.contains(event)));
    }

    #[test]
    fn every_event_is_found_by_its_own_name_and_nothing_else_is() {
        for event in SecurityEventKind::ALL {
            assert_eq!(SecurityEventKind::parse(event.name()), Some(event));
        }
        assert_eq!(SecurityEventKind::parse("signed in"), None);
    }
}
