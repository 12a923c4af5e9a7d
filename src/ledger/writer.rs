//! Links records within the transaction that stores them: those of one commit form one batch.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use uuid::Uuid;

use super::{key::Key, retention};
use crate::{
    domain::{
        Timestamp,
        ledger::{choice::CountedChoice, record::RecordText},
    },
    ledger::encoding,
    store::{EncodeRecord, EncodedRecord, LedgerBatch, LedgerHead, LedgerSavepoint, LedgerWriter, StoreError, Tx},
    system::{
        digest::{hex, sha256},
        rng::Rng,
    },
};

/// The number of random bytes of an id.
const RANDOM_BYTES: usize = 10;

#[derive(Debug)]
pub(super) struct Chain {
    key: Arc<Key>,
    rng: Rng,
    /// The hashes of the prompt snapshots that are known to be stored.
    stored: HashSet<String>,
    open: Option<OpenBatch>,
}

/// The end of the chain, which the transaction has locked.
#[derive(Debug)]
struct OpenBatch {
    /// The head at the beginning of the transaction, or after the last pruning.
    head: LedgerHead,
    /// The head before each pruning.
    unpruned: Vec<LedgerHead>,
    /// The random bytes for the next id.
    random: [u8; RANDOM_BYTES],
    /// The lines of the appended records.
    lines: String,
    /// The appended records.
    entries: Vec<LedgerEntry>,
}

#[derive(Debug)]
struct LedgerEntry {
    id: Uuid,
    hash: String,
    /// The index after its line in `lines`.
    end: usize,
    shown: Option<Arc<RecordText>>,
    choice: CountedChoice,
}

impl OpenBatch {
    /// The prompt snapshots of the appended records. Consecutive records with the same one yield it
    /// once.
    fn texts(&self) -> impl Iterator<Item = &Arc<RecordText>> {
        let is_same = |one: &LedgerEntry, next: &LedgerEntry| match (&one.shown, &next.shown) {
            (Some(one), Some(next)) => Arc::ptr_eq(one, next),
            (one, next) => one.is_none() && next.is_none(),
        };
        self.entries.chunk_by(is_same).filter_map(|row| row.first()?.shown.as_ref())
    }
}

impl Chain {
    pub(super) fn new(key: Arc<Key>, rng: Rng) -> Self {
        Self { key, rng, stored: HashSet::new(), open: None }
    }

    fn open(&mut self, tx: &Tx<'_>) -> Result<&mut OpenBatch, StoreError> {
        if self.open.is_none() {
            let head = tx.lock_head(self.key.chain())?;
            let head = head.unwrap_or_else(|| self.key.first_head());
            let (unpruned, lines, entries) = (Vec::new(), String::new(), Vec::new());
            self.open = Some(OpenBatch { head, unpruned, random: self.rng.bytes(), lines, entries });
        }
        self.open.as_mut().ok_or(StoreError::NoLedger)
    }
}

impl LedgerWriter for Chain {
    fn encoder(&self) -> EncodeRecord {
        encoding::encode_unlinked
    }

    fn append(&mut self, tx: &Tx<'_>, record: EncodedRecord) -> Result<Uuid, StoreError> {
        let open = self.open(tx)?;
        let (last, previous) = match open.entries.last() {
            Some(entry) => (Some(entry.id), &entry.hash),
            None => (open.head.last_id.parse().ok(), &open.head.last_hash),
        };
        let id = next_id(last, record.decided_at, &open.random);
        let begin = encoding::link(&mut open.lines, &record.line, id, previous)?;
        let digest = sha256(&open.lines[begin..]);
        // The hash is as random as the random bytes of the id that it covers, and is already
        // computed.
        open.random.copy_from_slice(&digest[..RANDOM_BYTES]);
        let EncodedRecord { shown, choice, .. } = record;
        open.entries.push(LedgerEntry { id, hash: hex(&digest), end: open.lines.len(), shown, choice });
        Ok(id)
    }

