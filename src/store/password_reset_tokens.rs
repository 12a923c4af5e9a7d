//! One-time tokens for a new password, which operators issue. The table stores their hashes; an
//! account has one token at a time.

use super::{Account, StoreError, Tx, accounts, tx::delete_some, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Stores a token, in place of the account's previous one.
    pub(crate) fn set_password_reset_token(
        &self,
        account: &str,
        token_hash: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO password_reset_tokens (account_id, token_hash, expires_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (account_id) DO UPDATE
                SET token_hash = excluded.token_hash, expires_at = excluded.expires_at",
            &values![account, token_hash, expires_at.0],
        )
        .map(drop)
    }

    /// The account of a token, unless the token has expired.
    pub(crate) fn account_by_password_reset_token(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password_hash, created_at, disabled_at, decision, appearance, confirmed_at
             FROM password_reset_tokens JOIN accounts ON accounts.id = account_id
             WHERE token_hash = ?1 AND expires_at > ?2",
            &values![token_hash, now.0],
            accounts::read,
        )
    }

    /// The expiry of an account's token, unless it has none or the token has expired.
    pub(crate) fn password_reset_expiry(&self, account: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.find(
            "SELECT expires_at FROM password_reset_tokens WHERE account_id = ?1 AND expires_at > ?2",
            &values![account, now.0],
            |row| Ok(Timestamp(row.get(0)?)),
        )
    }

    /// Deletes some of the expired tokens of all accounts. Returns their number.
    pub(crate) fn delete_expired_password_reset_tokens(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("password_reset_tokens", "account_id", "expires_at <= ?1"), &values![now.0])
    }

    /// Deletes a token at its use. Returns whether it existed.
    pub(crate) fn consume_password_reset_token(&self, token_hash: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM password_reset_tokens WHERE token_hash = ?1", &values![token_hash])? > 0)
    }

    pub(crate) fn delete_password_reset_token(&self, account: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM password_reset_tokens WHERE account_id = ?1", &values![account]).map(drop)
    }
}
