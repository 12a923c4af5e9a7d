//! Who is told by mail when the policy changes, and which versions they were told of.

use super::{
    StoreError, Tx,
    values::{Row, values},
};
use crate::domain::{Timestamp, account::credentials::Email, i18n::locale::Locale, policy::version::Version};

/// A confirmed subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// Random; also the token of the link that ends the subscription.
    pub id: String,
    pub email: Email,
    /// The language of the messages.
    pub locale: Locale,
    pub confirmed_at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Subscription, StoreError> {
    let email: String = row.get(1)?;
    Ok(Subscription {
        id: row.get(0)?,
        email: Email::parse(&email).ok_or_else(|| StoreError::Unknown("an e-mail address".into()))?,
        locale: row.get::<String>(2)?.parse().unwrap_or_default(),
        confirmed_at: Timestamp(row.get(3)?),
    })
}

impl Tx<'_> {
    /// Stores a subscription. That of a subscribed address gets the new language and stays as it is
    /// otherwise.
    pub(crate) fn add_subscription(&self, subscription: &Subscription) -> Result<(), StoreError> {
        let Subscription { id, email, locale, confirmed_at } = subscription;
        self.execute(
            "INSERT INTO subscriptions (id, email, locale, confirmed_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (email) DO UPDATE SET locale = excluded.locale",
            &values![id.as_str(), email.as_str(), locale.tag(), confirmed_at.0],
        )
        .map(drop)
    }

    /// The subscription with that id.
    pub(crate) fn subscription(&self, id: &str) -> Result<Option<Subscription>, StoreError> {
        self.find("SELECT id, email, locale, confirmed_at FROM subscriptions WHERE id = ?1", &values![id], read)
    }

    /// The subscription of an address.
    pub(crate) fn subscription_of(&self, email: &Email) -> Result<Option<Subscription>, StoreError> {
        let sql = "SELECT id, email, locale, confirmed_at FROM subscriptions WHERE email = ?1";
        self.find(sql, &values![email.as_str()], read)
    }

    /// Deletes a subscription, with its messages that wait.
    pub(crate) fn delete_subscription(&self, id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM subscriptions WHERE id = ?1", &values![id]).map(drop)
    }

    /// The number of subscriptions.
    pub(crate) fn count_subscriptions(&self) -> Result<i64, StoreError> {
        Ok(self.find("SELECT COUNT(*) FROM subscriptions", &values![], |row| row.get(0))?.unwrap_or_default())
    }

    /// Whether every subscriber was told of a version.
    pub(crate) fn is_notice_done(&self, version: Version) -> Result<bool, StoreError> {
        Ok(self.notice(version)?.is_some_and(|(_, _, is_done)| is_done))
    }

    fn notice(&self, version: Version) -> Result<Option<(Timestamp, String, bool)>, StoreError> {
        self.find(
            "SELECT begun_at, last_id, is_done FROM policy_notices WHERE version = ?1",
            &values![version.to_string()],
            |row| Ok((Timestamp(row.get(0)?), row.get(1)?, row.get::<i64>(2)? != 0)),
        )
    }

    /// Takes the next subscribers to tell of a version, `limit` at most, and marks them as told.
    /// The caller stores their messages in the same transaction. Nobody is taken twice, and nobody
    /// who confirmed after the first were taken.
    pub(crate) fn take_subscribers(
        &self,
        version: Version,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Subscription>, StoreError> {
        // Over all servers, one transaction writes at a time, so no two take the same rows.
        let (begun_at, last_id) = match self.notice(version)? {
            Some((_, _, true)) => return Ok(Vec::new()),
            Some((begun_at, last_id, false)) => (begun_at, last_id),
            None => {
                self.execute(
                    "INSERT INTO policy_notices (version, begun_at, last_id, is_done) VALUES (?1, ?2, '', 0)",
                    &values![version.to_string(), now.0],
                )?;
                (now, String::new())
            }
        };
        let taken = self.list(
            "SELECT id, email, locale, confirmed_at FROM subscriptions
             WHERE id > ?1 AND confirmed_at <= ?2 ORDER BY id LIMIT ?3",
            &values![last_id.as_str(), begun_at.0, i64::from(limit)],
            read,
        )?;
        let is_done = i64::from(taken.len() < usize::try_from(limit).unwrap_or(usize::MAX));
        let last_id = taken.last().map_or(last_id, |last| last.id.clone());
        self.execute(
            "UPDATE policy_notices SET last_id = ?2, is_done = ?3 WHERE version = ?1",
            &values![version.to_string(), last_id, is_done],
        )?;
        Ok(taken)
    }
}
