//! Messages that wait to be sent. A use case adds one in the transaction of what it tells; the task
//! in `app::mail` claims it, sends it and deletes it.

use super::{
    StoreError, Tx,
    tx::delete_some,
    values::{Row, values},
};
use crate::domain::{
    Timestamp,
    account::{credentials::Email, mail::MailKind},
    i18n::locale::Locale,
    policy::version::Version,
    web::device::Device,
};

/// A message to store.
#[derive(Clone)]
pub(crate) struct NewMail {
    pub id: String,
    /// The account that the message is about, if it exists.
    pub account: Option<String>,
    pub recipient: Email,
    pub kind: MailKind,
    pub locale: Locale,
    /// The token of the link, if the link has one.
    pub token: Option<String>,
    /// The device of the browser that the message is about.
    pub device: Option<Device>,
    /// The subscription and the version of a message about a new version.
    pub notice: Option<(String, Version)>,
    pub created_at: Timestamp,
}

/// A message that waits to be sent.
#[derive(Clone)]
pub(crate) struct QueuedMail {
    pub mail: NewMail,
    /// How often the server has tried to send it, this time included.
    pub attempts: u32,
}

fn read(row: &Row<'_>) -> Result<QueuedMail, StoreError> {
    let (recipient, kind): (String, String) = (row.get(2)?, row.get(3)?);
    let version = row.get::<Option<String>>(10)?.and_then(|version| version.parse().ok());
    Ok(QueuedMail {
        mail: NewMail {
            id: row.get(0)?,
            account: row.get(1)?,
            recipient: Email::parse(&recipient).ok_or_else(|| StoreError::Unknown("an e-mail address".into()))?,
            kind: kind.parse().map_err(|_| StoreError::Unknown("a kind of message".into()))?,
            locale: row.get::<String>(4)?.parse().unwrap_or_default(),
            token: row.get(5)?,
            device: row.get::<Option<String>>(6)?.map(|device| device.parse().unwrap_or_default()),
            notice: row.get::<Option<String>>(9)?.zip(version),
            created_at: Timestamp(row.get(7)?),
        },
        attempts: row.get(8)?,
    })
}

impl Tx<'_> {
    /// Stores a message, which is due at once.
    pub(crate) fn add_mail(&self, mail: &NewMail) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO mails (id, account_id, recipient, kind, locale, token, device, created_at, due_at, attempts,
                                subscription_id, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 0, ?9, ?10)",
            &values![
                &mail.id,
                mail.account.as_deref(),
                mail.recipient.as_str(),
                mail.kind.into_str(),
                mail.locale.tag(),
                mail.token.as_deref(),
                mail.device.map(|device| device.into_str()),
                mail.created_at.0,
                mail.notice.as_ref().map(|(subscription, _)| subscription.as_str()),
                mail.notice.as_ref().map(|(_, version)| version.to_string()),
            ],
        )
        .map(drop)
    }

    /// Claims the message that has been due for the longest time, until `until`. No other server
    /// gets it before that time. Messages to subscribers are last, so that thousands of them delay
    /// no message about an account.
    pub(crate) fn claim_mail(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedMail>, StoreError> {
        // Over all servers, one transaction writes at a time, so no two claim the same row.
        self.find(
            "UPDATE mails SET due_at = ?2, attempts = attempts + 1
             WHERE id = COALESCE(
                 (SELECT id FROM mails WHERE subscription_id IS NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT 1),
                 (SELECT id FROM mails WHERE due_at <= ?1 ORDER BY due_at, id LIMIT 1))
             RETURNING id, account_id, recipient, kind, locale, token, device, created_at, attempts, subscription_id, version",
            &values![now.0, until.0],
            read,
        )
    }

    /// Deletes a message, unless another attempt at it has begun. Returns whether it did.
    pub(crate) fn delete_mail(&self, claimed: &QueuedMail) -> Result<bool, StoreError> {
        let attempts = i64::from(claimed.attempts);
        Ok(self.execute("DELETE FROM mails WHERE id = ?1 AND attempts = ?2", &values![&claimed.mail.id, attempts])? > 0)
    }

    /// Makes a message due again, unless another attempt at it has begun.
    pub(crate) fn postpone_mail(&self, claimed: &QueuedMail, due_at: Timestamp) -> Result<(), StoreError> {
        let attempts = i64::from(claimed.attempts);
        let sql = "UPDATE mails SET due_at = ?3 WHERE id = ?1 AND attempts = ?2";
        self.execute(sql, &values![&claimed.mail.id, attempts, due_at.0]).map(drop)
    }

    /// How many messages wait, and when the next one is due.
    pub(crate) fn mails_waiting(&self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let found = self.find("SELECT COUNT(*), MIN(due_at) FROM mails", &values![], |row| {
            Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?.map(Timestamp)))
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Deletes some of the messages that were written before. Returns their number.
    pub(crate) fn delete_old_mails(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("mails", "id", "created_at < ?1"), &values![before.0])
    }

    /// The messages about an account that wait, oldest first.
    pub(crate) fn mails_of(&self, account: &str) -> Result<Vec<QueuedMail>, StoreError> {
        self.list(
            "SELECT id, account_id, recipient, kind, locale, token, device, created_at, attempts, subscription_id, version FROM mails
             WHERE account_id = ?1 ORDER BY created_at, id",
            &values![account],
            read,
        )
    }

    /// All messages that wait, oldest first.
    #[cfg(test)]
    pub(crate) fn mails(&self) -> Result<Vec<QueuedMail>, StoreError> {
        self.list(
            "SELECT id, account_id, recipient, kind, locale, token, device, created_at, attempts, subscription_id, version FROM mails
             ORDER BY created_at, id",
            &values![],
            read,
        )
    }
}
