//! The ledger: every decision as a record that contains the hash of the previous one, under a
//! signed head.
//!
//! - [`key`] signs heads and receipts, and names this server's chain.
//! - `writer` links records within the store's transactions, one batch per commit.
//! - [`verify`] walks every chain and names the first record that was altered.
//! - [`checkpoint`] signs a head for a witness elsewhere, and verifies such a checkpoint.
//! - [`export`] writes the ledger as lines that anyone can verify.
//! - [`timestamps`] requests a daily time stamp of the head, if an authority is configured.
//! - `retention` prunes the oldest batches, so that the rest still verifies.
//! - [`receipt`] signs the copy of a record for the visitor, and verifies such a receipt.
//! - [`json_ld`] writes receipts and records in the terms of the W3C Data Privacy Vocabulary.
//! - `history` finds the records of one browser or one account.
//! - [`admin`] offers all this to the command line.
//!
//! A chain is named after its key, so no other key can sign it. Servers with keys of their own
//! write chains of their own; the ledger is all chains of a database. Only chains of a [trusted
//! key](key::TrustedKeys) count.

pub mod admin;
pub mod checkpoint;
mod encoding;
pub mod export;
mod history;
pub mod json_ld;
pub mod key;
pub mod receipt;
pub(crate) mod retention;
mod tampered;
#[cfg(test)]
pub(crate) mod tests;
pub mod timestamps;
pub mod verify;
mod writer;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{select, task::spawn_blocking, time::sleep};
use uuid::Uuid;

pub(crate) use self::history::{MAX_HISTORY_RECORDS, RecordHistory, RecordOwner, all_records_of};
use self::key::{Key, TrustedKeys};
use super::store::{Database, LedgerBatch, LedgerHead, Store, StoreError, Tx};
use crate::{domain::ledger::record::Record, system::rng::Rng};

/// The interval between attempts to reach a database server.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// A server's ledger: the key that signs it, and the keys that are trusted.
#[derive(Clone, Debug)]
pub struct Ledger {
    key: Arc<Key>,
    trusted: Arc<TrustedKeys>,
}

impl Ledger {
    /// Creates the ledger of this key, which also trusts the `listed` public keys.
    pub fn new(key: Key, listed: Vec<String>) -> Self {
        let trusted = Arc::new(TrustedKeys::new(Some(&key), listed));
        Self { key: Arc::new(key), trusted }
    }

    /// The trusted keys.
    pub fn trusted_keys(&self) -> &TrustedKeys {
        &self.trusted
    }

