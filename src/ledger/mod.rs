//! The ledger: every decision as a record, each chained to the one before it by its hash, under a signed head.
//!
//! - [`key`] signs heads and receipts, and names the chain that this server writes.
//! - `scribe` chains records within the store's transactions, one page a commit.
//! - [`verify`] walks every chain and names the first record that is not as it was written.
//! - [`checkpoint`] writes down the head for a witness elsewhere, and reads what a witness kept.
//! - [`export`] writes all of it as lines that anyone can verify.
//! - [`timestamps`] has an authority attest the head once a day, where one is set.
//! - `retention` removes the oldest pages, so that what is left still verifies.
//! - [`receipt`] signs the copy of a record that the person takes away, and judges one that is brought back.
//! - `history` finds the records of one browser or one account, for whoever they are about.
//! - [`operator`] does all this from the command line.
//!
//! A chain is named for its key, so nobody can sign another's. Servers with keys of their own write chains of their own,
//! and the whole ledger is all chains of a database. Only chains under a [trusted key](key::TrustedKeys) are believed.

pub mod admin;
pub mod checkpoint;
mod encoding;
pub mod export;
mod history;
pub mod key;
pub mod receipt;
pub(crate) mod retention;
#[cfg(test)]
pub(crate) mod tests;
pub mod timestamps;
pub mod verify;
mod writer;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{select, task::spawn_blocking, time::sleep};
use uuid::Uuid;

pub(crate) use self::history::{MOST, RecordHistory, RecordOwner, everything_of};
use self::key::{Key, TrustedKeys};
use super::store::{Database, LedgerBatch, LedgerHead, Store, StoreError, Tx};
use crate::{domain::ledger::record::Record, system::rng::Rng};

/// How long after a try to reach the server of a database the next one comes.
const NEXT_TRY: Duration = Duration::from_secs(1);

/// The ledger of one server.
#[derive(Clone, Debug)]
pub struct Ledger {
    key: Arc<Key>,
    trusted: Arc<TrustedKeys>,
}

impl Ledger {
    /// The ledger that is signed with this key, and believes what is signed with one of the `listed` public keys.
    pub fn new(key: Key, listed: Vec<String>) -> Self {
        let trusted = Arc::new(TrustedKeys::new(Some(&key), listed));
        Self { key: Arc::new(key), trusted }
    }

    /// The keys that it believes.
    pub fn trusted_keys(&self) -> &TrustedKeys {
        &self.trusted
    }

    /// The store in this database, with this ledger open for writing.
    ///
    /// # Errors
    /// As [`Store::of`].
    pub fn open(&self, database: &Database, chance: Rng) -> Result<Store, StoreError> {
        Store::open_with_ledger(database, Some(Box::new(writer::Chain::new(Arc::clone(&self.key), chance))))
    }

    /// The same, once the server of the database answers: it is tried again each second until then. None if `stop` is over before.
    /// `wait` is called with the reason when it does not answer the first time.
    ///
    /// # Errors
    /// As [`Store::of`], but for a server that cannot be reached.
    pub async fn open_once_there(
        &self,
        database: &Database,
        chance: &Rng,
        mut stop: impl Future<Output = ()> + Unpin,
        wait: impl FnOnce(&StoreError),
    ) -> Result<Option<Store>, StoreError> {
        let mut wait = Some(wait);
        loop {
            let (ledger, database, chance) = (self.clone(), database.clone(), chance.clone());
            let tried = spawn_blocking(move || ledger.open(&database, chance));
            let opened = select! {
                biased;
                () = &mut stop => return Ok(None),
                opened = tried => opened.map_err(|_| StoreError::Gone)?,
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
                () = sleep(NEXT_TRY) => {}
            }
        }
    }

    /// Signs the head of this server's chain, if there is none yet, so that a ledger without one is known to be cut; and
    /// looks whether each chain ends as its head says.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written, and [`StoreError::Torn`] if a chain ends otherwise.
    pub async fn begin(&self, store: &Store) -> Result<(), StoreError> {
        if let Some(chain) = store.read_snapshot(verify::torn).await? {
            return Err(StoreError::Torn(format!("chain {chain} of the ledger does not end as its signed head says")));
        }
        let key = Arc::clone(&self.key);
        let begin = move |tables: &Tx<'_>| match tables.lock_head(key.chain())? {
            Some(_) => Ok(()),
            None => tables.put_head(&key.first_head()),
        };
        store.write(begin).await
    }

    /// Whether the database holds a ledger already, of any server.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub async fn is_begun(&self, store: &Store) -> Result<bool, StoreError> {
        store.read_snapshot(|tables| Ok(!tables.heads()?.is_empty())).await
    }

    /// The chains that are not believed, since no trusted key signs them.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub async fn untrusted(&self, store: &Store) -> Result<Vec<String>, StoreError> {
        let trusted = Arc::clone(&self.trusted);
        let is_untrusted = move |head: &LedgerHead| !trusted.contains(&head.key);
        store
            .read_snapshot(move |tables| {
                Ok(tables.heads()?.into_iter().filter(is_untrusted).map(|head| head.chain).collect())
            })
            .await
    }

    /// Whether the record of that id is kept.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub async fn holds(&self, store: &Store, id: Uuid) -> Result<bool, StoreError> {
        let trusted = Arc::clone(&self.trusted);
        store.read(move |tables| Ok(find(tables, &trusted.heads(tables)?, id)?.is_some())).await
    }
}

/// How many pages are read at once: few, so that a server of the database is not asked for much.
const AT_ONCE: u32 = 16;

/// Does something with each page of a chain, in order.
fn for_each_batch<E: From<StoreError>>(
    tables: &Tx<'_>,
    chain: &str,
    mut work: impl FnMut(&LedgerBatch) -> Result<(), E>,
) -> Result<(), E> {
    let mut behind = String::new();
    loop {
        let pages = tables.batches_after(chain, &behind, AT_ONCE)?;
        let Some(last) = pages.last() else { return Ok(()) };
        behind.clone_from(&last.first_id);
        pages.iter().try_for_each(&mut work)?;
    }
}

/// The line of a record, and the record, if one of these chains keeps it.
fn find(tables: &Tx<'_>, heads: &[LedgerHead], id: Uuid) -> Result<Option<(String, Record)>, StoreError> {
    let id = id.to_string();
    for head in heads {
        let Some(page) = tables.batch_containing(&head.chain, &id)? else { continue };
        // Ids of several chains lie between each other, so the page may be of earlier records.
        for line in page.records.lines().filter(|line| line.contains(&id)) {
            if let Some(record) = encoding::read(line).filter(|record| record.header.id.to_string() == id) {
                return Ok(Some((line.to_owned(), record)));
            }
        }
    }
    Ok(None)
}

/// The records of the pages in which that one would be, one of each chain, by their ids.
fn records_beside(tables: &Tx<'_>, heads: &[LedgerHead], id: &str) -> Result<HashMap<String, Record>, StoreError> {
    let mut found = HashMap::new();
    for head in heads {
        let Some(page) = tables.batch_containing(&head.chain, id)? else { continue };
        let records = page.records.lines().filter_map(encoding::read);
        found.extend(records.map(|record| (record.header.id.to_string(), record)));
    }
    Ok(found)
}
