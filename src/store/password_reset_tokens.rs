//! One-time password reset links. Their tokens are stored hashed; an account has one at a time.

use super::{Account, StoreError, Tx, accounts, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Stores a link, in place of the account's earlier one.
    pub(crate) fn put_reset_token(&self, account: &str, token: &str, ends_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO links (account_id, token, ends_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (account_id) DO UPDATE SET token = excluded.token, ends_at = excluded.ends_at",
            &values![account, token, ends_at.0],
        )
        .map(drop)
    }

    /// The account that a link signs in to, if the link still holds.
    pub(crate) fn account_by_reset_token(&self, token: &str, now: Timestamp) -> Result<Option<Account>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password, created_at, disabled_at, decision, appearance
             FROM links JOIN accounts ON accounts.id = account_id WHERE token = ?1 AND ends_at > ?2",
            &values![token, now.0],
            accounts::read,
        )
    }

    /// When the link of an account ends, if it has one that still holds.
    pub(crate) fn reset_token_expiry(&self, account: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.find("SELECT ends_at FROM links WHERE account_id = ?1 AND ends_at > ?2", &values![account, now.0], |row| {
            Ok(Timestamp(row.get(0)?))
        })
    }

    /// Forgets the links of everybody that are over.
    pub(crate) fn delete_expired_reset_tokens(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute("DELETE FROM links WHERE ends_at <= ?1", &values![now.0])
    }

    /// Uses a link up. Returns whether it was there to be used.
    pub(crate) fn use_reset_token(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM links WHERE token = ?1", &values![token])? > 0)
    }

    /// Forgets the link of an account.
    pub(crate) fn delete_reset_token(&self, account: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM links WHERE account_id = ?1", &values![account]).map(drop)
    }
}