    /// Opens the database together with this ledger.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(&self, database: &Database, rng: Rng) -> Result<Store, StoreError> {
        Store::open_with_ledger(database, Some(Box::new(writer::Chain::new(Arc::clone(&self.key), rng))))
    }

    /// Opens the database as soon as its server can be reached, with an attempt each second.
    /// Returns `None` if `stop` completes before. Calls `wait` with the reason after the first
    /// failed attempt.
    ///
    /// # Errors
    /// As [`Store::open`], except [`StoreError::Unreachable`].
    pub async fn open_when_reachable(
        &self,
        database: &Database,
        rng: &Rng,
        mut stop: impl Future<Output = ()> + Unpin,
        wait: impl FnOnce(&StoreError),
    ) -> Result<Option<Store>, StoreError> {
        let mut wait = Some(wait);
        loop {
            let (ledger, database, rng) = (self.clone(), database.clone(), rng.clone());
            let tried = spawn_blocking(move || ledger.open(&database, rng));
            let opened = select! {
                biased;
                () = &mut stop => return Ok(None),
                opened = tried => opened.map_err(|_| StoreError::ThreadGone)?,
            };
            match opened {
                Err(error @ StoreError::Unreachable(_)) => {
                    if let Some(wait) = wait.take() {
                        wait(&error);
                    }
                }
                opened => return opened.map(Some),
            }
            select! {
                biased;
                () = &mut stop => return Ok(None),
                () = sleep(RETRY_INTERVAL) => {}
            }
        }
    }

    /// Signs an empty head for this server's chain, if it has none, so that a ledger without a head
    /// is known to be cut; and checks that each chain ends as its head says.
    ///
    /// # Errors
    /// [`StoreError`] if the head cannot be written, and [`StoreError::Corrupt`] if a chain ends
    /// otherwise.
    pub async fn begin(&self, store: &Store) -> Result<(), StoreError> {
        if let Some(chain) = store.read_snapshot(verify::find_cut_chain).await? {
            return Err(StoreError::Corrupt(format!(
                "chain {chain} of the ledger does not end as its signed head says"
            )));
        }
        let key = Arc::clone(&self.key);
        let begin = move |tx: &Tx<'_>| match tx.lock_head(key.chain())? {
            Some(_) => Ok(()),
            None => tx.put_head(&key.first_head()),
        };
        store.write(begin).await
    }

    /// Whether the database contains a ledger of any server.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn exists(&self, store: &Store) -> Result<bool, StoreError> {
        store.read_snapshot(|tx| Ok(!tx.heads()?.is_empty())).await
    }

    /// The chains that no trusted key signs.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub async fn untrusted(&self, store: &Store) -> Result<Vec<String>, StoreError> {
        let trusted = Arc::clone(&self.trusted);
        let is_untrusted = move |head: &LedgerHead| !trusted.contains(&head.key);
        store
            .read_snapshot(move |tx| Ok(tx.heads()?.into_iter().filter(is_untrusted).map(|head| head.chain).collect()))
            .await
    }

    /// Whether the ledger contains a record.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub async fn holds(&self, store: &Store, id: Uuid) -> Result<bool, StoreError> {
        let trusted = Arc::clone(&self.trusted);
        store.read(move |tx| Ok(find(tx, &trusted.heads(tx)?, id)?.is_some())).await
    }
}

/// The maximum number of batches of one query.
const BATCHES_PER_QUERY: u32 = 4_096;

/// The maximum length of the stored records of one query, in bytes. Decompressed, real records take
/// six times as much memory, and forged ones at most 255 times.
const BYTES_PER_QUERY: u64 = 1 << 20;

/// Calls `work` with each batch of a chain, in order.
fn for_each_batch<E: From<StoreError>>(
    tx: &Tx<'_>,
    chain: &str,
    mut work: impl FnMut(&LedgerBatch) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = String::new();
    loop {
        let batches = tx.next_batches(chain, &after, BATCHES_PER_QUERY, BYTES_PER_QUERY)?;
        let Some(last) = batches.last() else { return Ok(()) };
        after.clone_from(&last.first_id);
        batches.iter().try_for_each(&mut work)?;
    }
}

/// Finds a record in the given chains. Returns its line too.
fn find(tx: &Tx<'_>, heads: &[LedgerHead], id: Uuid) -> Result<Option<(String, Record)>, StoreError> {
    let id = id.to_string();
    for head in heads {
        let Some(batch) = tx.batch_containing(&head.chain, &id)? else { continue };
        // The ids of several chains interleave, so the batch may contain earlier records only.
        for line in batch.records.lines().filter(|line| line.contains(&id)) {
            if let Some(record) = encoding::decode(line).filter(|record| record.header.id.to_string() == id) {
                return Ok(Some((line.to_owned(), record)));
            }
        }
    }
    Ok(None)
}

/// The records of the batches that may contain `id`, one batch per chain, by id.
fn records_of_batches_with(tx: &Tx<'_>, heads: &[LedgerHead], id: &str) -> Result<HashMap<String, Record>, StoreError> {
    let mut found = HashMap::new();
    for head in heads {
        let Some(batch) = tx.batch_containing(&head.chain, id)? else { continue };
        let records = batch.records.lines().filter_map(encoding::decode);
        found.extend(records.map(|record| (record.header.id.to_string(), record)));
    }
    Ok(found)
}
