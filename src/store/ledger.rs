//! The tables of the ledger: the heads of the chains, the batches of records, and prompt snapshots.
//!
//! The format of a record and of a signature belongs to the ledger layer; here both are text.

use super::{
    StoreError, Tx,
    values::{Row, values},
};
use crate::{
    domain::Timestamp,
    store::compression::{compress, decompress},
};

/// The signed head of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerHead {
    pub chain: String,
    /// The public key of the chain's signatures.
    pub key: String,
    /// The number of records ever appended.
    pub records: u64,
    /// The id of the last record; empty if the chain has none.
    pub last_id: String,
    pub last_hash: String,
    /// The number of pruned records, all from the beginning of the chain.
    pub pruned: u64,
    /// The hash of the last pruned record, to which the first stored record is linked.
    pub pruned_hash: String,
    /// The signature of all the fields above.
    pub signature: String,
}

/// The records of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerBatch {
    pub chain: String,
    pub first_id: String,
    pub last_id: String,
    /// The records, one per line; empty if the stored bytes cannot be decompressed.
    pub records: String,
    /// A time before which the batch was written, if its ids are from a clock that was ahead.
    pub written_before: Option<Timestamp>,
}

fn read_head(row: &Row<'_>) -> Result<LedgerHead, StoreError> {
    Ok(LedgerHead {
        chain: row.get(0)?,
        key: row.get(1)?,
        records: row.get(2)?,
        last_id: row.get(3)?,
        last_hash: row.get(4)?,
        pruned: row.get(5)?,
        pruned_hash: row.get(6)?,
        signature: row.get(7)?,
    })
}

fn read_batch(row: &Row<'_>) -> Result<LedgerBatch, StoreError> {
    // The verification names the batch that cannot be decompressed.
    let records = row.bytes(3, decompress)?.unwrap_or_default();
    let written_before = row.get::<Option<i64>>(4)?.map(Timestamp);
    Ok(LedgerBatch { chain: row.get(0)?, first_id: row.get(1)?, last_id: row.get(2)?, records, written_before })
}

