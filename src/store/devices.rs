//! The browsers that have signed in to an account, each by the hash of its device token.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::Timestamp;

/// A browser that has signed in to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownDevice {
    /// Stays the same while the token changes. Sessions and security events refer to it.
    pub id: String,
    /// What the user calls the browser.
    pub name: Option<String>,
    /// When it last signed in.
    pub last_seen_at: Timestamp,
}

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

    /// The devices of an account that signed in after `since`, latest first.
    pub(crate) fn devices_of(&self, account: &str, since: Timestamp) -> Result<Vec<KnownDevice>, StoreError> {
        self.list(
            "SELECT id, name, last_seen_at FROM devices WHERE account_id = ?1 AND last_seen_at > ?2
             ORDER BY last_seen_at DESC, id",
            &values![account, since.0],
            |row| Ok(KnownDevice { id: row.get(0)?, name: row.get(1)?, last_seen_at: Timestamp(row.get(2)?) }),
        )
    }

    /// Names a device of an account, or removes its name.
    pub(crate) fn set_device_name(&self, account: &str, id: &str, name: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE devices SET name = ?3 WHERE account_id = ?1 AND id = ?2";
        self.execute(sql, &values![account, id, name]).map(drop)
    }

    /// Deletes some of the devices of all accounts that have not signed in since `since`. Returns
    /// their number.
    pub(crate) fn delete_old_devices(&self, since: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("devices", "account_id, token_hash", "last_seen_at <= ?1"), &values![since.0])
    }

    /// Records that a browser signed in to an account, and returns the id of the device: the one it
    /// has, or `new_id`.
    pub(crate) fn record_device(
        &self,
        account: &str,
        token_hash: &str,
        new_id: &str,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        self.execute(
            "INSERT INTO devices (account_id, token_hash, id, last_seen_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account_id, token_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            &values![account, token_hash, new_id, now.0],
        )?;
        let sql = "SELECT id FROM devices WHERE account_id = ?1 AND token_hash = ?2";
        let id = self.find(sql, &values![account, token_hash], |row| row.get(0))?;
        Ok(id.unwrap_or_else(|| new_id.to_owned()))
    }
}
