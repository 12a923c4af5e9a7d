//! The counts of attempts that all servers share, by the HMAC of what they count for.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// When the burst of a key is whole again.
    pub(crate) fn rate_limit(&self, key: &str) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT full_at FROM rate_limits WHERE key = ?1";
        self.find(sql, &values![key], |row| Ok(Timestamp(row.get(0)?)))
    }

    pub(crate) fn set_rate_limit(&self, key: &str, full_at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO rate_limits (key, full_at) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET full_at = excluded.full_at";
        self.execute(sql, &values![key, full_at.0]).map(drop)
    }

    pub(crate) fn delete_rate_limit(&self, key: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM rate_limits WHERE key = ?1", &values![key]).map(drop)
    }

    /// Deletes some of the counts that limit nothing any more. Returns their number.
    pub(crate) fn delete_expired_rate_limits(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("rate_limits", "key", "full_at <= ?1"), &values![now.0])
    }
}
