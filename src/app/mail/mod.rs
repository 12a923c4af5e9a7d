//! Messages to users and subscribers: a transactional outbox.
//!
//! A use case writes a [`MailDraft`] and stores the message in the transaction of what it tells, so
//! that either both are committed or neither is. The task [`deliver`] sends it afterwards; no
//! response waits for the mail server. Several servers on one database share the messages.

mod compose;
mod deliver;

#[cfg(test)]
mod tests;

use tokio::sync::Notify;

pub use self::deliver::deliver;
#[cfg(test)]
pub(crate) use self::deliver::deliver_once;
use crate::{
    domain::{
        Timestamp,
        account::{credentials::Email, mail::MailKind},
        i18n::locale::Locale,
        web::device::Device,
    },
    store::NewMail,
    system::{
        digest::{hex, sha256_hex},
        rng::Rng,
        smtp::Mailer,
    },
};

/// The mail server, if one is configured, and what wakes the task that sends.
#[derive(Debug, Default)]
pub struct Outbox {
    mailer: Option<Mailer>,
    /// The first pause before another attempt, in seconds.
    retry_seconds: u64,
    wake: Notify,
}

impl Outbox {
    /// An outbox that sends with `mailer`. `retry_seconds` is the first pause before another
    /// attempt at a message.
    pub fn new(mailer: Mailer, retry_seconds: u32) -> Self {
        Self { mailer: Some(mailer), retry_seconds: retry_seconds.into(), wake: Notify::new() }
    }

    /// Whether the site sends mail.
    pub(crate) const fn is_configured(&self) -> bool {
        self.mailer.is_some()
    }

    /// Has what is committed sent at once.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

/// A message that has no recipient yet.
pub(crate) struct MailDraft {
    pub kind: MailKind,
    pub locale: Locale,
    /// The device of the browser that causes the message.
    pub device: Device,
    pub written_at: Timestamp,
    id: String,
    token: String,
}

impl MailDraft {
    /// Writes a draft, with a new token for its link.
    pub fn new(kind: MailKind, locale: Locale, device: Device, (now, rng): (Timestamp, &Rng)) -> Self {
        Self { kind, locale, device, written_at: now, id: rng.token(), token: hex(&rng.bytes::<32>()) }
    }

    /// The hash of the token, for the store.
    pub fn token_hash(&self) -> String {
        sha256_hex(&self.token)
    }

    /// Addresses the message. `account` is the id of the account that it is about, unless that is
    /// deleted with it or does not exist yet.
    pub fn to(self, account: Option<&str>, recipient: &Email) -> NewMail {
        NewMail {
            id: self.id,
            account: account.map(str::to_owned),
            recipient: recipient.clone(),
            kind: self.kind,
            locale: self.locale,
            token: self.kind.has_token().then_some(self.token),
            device: self.kind.names_device().then_some(self.device),
            notice: None,
            created_at: self.written_at,
        }
    }
}
