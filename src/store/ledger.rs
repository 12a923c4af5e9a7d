//! The ledger: chains of records, which lie in pages of one commit each, and the texts that were shown.
//!
//! What a page holds and what a head signs is the ledger's own affair; here both are texts.

use super::{
    StoreError, Tx,
    values::{Row, values},
};
use crate::{
    domain::Timestamp,
    store::compression::{pack, unpack},
};

/// The end of one chain, signed, and what is left of its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerHead {
    /// The chain's name.
    pub chain: String,
    /// The key that its signatures are checked with.
    pub key: String,
    /// How many records were ever appended.
    pub records: u64,
    /// The id of the last record; empty if there is none.
    pub last_id: String,
    /// The hash of the last record.
    pub last_hash: String,
    /// How many of the first records are no longer kept.
    pub pruned: u64,
    /// The hash that the first kept record is chained to.
    pub pruned_hash: String,
    /// The signature over all of it.
    pub signature: String,
}

/// The records of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerBatch {
    /// The chain that they are part of.
    pub chain: String,
    /// The id of the first.
    pub first_id: String,
    /// The id of the last.
    pub last_id: String,
    /// The records, a line each; empty if what is stored is none.
    pub records: String,
    /// By when it was written, where its ids say that it was later.
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

fn read_page(row: &Row<'_>) -> Result<LedgerBatch, StoreError> {
    let records: Vec<u8> = row.get(3)?;
    // Whoever walks the chain says which page is not as it was written.
    let records = unpack(&records).unwrap_or_default();
    let written_before = row.get::<Option<i64>>(4)?.map(Timestamp);
    Ok(LedgerBatch { chain: row.get(0)?, first_id: row.get(1)?, last_id: row.get(2)?, records, written_before })
}

/// A count as it is stored.
fn stored(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// The head of a chain, which nobody else can move until this transaction is over.
    pub(crate) fn lock_head(&self, chain: &str) -> Result<Option<LedgerHead>, StoreError> {
        self.find(
            "UPDATE ledger_heads SET records = records WHERE chain = ?1
             RETURNING chain, key, records, last_id, last_hash, pruned, pruned_hash, signature",
            &values![chain],
            read_head,
        )
    }

    /// The head of every chain, by name.
    pub(crate) fn heads(&self) -> Result<Vec<LedgerHead>, StoreError> {
        self.list(
            "SELECT chain, key, records, last_id, last_hash, pruned, pruned_hash, signature FROM ledger_heads ORDER BY chain",
            &values![],
            read_head,
        )
    }

    /// Stores a head, in place of the chain's earlier one.
    pub(crate) fn put_head(&self, head: &LedgerHead) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO ledger_heads (chain, key, records, last_id, last_hash, pruned, pruned_hash, signature)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (chain) DO UPDATE SET key = excluded.key, records = excluded.records,
                last_id = excluded.last_id, last_hash = excluded.last_hash, pruned = excluded.pruned,
                pruned_hash = excluded.pruned_hash, signature = excluded.signature",
            &values![
                &head.chain,
                &head.key,
                stored(head.records),
                &head.last_id,
                &head.last_hash,
                stored(head.pruned),
                &head.pruned_hash,
                &head.signature,
            ],
        )
        .map(drop)
    }

    /// Adds a page. One chain has one page that begins with a record; a second one fails.
    pub(crate) fn insert_batch(&self, page: &LedgerBatch) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO ledger_batches (chain, first_id, last_id, records) VALUES (?1, ?2, ?3, ?4)",
            &values![&page.chain, &page.first_id, &page.last_id, pack(&page.records)],
        )
        .map(drop)
    }

    /// The page of a chain in which a record stands, if it is in that chain at all.
    pub(crate) fn batch_containing(&self, chain: &str, record: &str) -> Result<Option<LedgerBatch>, StoreError> {
        self.find(
            "SELECT chain, first_id, last_id, records, written_before FROM ledger_batches WHERE chain = ?1 AND first_id <= ?2
             ORDER BY first_id DESC LIMIT 1",
            &values![chain, record],
            read_page,
        )
    }

    /// Up to `most` pages of a chain, in order, from the one that begins behind that record on.
    pub(crate) fn batches_after(&self, chain: &str, record: &str, most: u32) -> Result<Vec<LedgerBatch>, StoreError> {
        self.list(
            "SELECT chain, first_id, last_id, records, written_before FROM ledger_batches WHERE chain = ?1 AND first_id > ?2
             ORDER BY first_id LIMIT ?3",
            &values![chain, record, i64::from(most)],
            read_page,
        )
    }

    /// The names of the chains that have pages but no head.
    pub(crate) fn headless_chains(&self) -> Result<Vec<String>, StoreError> {
        self.list(
            "SELECT DISTINCT chain FROM ledger_batches WHERE chain NOT IN (SELECT chain FROM ledger_heads) ORDER BY chain",
            &values![],
            |row| row.get(0),
        )
    }

    /// Removes a page. Returns whether it was there.
    pub(crate) fn delete_batch(&self, chain: &str, first_id: &str) -> Result<bool, StoreError> {
        let removed =
            self.execute("DELETE FROM ledger_batches WHERE chain = ?1 AND first_id = ?2", &values![chain, first_id])?;
        Ok(removed > 0)
    }

    /// Keeps a text that was shown, under its hash.
    pub(crate) fn store_prompt_snapshot(&self, hash: &str, text: &str) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO prompt_snapshots (hash, text) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
            &values![hash, text],
        )
        .map(drop)
    }

    /// Every text that was shown, with its hash.
    pub(crate) fn prompt_snapshots(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.list("SELECT hash, text FROM prompt_snapshots ORDER BY hash", &values![], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Links a record to the account of whoever decided.
    pub(crate) fn attach_record(&self, account: &str, record: &str) -> Result<(), StoreError> {
        self.execute("INSERT INTO account_records (account_id, record_id) VALUES (?1, ?2)", &values![account, record])
            .map(drop)
    }

    /// Whether a record was made while signed in to an account.
    pub(crate) fn is_record_of(&self, account: &str, record: &str) -> Result<bool, StoreError> {
        let found = self.find(
            "SELECT 1 FROM account_records WHERE account_id = ?1 AND record_id = ?2",
            &values![account, record],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The ids of an account's latest records, the newest first.
    pub(crate) fn record_ids_of(&self, account: &str, most: u32) -> Result<Vec<String>, StoreError> {
        self.list(
            "SELECT record_id FROM account_records WHERE account_id = ?1 ORDER BY record_id DESC LIMIT ?2",
            &values![account, i64::from(most)],
            |row| row.get(0),
        )
    }

    /// Forgets the links of everybody to the records of a page.
    pub(crate) fn detach_records(&self, page: &LedgerBatch) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM account_records WHERE record_id >= ?1 AND record_id <= ?2",
            &values![&page.first_id, &page.last_id],
        )
        .map(drop)
    }
}
