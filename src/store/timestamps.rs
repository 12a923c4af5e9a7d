//! Time stamps of ledger heads, as an authority issued them. The ledger layer verifies them.

use super::{
    StoreError, Tx,
    values::{Row, values},
};
use crate::domain::Timestamp;

/// A ledger head with its time stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StampedHead {
    pub chain: String,
    /// The day of the request, as `YYYY-MM-DD`.
    pub day: String,
    /// The head, as a checkpoint.
    pub checkpoint: String,
    /// The response of the authority (RFC 3161, `TimeStampResp`), unchanged.
    pub reply: Vec<u8>,
}

fn read(row: &Row<'_>) -> Result<StampedHead, StoreError> {
    Ok(StampedHead { chain: row.get(0)?, day: row.get(1)?, checkpoint: row.get(2)?, reply: row.get(3)? })
}

impl Tx<'_> {
    /// Whether a chain has a time stamp of the day, and one of the checkpoint.
    pub(crate) fn is_stamped(&self, chain: &str, day: &str, checkpoint: &str) -> Result<(bool, bool), StoreError> {
        let is_there =
            |sql, value: &str| Ok::<_, StoreError>(self.find(sql, &values![chain, value], |_| Ok(()))?.is_some());
        Ok((
            is_there("SELECT 1 FROM head_timestamps WHERE chain = ?1 AND day = ?2", day)?,
            is_there("SELECT 1 FROM head_timestamps WHERE chain = ?1 AND checkpoint = ?2 LIMIT 1", checkpoint)?,
        ))
    }

    /// Stores a time stamp, unless the chain has one of the same day.
    pub(crate) fn add_stamped_head(&self, head: &StampedHead) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO head_timestamps (chain, day, checkpoint, reply) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (chain, day) DO NOTHING",
            &values![&head.chain, &head.day, &head.checkpoint, head.reply.as_slice()],
        )
        .map(drop)
    }

    /// Deletes all time stamps, as an attacker with access to the database could.
    #[cfg(test)]
    pub(crate) fn delete_stamped_heads(&self) -> Result<(), StoreError> {
        self.execute("DELETE FROM head_timestamps", &values![]).map(drop)
    }

    /// Up to `limit` time stamps after the given chain and day, in that order.
    pub(crate) fn stamped_heads_after(
        &self,
        chain: &str,
        day: &str,
        limit: u32,
    ) -> Result<Vec<StampedHead>, StoreError> {
        self.list(
            "SELECT chain, day, checkpoint, reply FROM head_timestamps WHERE (chain, day) > (?1, ?2)
             ORDER BY chain, day LIMIT ?3",
            &values![chain, day, i64::from(limit)],
            read,
        )
    }

    /// When a server last requested a time stamp of the chain.
    pub(crate) fn timestamp_requested_at(&self, chain: &str) -> Result<Option<Timestamp>, StoreError> {
        self.find("SELECT requested_at FROM timestamp_requests WHERE chain = ?1", &values![chain], |row| {
            Ok(Timestamp(row.get(0)?))
        })
    }

    /// Records a request for a time stamp of the chain.
    pub(crate) fn set_timestamp_requested_at(&self, chain: &str, requested_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO timestamp_requests (chain, requested_at) VALUES (?1, ?2)
             ON CONFLICT (chain) DO UPDATE SET requested_at = excluded.requested_at",
            &values![chain, requested_at.0],
        )
        .map(drop)
    }
}
