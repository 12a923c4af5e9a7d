//! One-time sign-in links. Their tokens are stored hashed; an account has one at a time.

use super::{Account, StoreError, Tx, accounts, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Stores a link, in place of the account's earlier one.
    pub(crate) fn set_password_reset_token(
        &self,
        account: &str,
        token: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO password_reset_tokens (account_id, token_hash, expires_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (account_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at",
            &values![account, token, expires_at.0],
        )
        .map(drop)
    }

    /// The account that a link signs in to, if the link still holds.
    pub(crate) fn account_by_password_reset_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password_hash, created_at, disabled_at, decision, appearance
             FROM password_reset_tokens JOIN accounts ON accounts.id = account_id WHERE token_hash = ?1 AND expires_at > ?2",
            &values![token, now.0],
            accounts::read,
        )
    }

    /// When the link of an account ends, if it has one that still holds.
    pub(crate) fn password_reset_expiry(&self, account: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.find(
            "SELECT expires_at FROM password_reset_tokens WHERE account_id = ?1 AND expires_at > ?2",
            &values![account, now.0],
            |row| Ok(Timestamp(row.get(0)?)),
        )
    }

    /// Forgets the links of everybody that are over.
    pub(crate) fn delete_expired_password_reset_tokens(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute("DELETE FROM password_reset_tokens WHERE expires_at <= ?1", &values![now.0])
    }

    /// Uses a link up. Returns whether it was there to be used.
    pub(crate) fn consume_password_reset_token(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM password_reset_tokens WHERE token_hash = ?1", &values![token])? > 0)
    }

    /// Forgets the link of an account.
    pub(crate) fn delete_password_reset_token(&self, account: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM password_reset_tokens WHERE account_id = ?1", &values![account]).map(drop)
    }
}
