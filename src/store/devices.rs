//! The browsers that have signed in to an account, each by the hash of its device token.

use super::{StoreError, Tx, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Whether the browser with that device token has signed in to the account since `since`.
    pub(crate) fn is_known_device(
        &self,
        account: &str,
        token_hash: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let found = self.find(
            "SELECT 1 FROM devices WHERE account_id = ?1 AND token_hash = ?2 AND last_seen_at > ?3",
            &values![account, token_hash, since.0],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// Replaces a browser's device token, at every account that it has signed in to.
    pub(crate) fn replace_device_token(&self, token_hash: &str, new: &str) -> Result<(), StoreError> {
        self.execute("UPDATE devices SET token_hash = ?2 WHERE token_hash = ?1", &values![token_hash, new]).map(drop)
    }

    /// Deletes the devices of an account, except the one with the token hash `except`.
    pub(crate) fn delete_devices(&self, account: &str, except: Option<&str>) -> Result<(), StoreError> {
        let except = except.unwrap_or_default();
        let sql = "DELETE FROM devices WHERE account_id = ?1 AND token_hash <> ?2";
        self.execute(sql, &values![account, except]).map(drop)
    }

    /// The time of the last sign-in of each device of an account after `since`, latest first.
    pub(crate) fn device_times(&self, account: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        self.list(
            "SELECT last_seen_at FROM devices WHERE account_id = ?1 AND last_seen_at > ?2 ORDER BY last_seen_at DESC",
            &values![account, since.0],
            |row| Ok(Timestamp(row.get(0)?)),
        )
    }

    /// Deletes the devices of all accounts that have not signed in since `since`.
    pub(crate) fn delete_old_devices(&self, since: Timestamp) -> Result<usize, StoreError> {
        self.execute("DELETE FROM devices WHERE last_seen_at <= ?1", &values![since.0])
    }

    /// Records that a browser signed in to an account.
    pub(crate) fn record_device(&self, account: &str, token_hash: &str, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO devices (account_id, token_hash, last_seen_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (account_id, token_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            &values![account, token_hash, now.0],
        )
        .map(drop)
    }
}
