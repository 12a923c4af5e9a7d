//! Passkeys.

use super::{
    StoreError, Tx,
    values::{Row, values},
};
use crate::domain::Timestamp;

/// A passkey of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPasskey {
    /// The credential id, in Base64url.
    pub id: String,
    /// The id of the account.
    pub account: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// The public key, the signature counter and the backup flags, as JSON.
    pub credential: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<StoredPasskey, StoreError> {
    Ok(StoredPasskey {
        id: row.get(0)?,
        account: row.get(1)?,
        name: row.get(2)?,
        credential: row.get(3)?,
        created_at: Timestamp(row.get(4)?),
        last_used_at: row.get::<Option<i64>>(5)?.map(Timestamp),
    })
}

impl Tx<'_> {
    /// Stores a passkey. Returns `false` if an account has it already.
    pub(crate) fn add_passkey(&self, new: &StoredPasskey) -> Result<bool, StoreError> {
        let added = self.execute(
            "INSERT INTO passkeys (id, account_id, name, credential, created_at, last_used_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
            &values![
                &new.id,
                &new.account,
                new.name.as_deref(),
                &new.credential,
                new.created_at.0,
                new.last_used_at.map(|at| at.0)
            ],
        )?;
        Ok(added == 1)
    }

    /// The passkey with that credential id.
    pub(crate) fn passkey(&self, id: &str) -> Result<Option<StoredPasskey>, StoreError> {
        self.find(
            "SELECT id, account_id, name, credential, created_at, last_used_at FROM passkeys WHERE id = ?1",
            &values![id],
            read,
        )
    }

    /// The passkeys of an account, oldest first.
    pub(crate) fn passkeys_of(&self, account: &str) -> Result<Vec<StoredPasskey>, StoreError> {
        self.list(
            "SELECT id, account_id, name, credential, created_at, last_used_at FROM passkeys
             WHERE account_id = ?1 ORDER BY created_at, id",
            &values![account],
            read,
        )
    }

    /// Records a use of a passkey, with its new counter. Returns `false` if the passkey was removed
    /// or used meanwhile, so that one value of a counter signs in once.
    pub(crate) fn record_passkey_use(
        &self,
        before: &StoredPasskey,
        credential: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE passkeys SET credential = ?3, last_used_at = ?4 WHERE id = ?1 AND credential = ?2",
            &values![&before.id, &before.credential, credential, now.0],
        )?;
        Ok(used == 1)
    }

    pub(crate) fn set_passkey_name(&self, account: &str, id: &str, name: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE passkeys SET name = ?3 WHERE account_id = ?1 AND id = ?2";
        self.execute(sql, &values![account, id, name]).map(drop)
    }

    /// Deletes a passkey of an account. Returns whether it existed.
    pub(crate) fn delete_passkey(&self, account: &str, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM passkeys WHERE account_id = ?1 AND id = ?2", &values![account, id])? > 0)
    }
}
