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
    /// The user removed the password, and signs in with passkeys alone.
    PasswordRemoved,
    /// The operator created a link to set a new password.
    #[strum(serialize = "link-made")]
    ResetLinkCreated,
    #[strum(serialize = "link-used")]
    ResetLinkUsed,
    /// Somebody asked for a message with a link to set a new password.
    ResetRequested,
    /// The owner of the e-mail address confirmed it.
    EmailConfirmed,
    PasskeyAdded,
    PasskeyRemoved,
    /// A passkey was used whose counter went back, so there may be a copy of it.
    PasskeyCloned,
    /// The user linked an identity at an identity provider.
    IdentityLinked,
    IdentityUnlinked,
    /// The user signed out at an identity provider, which ended sessions here.
    ProviderSignedOut,
    /// A message could not be sent.
    MailGivenUp,
    /// The operator ended every session.
    AllEnded,
    /// The operator disabled the account.
    Disabled,
    /// The operator enabled the account again.
    Enabled,
}

impl SecurityEventKind {
    /// Events of everyday use. They are pruned first: a person with the password, or anybody who
    /// asks for a link, can cause any number of them, and they tell the user little.
    pub const ROUTINE: [Self; 7] = [
        Self::SignedIn,
        Self::SignedOut,
        Self::Ended,
        Self::OthersEnded,
        Self::ProviderSignedOut,
        Self::ResetRequested,
        Self::MailGivenUp,
    ];

    /// Whether the user set a new password, which answers every earlier alarm.
    const fn sets_password(self) -> bool {
        matches!(self, Self::PasswordChanged | Self::ResetLinkUsed)
    }
}

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    pub event: SecurityEventKind,
    /// The last time.
    pub at: Timestamp,
    /// `None` for a command of the operator.
    pub device: Option<Device>,
    /// The browser, if it was signed in or signed in with the event.
    pub device_id: Option<String>,
    /// How often on that day; above 1 only for [`SecurityEventKind::Failed`].
    pub count: u32,
}

/// How long an event needs attention: 30 days.
pub const ATTENTION_SECONDS: u64 = 30 * 24 * 60 * 60;

/// How many wrong passwords of one day need attention. Fewer are slips of the user.
const ATTENTION_FAILURES: u32 = 5;

/// The events that the user should check: those since the last new password and of the last 30
/// days, of `events`, which are newest first. A browser that the user recognises is not new to
/// them.
///
/// Anybody can try wrong passwords, so these come last: first what only a copy of a cookie or of a
/// passkey causes, then sign-ins from new browsers; the newest first of each.
pub fn needing_attention(
    events: &[SecurityEvent],
    now: Timestamp,
    is_recognised: impl Fn(&str) -> bool,
) -> Vec<&SecurityEvent> {
    let mut found: Vec<_> = events
        .iter()
        .take_while(|activity| !activity.event.sets_password())
        .filter(|activity| now < activity.at.plus_seconds(ATTENTION_SECONDS))
        .filter(|activity| match activity.event {
            SecurityEventKind::Replayed | SecurityEventKind::PasskeyCloned => true,
            SecurityEventKind::SignedInFromNew => !activity.device_id.as_deref().is_some_and(&is_recognised),
            SecurityEventKind::Failed => activity.count >= ATTENTION_FAILURES,
            _ => false,
        })
        .collect();
    found.sort_by_key(|activity| match activity.event {
        SecurityEventKind::Failed => 2,
        SecurityEventKind::SignedInFromNew => 1,
        _ => 0,
    });
    found
}

/// How long events are stored: 180 days.
pub const RETENTION_SECONDS: u64 = 180 * 24 * 60 * 60;

/// How many events of one account are stored. Wrong passwords are counted per day, and make room
/// before anything but routine does, so this covers months of use.
pub const MAX_STORED: u32 = 200;

/// How many of the newest events are stored regardless of their kind.
pub const NEWEST: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_look_twice_at_is_routine() {
        let alarming = [
            SecurityEventKind::Replayed,
            SecurityEventKind::SignedInFromNew,
            SecurityEventKind::Failed,
            SecurityEventKind::PasskeyCloned,
        ];
        assert!(alarming.iter().all(|event| !SecurityEventKind::ROUTINE.contains(event)));
        let kept = [
            SecurityEventKind::PasswordChanged,
            SecurityEventKind::PasswordRemoved,
            SecurityEventKind::PasskeyAdded,
            SecurityEventKind::PasskeyRemoved,
            SecurityEventKind::IdentityLinked,
            SecurityEventKind::IdentityUnlinked,
            SecurityEventKind::ResetLinkCreated,
            SecurityEventKind::ResetLinkUsed,
            SecurityEventKind::AllEnded,
            SecurityEventKind::Disabled,
        ];
        assert!(kept.iter().all(|event| !SecurityEventKind::ROUTINE.contains(event)));
    }

    #[test]
    fn only_what_is_recent_and_not_recognised_needs_attention() {
        const DAY: i64 = 86_400;
        let happened = |event, at, device_id: Option<&str>| SecurityEvent {
            event,
            at: Timestamp(at),
            device: Some(Device::Computer),
            device_id: device_id.map(str::to_owned),
            count: if event == SecurityEventKind::Failed { 5 } else { 1 },
        };
        let events = [
            happened(SecurityEventKind::SignedInFromNew, 40 * DAY, Some("mine")),
            happened(SecurityEventKind::SignedInFromNew, 39 * DAY, Some("other")),
            happened(SecurityEventKind::Replayed, 38 * DAY, Some("mine")),
            happened(SecurityEventKind::SignedIn, 37 * DAY, Some("other")),
            happened(SecurityEventKind::Failed, 36 * DAY, None),
            happened(SecurityEventKind::Failed, 10 * DAY, None),
            happened(SecurityEventKind::PasswordChanged, 9 * DAY, Some("mine")),
            happened(SecurityEventKind::Failed, 8 * DAY, None),
        ];
        let days = |now: i64, events: &[SecurityEvent]| -> Vec<i64> {
            let found = needing_attention(events, Timestamp(now * DAY), |id| id == "mine");
            found.iter().map(|activity| activity.at.0 / DAY).collect()
        };
        assert_eq!(days(40, &events), [38, 39, 36], "of 30 days, and not older than that");
        assert_eq!(days(39, &events), [38, 39, 36, 10], "the last second of 30 days");
        assert_eq!(days(80, &events), [0; 0]);
        assert_eq!(days(10, &events[6..]), [0; 0], "a new password answers what came before");
        let slips = [SecurityEvent { count: 4, ..events[4].clone() }];
        assert_eq!(days(40, &slips), [0; 0]);
        let noise = [events[4].clone(), events[1].clone(), events[5].clone(), events[2].clone()];
        assert_eq!(days(40, &noise), [38, 39, 36], "wrong passwords come last");
    }

    #[test]
    fn every_event_is_found_by_its_own_name_and_nothing_else_is() {
        for &event in SecurityEventKind::VARIANTS {
            assert_eq!(event.into_str().parse(), Ok(event));
        }
        assert_eq!("signed in".parse::<SecurityEventKind>().ok(), None);
    }
}
