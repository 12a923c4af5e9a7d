//! The browsers that signed in to an account before, each known by the hash of its device cookie.

use super::{StoreError, Tx, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Whether the browser with that device cookie signed in to that account since `since`.
    pub(crate) fn is_known_device(&self, account: &str, token: &str, since: Timestamp) -> Result<bool, StoreError> {
        let found = self.find(
            "SELECT 1 FROM devices WHERE account_id = ?1 AND token_hash = ?2 AND last_seen_at > ?3",
            &values![account, token, since.0],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// Gives a browser another device cookie, at every account that it signed in to.
    pub(crate) fn replace_device_token(&self, token: &str, new: &str) -> Result<(), StoreError> {
        self.execute("UPDATE devices SET token_hash = ?2 WHERE token_hash = ?1", &values![token, new]).map(drop)
    }

    /// Forgets the browsers that signed in to an account, but the one with that device cookie.
    pub(crate) fn delete_devices(&self, account: &str, but: Option<&str>) -> Result<(), StoreError> {
        let but = but.unwrap_or_default();
        self.execute("DELETE FROM devices WHERE account_id = ?1 AND token_hash <> ?2", &values![account, but]).map(drop)
    }

    /// When each browser that signed in to an account since `since` last did, the latest first.
    pub(crate) fn device_times(&self, account: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        self.list(
            "SELECT last_seen_at FROM devices WHERE account_id = ?1 AND last_seen_at > ?2 ORDER BY last_seen_at DESC",
            &values![account, since.0],
            |row| Ok(Timestamp(row.get(0)?)),
        )
    }

    /// Forgets the browsers of everybody that have not signed in since `since`.
    pub(crate) fn delete_old_devices(&self, since: Timestamp) -> Result<usize, StoreError> {
        self.execute("DELETE FROM devices WHERE last_seen_at <= ?1", &values![since.0])
    }

    /// Notes that a browser signed in to an account.
    pub(crate) fn record_device(&self, account: &str, token: &str, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO devices (account_id, token_hash, last_seen_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (account_id, token_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            &values![account, token, now.0],
        )
        .map(drop)
    }
}