    fn prune(&mut self, tx: &Tx<'_>, before: Timestamp, latest: Timestamp) -> Result<usize, StoreError> {
        let head = self.open(tx)?.head.clone();
        let (head, batches) = retention::prune(tx, head, before, latest)?;
        if batches > 0 {
            tx.put_head(&self.key.sign_head(head.clone()))?;
            let open = self.open(tx)?;
            open.unpruned.push(std::mem::replace(&mut open.head, head));
        }
        Ok(batches)
    }

    fn savepoint(&self) -> LedgerSavepoint {
        let savepoint =
            |open: &OpenBatch| LedgerSavepoint { appended: open.entries.len(), prune_count: open.unpruned.len() };
        self.open.as_ref().map(savepoint).unwrap_or_default()
    }

    fn rollback_to(&mut self, savepoint: LedgerSavepoint) {
        if let Some(open) = &mut self.open {
            open.entries.truncate(savepoint.appended);
            open.lines.truncate(open.entries.last().map_or(0, |entry| entry.end));
            if let Some(head) = open.unpruned.drain(savepoint.prune_count..).next() {
                open.head = head;
            }
        }
    }

    fn flush(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let Some((first, last)) = open.entries.first().zip(open.entries.last()) else { return Ok(()) };
        for shown in open.texts().filter(|shown| !self.stored.contains(&shown.hash)) {
            tx.store_prompt_snapshot(&shown.hash, &shown.text)?;
            // An answer to a translation refers to the original, so that must be stored too.
            if let Some(original) = &shown.original {
                tx.store_prompt_snapshot(&original.hash, &original.text)?;
            }
        }
        let mut choices = HashMap::<&CountedChoice, i64>::new();
        for entry in &open.entries {
            *choices.entry(&entry.choice).or_default() += 1;
        }
        for (choice, count) in choices {
            tx.add_choices(&open.head.chain, choice, count)?;
        }
        let head = &open.head;
        let records = head.records + u64::try_from(open.entries.len()).unwrap_or(u64::MAX);
        let (first_id, last_id, last_hash) = (first.id.to_string(), last.id.to_string(), last.hash.clone());
        let batch = LedgerBatch {
            chain: head.chain.clone(),
            first_id,
            last_id: last_id.clone(),
            records: std::mem::take(&mut open.lines),
            written_before: None,
        };
        tx.insert_batch(&batch)?;
        tx.put_head(&self.key.sign_head(LedgerHead { records, last_id, last_hash, ..head.clone() }))
    }

    fn finish(&mut self, committed: bool) {
        let Some(open) = self.open.take() else { return };
        if committed {
            for shown in open.texts() {
                if !self.stored.contains(&shown.hash) {
                    self.stored.insert(shown.hash.clone());
                }
            }
        }
    }
}

/// A UUID of version 7 (RFC 9562, 5.7) for that time, greater than `last` in any case.
fn next_id(last: Option<Uuid>, at: Timestamp, random: &[u8; RANDOM_BYTES]) -> Uuid {
    let millis = u64::try_from(at.0).unwrap_or(0).saturating_mul(1_000);
    let new = uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid();
    match last {
        // Within one millisecond, or after the clock was set back: adds a random number to the last
        // id, within its random bits.
        Some(last) if new <= last => {
            let step = u128::from(u32::from_le_bytes([random[0], random[1], random[2], random[3]])) + 1;
            Uuid::from_u128(last.as_u128().saturating_add(step))
        }
        _ => new,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_rise_whatever_the_clock_says(moments in prop::collection::vec((0..1_i64 << 40, any::<[u8; 10]>()), 1..50)) {
            let mut last = None;
            for (at, random) in moments {
                let id = next_id(last, Timestamp(at), &random);
                prop_assert!(last.is_none_or(|last| id > last));
                prop_assert_eq!(id.get_version_num(), 7);
                last = Some(id);
            }
        }
    }
}
