//! Chains records within the transaction in which they are written: all of one commit are one page.

use std::{collections::HashSet, sync::Arc};

use uuid::Uuid;

use super::{key::Key, retention};
use crate::{
    domain::{Timestamp, ledger::record::RecordText},
    ledger::encoding,
    store::{EncodeRecord, EncodedRecord, LedgerBatch, LedgerHead, LedgerSavepoint, LedgerWriter, StoreError, Tx},
    system::{
        digest::{hex, sha256},
        rng::Rng,
    },
};

/// The random bytes of an id.
const CHANCE: usize = 10;

/// The chain that this server writes.
#[derive(Debug)]
pub(super) struct Chain {
    key: Arc<Key>,
    chance: Rng,
    /// The hashes of the texts that are known to be kept.
    kept: HashSet<String>,
    open: Option<OpenBatch>,
}

/// The end of the chain, held by the transaction.
#[derive(Debug)]
struct OpenBatch {
    /// As it was found, without what was removed since.
    head: LedgerHead,
    /// As it was before each removal.
    unpruned: Vec<LedgerHead>,
    /// What makes the next id.
    chance: [u8; CHANCE],
    /// The lines of what was appended since.
    lines: String,
    /// What was appended since.
    entries: Vec<LedgerEntry>,
}

#[derive(Debug)]
struct LedgerEntry {
    id: Uuid,
    hash: String,
    /// Where its line ends.
    end: usize,
    shown: Option<Arc<RecordText>>,
}

impl OpenBatch {
    /// The texts that were shown with what was appended: mostly one and the same, which is named once for many in a row.
    fn texts(&self) -> impl Iterator<Item = &Arc<RecordText>> {
        let is_same = |one: &LedgerEntry, next: &LedgerEntry| match (&one.shown, &next.shown) {
            (Some(one), Some(next)) => Arc::ptr_eq(one, next),
            (one, next) => one.is_none() && next.is_none(),
        };
        self.entries.chunk_by(is_same).filter_map(|row| row.first()?.shown.as_ref())
    }
}

impl Chain {
    pub(super) fn new(key: Arc<Key>, chance: Rng) -> Self {
        Self { key, chance, kept: HashSet::new(), open: None }
    }

    fn open(&mut self, tables: &Tx<'_>) -> Result<&mut OpenBatch, StoreError> {
        if self.open.is_none() {
            let head = tables.lock_head(self.key.chain())?;
            let head = head.unwrap_or_else(|| self.key.first_head());
            let (unpruned, lines, entries) = (Vec::new(), String::new(), Vec::new());
            self.open = Some(OpenBatch { head, unpruned, chance: self.chance.bytes(), lines, entries });
        }
        self.open.as_mut().ok_or(StoreError::NoLedger)
    }
}

impl LedgerWriter for Chain {
    fn pen(&self) -> EncodeRecord {
        encoding::write_down
    }

    fn append(&mut self, tables: &Tx<'_>, record: EncodedRecord) -> Result<Uuid, StoreError> {
        let open = self.open(tables)?;
        let (last, previous) = match open.entries.last() {
            Some(entry) => (Some(entry.id), &entry.hash),
            None => (open.head.last_id.parse().ok(), &open.head.last_hash),
        };
        let id = next_id(last, record.at, &open.chance);
        let begin = encoding::chain(&mut open.lines, &record.line, id, previous)?;
        let digest = sha256(&open.lines[begin..]);
        // As good as a new draw, and it costs nothing: a hash is as random as what was drawn for the id within it.
        open.chance.copy_from_slice(&digest[..CHANCE]);
        open.entries.push(LedgerEntry { id, hash: hex(&digest), end: open.lines.len(), shown: record.shown });
        Ok(id)
    }

    fn prune(&mut self, tables: &Tx<'_>, before: Timestamp, latest: Timestamp) -> Result<usize, StoreError> {
        let head = self.open(tables)?.head.clone();
        let (head, pages) = retention::prune(tables, head, before, latest)?;
        if pages > 0 {
            tables.put_head(&self.key.sign_head(head.clone()))?;
            let open = self.open(tables)?;
            open.unpruned.push(std::mem::replace(&mut open.head, head));
        }
        Ok(pages)
    }

    fn mark(&self) -> LedgerSavepoint {
        let mark = |open: &OpenBatch| LedgerSavepoint { appended: open.entries.len(), prunings: open.unpruned.len() };
        self.open.as_ref().map(mark).unwrap_or_default()
    }

    fn cut(&mut self, mark: LedgerSavepoint) {
        if let Some(open) = &mut self.open {
            open.entries.truncate(mark.appended);
            open.lines.truncate(open.entries.last().map_or(0, |entry| entry.end));
            if let Some(head) = open.unpruned.drain(mark.prunings..).next() {
                open.head = head;
            }
        }
    }

    fn close(&mut self, tables: &Tx<'_>) -> Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let Some((first, last)) = open.entries.first().zip(open.entries.last()) else { return Ok(()) };
        for shown in open.texts().filter(|shown| !self.kept.contains(&shown.hash)) {
            tables.store_prompt_snapshot(&shown.hash, &shown.text)?;
            // What an answer to a translation is given on must be there to be looked at.
            if let Some(original) = &shown.original {
                tables.store_prompt_snapshot(&original.hash, &original.text)?;
            }
        }
        let head = &open.head;
        let records = head.records + u64::try_from(open.entries.len()).unwrap_or(u64::MAX);
        let (first_id, last_id, last_hash) = (first.id.to_string(), last.id.to_string(), last.hash.clone());
        let page = LedgerBatch {
            chain: head.chain.clone(),
            first_id,
            last_id: last_id.clone(),
            records: std::mem::take(&mut open.lines),
            written_before: None,
        };
        tables.insert_batch(&page)?;
        tables.put_head(&self.key.sign_head(LedgerHead { records, last_id, last_hash, ..head.clone() }))
    }

    fn end(&mut self, committed: bool) {
        let Some(open) = self.open.take() else { return };
        if committed {
            for shown in open.texts() {
                if !self.kept.contains(&shown.hash) {
                    self.kept.insert(shown.hash.clone());
                }
            }
        }
    }
}

/// The id of a record of that moment: a UUID of version 7 (RFC 9562, 5.7), greater than the last one whatever the clock says.
fn next_id(last: Option<Uuid>, at: Timestamp, chance: &[u8; CHANCE]) -> Uuid {
    let millis = u64::try_from(at.0).unwrap_or(0).saturating_mul(1_000);
    let new = uuid::Builder::from_unix_timestamp_millis(millis, chance).into_uuid();
    match last {
        // Within one moment, or after the clock was set back: a random step on from the last, within its random bits.
        Some(last) if new <= last => {
            let step = u128::from(u32::from_le_bytes([chance[0], chance[1], chance[2], chance[3]])) + 1;
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
            for (at, chance) in moments {
                let id = next_id(last, Timestamp(at), &chance);
                prop_assert!(last.is_none_or(|last| id > last));
                prop_assert_eq!(id.get_version_num(), 7);
                last = Some(id);
            }
        }
    }
}