fn to_i64(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// Returns the head of a chain and locks it until the end of this transaction.
    pub(crate) fn lock_head(&self, chain: &str) -> Result<Option<LedgerHead>, StoreError> {
        self.find(
            "UPDATE ledger_heads SET records = records WHERE chain = ?1
             RETURNING chain, key, records, last_id, last_hash, pruned, pruned_hash, signature",
            &values![chain],
            read_head,
        )
    }

    /// The heads of all chains, by name.
    pub(crate) fn heads(&self) -> Result<Vec<LedgerHead>, StoreError> {
        self.list(
            "SELECT chain, key, records, last_id, last_hash, pruned, pruned_hash, signature FROM ledger_heads ORDER BY chain",
            &values![],
            read_head,
        )
    }

    /// Stores a head, in place of the chain's previous one.
    pub(crate) fn put_head(&self, head: &LedgerHead) -> Result<(), StoreError> {
        self.queue(
            "INSERT INTO ledger_heads (chain, key, records, last_id, last_hash, pruned, pruned_hash, signature)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (chain) DO UPDATE SET key = excluded.key, records = excluded.records,
                last_id = excluded.last_id, last_hash = excluded.last_hash, pruned = excluded.pruned,
                pruned_hash = excluded.pruned_hash, signature = excluded.signature",
            &values![
                &head.chain,
                &head.key,
                to_i64(head.records),
                &head.last_id,
                &head.last_hash,
                to_i64(head.pruned),
                &head.pruned_hash,
                &head.signature,
            ],
        )
    }

    /// Stores a batch. Fails if the chain has a batch with the same first id.
    pub(crate) fn insert_batch(&self, batch: &LedgerBatch) -> Result<(), StoreError> {
        self.queue(
            "INSERT INTO ledger_batches (chain, first_id, last_id, records) VALUES (?1, ?2, ?3, ?4)",
            &values![&batch.chain, &batch.first_id, &batch.last_id, compress(&batch.records)],
        )
    }

    /// The batch of a chain that contains the record, if the chain contains it at all.
    pub(crate) fn batch_containing(&self, chain: &str, record: &str) -> Result<Option<LedgerBatch>, StoreError> {
        self.find(
            "SELECT chain, first_id, last_id, records, written_before FROM ledger_batches WHERE chain = ?1 AND first_id <= ?2
             ORDER BY first_id DESC LIMIT 1",
            &values![chain, record],
            read_batch,
        )
    }

    /// Up to `limit` batches of a chain whose first id is greater than `record`, in order.
    pub(crate) fn batches_after(&self, chain: &str, record: &str, limit: u32) -> Result<Vec<LedgerBatch>, StoreError> {
        self.list(
            "SELECT chain, first_id, last_id, records, written_before FROM ledger_batches WHERE chain = ?1 AND first_id > ?2
             ORDER BY first_id LIMIT ?3",
            &values![chain, record, i64::from(limit)],
            read_batch,
        )
    }

    /// The next batches of a chain whose first id is greater than `record`, in order: up to
    /// `limit`, and only as many as take up to `bytes` bytes together as they are stored, but at
    /// least one.
    pub(crate) fn next_batches(
        &self,
        chain: &str,
        record: &str,
        limit: u32,
        bytes: u64,
    ) -> Result<Vec<LedgerBatch>, StoreError> {
        let lengths = self.list(
            "SELECT LENGTH(records) FROM ledger_batches WHERE chain = ?1 AND first_id > ?2 ORDER BY first_id LIMIT ?3",
            &values![chain, record, i64::from(limit)],
            |row| row.get::<u64>(0),
        )?;
        let ends = lengths.into_iter().scan(0_u64, |end, length| {
            *end = end.saturating_add(length);
            Some(*end)
        });
        let count = ends.take_while(|end| *end <= bytes).count().max(1);
        self.batches_after(chain, record, count.try_into().unwrap_or(limit))
    }

    /// The names of chains that have batches but no head.
    pub(crate) fn headless_chains(&self) -> Result<Vec<String>, StoreError> {
        // DISTINCT would read the whole index.
        self.list(
            "WITH RECURSIVE chains (name) AS (
                SELECT MIN(chain) FROM ledger_batches
                UNION ALL
                SELECT (SELECT MIN(chain) FROM ledger_batches WHERE chain > name) FROM chains WHERE name IS NOT NULL
             )
             SELECT name FROM chains WHERE name IS NOT NULL AND name NOT IN (SELECT chain FROM ledger_heads) ORDER BY name",
            &values![],
            |row| row.get(0),
        )
    }

    /// Deletes a batch. Returns whether it existed.
    pub(crate) fn delete_batch(&self, chain: &str, first_id: &str) -> Result<bool, StoreError> {
        let removed =
            self.execute("DELETE FROM ledger_batches WHERE chain = ?1 AND first_id = ?2", &values![chain, first_id])?;
        Ok(removed > 0)
    }

    /// Stores a prompt snapshot under its hash, unless it is stored already.
    pub(crate) fn store_prompt_snapshot(&self, hash: &str, text: &str) -> Result<(), StoreError> {
        self.queue(
            "INSERT INTO prompt_snapshots (hash, text) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
            &values![hash, text],
        )
    }

    /// All prompt snapshots, as hash and text.
    pub(crate) fn prompt_snapshots(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.list("SELECT hash, text FROM prompt_snapshots ORDER BY hash", &values![], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Attaches a record to the account that was signed in.
    pub(crate) fn attach_record(&self, account: &str, record: &str) -> Result<(), StoreError> {
        self.execute("INSERT INTO account_records (account_id, record_id) VALUES (?1, ?2)", &values![account, record])
            .map(drop)
    }

    /// Whether a record is attached to an account.
    pub(crate) fn is_record_of(&self, account: &str, record: &str) -> Result<bool, StoreError> {
        let found = self.find(
            "SELECT 1 FROM account_records WHERE account_id = ?1 AND record_id = ?2",
            &values![account, record],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The ids of the latest records of an account, newest first.
    pub(crate) fn record_ids_of(&self, account: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        self.list(
            "SELECT record_id FROM account_records WHERE account_id = ?1 ORDER BY record_id DESC LIMIT ?2",
            &values![account, i64::from(limit)],
            |row| row.get(0),
        )
    }

    /// Detaches the records of a batch from all accounts.
    pub(crate) fn detach_records(&self, batch: &LedgerBatch) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM account_records WHERE record_id >= ?1 AND record_id <= ?2",
            &values![&batch.first_id, &batch.last_id],
        )
        .map(drop)
    }
}
