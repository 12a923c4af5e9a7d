//! Tokens that work once, by their hashes: challenges of passkeys, sign-ins through identity
//! providers, and their logout tokens.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Whether a token was used, by its hash.
    pub(crate) fn is_token_used(&self, hash: &str) -> Result<bool, StoreError> {
        let found = self.find("SELECT 1 FROM used_tokens WHERE hash = ?1", &values![hash], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Uses a token up, by its hash. Returns `false` if it was used before.
    pub(crate) fn consume_token(&self, hash: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        let sql = "INSERT INTO used_tokens (hash, expires_at) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
        Ok(self.execute(sql, &values![hash, expires_at.0])? == 1)
    }

    /// Deletes some of the expired tokens. Returns their number.
    pub(crate) fn delete_expired_used_tokens(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("used_tokens", "hash", "expires_at <= ?1"), &values![now.0])
    }
}
