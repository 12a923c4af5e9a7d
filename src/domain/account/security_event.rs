//! The security audit log of an account, shown to its user.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{Timestamp, analytics::Device};

/// The database stores these names, so renaming a variant needs a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum SecurityEventKind {
    SignedUp,
    /// Sign-in from a known browser.
    SignedIn,
    /// Sign-in from a new browser.
    SignedInFromNew,
    /// A wrong password was tried.
    Failed,
    SignedOut,
    /// The user ended one other session.
    Ended,
    /// The user ended all other sessions.
    OthersEnded,
    /// A replayed remember token ended its session.
    Replayed,
    PasswordChanged,
    /// The operator created a link to set a new password.
    #[strum(serialize = "link-made")]
    ResetLinkCreated,
    #[strum(serialize = "link-used")]
    ResetLinkUsed,
    /// The operator ended every session.
    AllEnded,
    /// The operator disabled the account.
    Disabled,
    /// The operator enabled the account again.
    Enabled,
}

impl SecurityEventKind {
    /// Events of everyday use. They are pruned first: a person with the password can cause any
    /// number of them, and they tell the user little.
    pub const ROUTINE: [Self; 4] = [Self::SignedIn, Self::SignedOut, Self::Ended, Self::OthersEnded];

    /// Whether the user should check the event.
    pub const fn is_alarming(self) -> bool {
        matches!(self, Self::Replayed | Self::SignedInFromNew | Self::Failed)
    }
}

/// A stored event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    pub event: SecurityEventKind,
    /// The last time.
    pub at: Timestamp,
    /// `None` for a command of the operator.
    pub device: Option<Device>,
    /// How often on that day; above 1 only for [`SecurityEventKind::Failed`].
    pub count: u32,
}

/// How long events are stored: 180 days.
pub const RETENTION_SECONDS: u64 = 180 * 24 * 60 * 60;

/// How many events of one account are stored. Failures are counted per day, so this covers months
/// of use.
pub const MAX_STORED: u32 = 200;

/// How many of the newest events are stored regardless of their kind.
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
        for &event in SecurityEventKind::VARIANTS {
            assert_eq!(event.into_str().parse(), Ok(event));
        }
        assert_eq!("signed in".parse::<SecurityEventKind>().ok(), None);
    }
}
