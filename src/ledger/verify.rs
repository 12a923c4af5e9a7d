//! Verifies every chain, from its first stored record to its signed head, on all cores.
//!
//! The batches of one query are divided into contiguous parts, several for each core. A part begins
//! with the hash of the last line before it, so its first record is verified like any other. The
//! result of a part counts only if all parts before it are valid.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    num::NonZero,
    thread,
    thread::{ScopedJoinHandle, available_parallelism},
};

use memchr::memchr_iter;
use uuid::Uuid;

pub use super::tampered::Tampered;
use super::{
    BATCHES_PER_QUERY, BYTES_PER_QUERY,
    checkpoint::Checkpoint,
    key,
    key::TrustedKeys,
    tampered::{KnownCheckpoint, VerifyError},
    timestamps,
};
use crate::{
    ledger::{encoding, encoding::GENESIS_HASH},
    store::{LedgerBatch, LedgerHead, StoreError, Tx},
    system::digest::sha256_hex,
};

/// The result for a ledger that was not altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The number of chains.
    pub chains: usize,
    /// The number of stored records.
    pub records: u64,
    /// The number of pruned records.
    pub pruned: u64,
    /// The number of heads with a time stamp.
    pub timestamps: usize,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |number: u64, one: &'static str, more: &'static str| {
            format!("{number} {}", if number == 1 { one } else { more })
        };
        let few = |number: usize, one, more| many(number.try_into().unwrap_or(u64::MAX), one, more);
        let chains = few(self.chains, "chain", "chains");
        write!(f, "{} in {chains}, as they were written", many(self.records, "record", "records"))?;
        if self.pruned > 0 {
            write!(f, "; {} removed after their time", many(self.pruned, "was", "were"))?;
        }
        if self.timestamps > 0 {
            write!(f, "; {} of earlier heads", few(self.timestamps, "time stamp", "time stamps"))?;
        }
        Ok(())
    }
}

/// The number of parts for each core: several, so that no core waits long for another.
const PARTS_PER_CORE: usize = 4;

/// The message for a missing own chain.
pub(super) const OWN_CHAIN_MISSING: &str = "the chain that is signed with this server’s key is not there";

/// Verifies that every chain is unaltered and signed with a trusted key, that the chain of each
/// trusted key exists, and that the chains contain their time-stamped heads and the checkpoint.
///
/// # Errors
/// [`StoreError`] if the ledger cannot be read.
pub(crate) fn verify(
    tx: &Tx<'_>,
    trusted: &TrustedKeys,
    against: Option<&Checkpoint>,
) -> Result<Result<Verified, Tampered>, StoreError> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    verify_in_parts(tx, trusted, against, Division { parts: PARTS_PER_CORE * cores, batches: BATCHES_PER_QUERY })
}

/// How much of a chain is read and verified at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Division {
    /// The maximum number of parts of one query.
    pub parts: usize,
    /// The maximum number of batches of one query.
    pub batches: u32,
}

/// As [`verify`], divided as a test wants it.
pub(super) fn verify_in_parts(
    tx: &Tx<'_>,
    trusted: &TrustedKeys,
    against: Option<&Checkpoint>,
    division: Division,
) -> Result<Result<Verified, Tampered>, StoreError> {
    match verify_all(tx, trusted, against, division) {
        Ok(verified) => Ok(Ok(verified)),
        Err(VerifyError::Tampered(tampered)) => Ok(Err(tampered)),
        Err(VerifyError::Store(error)) => Err(error),
    }
}

fn verify_all(
    tx: &Tx<'_>,
    trusted: &TrustedKeys,
    against: Option<&Checkpoint>,
    division: Division,
) -> Result<Verified, VerifyError> {
    let heads = tx.heads()?;
    each_is_trusted(&heads, trusted)?;
    let mut known_checkpoints = timestamps::heads(tx, trusted)?;
    let timestamps = known_checkpoints.len();
    let known = against.map(|checkpoint| KnownCheckpoint { checkpoint: checkpoint.clone(), stamped_on: None });
    known_checkpoints.extend(known);
    if let Some(known) =
        known_checkpoints.iter().find(|known| heads.iter().all(|head| head.chain != known.checkpoint.chain))
    {
        return Err(Tampered::chain(&known.checkpoint.chain, format!("the chain of {known} is not there")).into());
    }
    known_checkpoints.sort_by_key(|known| known.checkpoint.records);
    if let Some(chain) = tx.headless_chains()?.first() {
        return Err(Tampered::chain(chain, "it has records but no signed head").into());
    }
    let mut texts = HashSet::new();
    for (hash, text) in tx.prompt_snapshots()? {
        if sha256_hex(&text) != hash {
            return Err(
                Tampered::chain("of texts", "a text that was shown is not the one that its hash was made of").into()
            );
        }
        texts.insert(hash);
    }
    let mut verified = Verified { chains: heads.len(), records: 0, pruned: 0, timestamps };
    for head in &heads {
        verified.records += verify_chain(tx, head, &texts, &known_checkpoints, division)?;
        verified.pruned += head.pruned;
    }
    Ok(verified)
}

/// Checks that a trusted key signs each chain, and that none is missing.
fn each_is_trusted(heads: &[LedgerHead], trusted: &TrustedKeys) -> Result<(), Tampered> {
    let is_there = |chain: &str| heads.iter().any(|head| head.chain == chain);
    if let Some(chain) = trusted.iter().filter_map(key::chain_of).find(|chain| !is_there(chain)) {
        let message = if trusted.is_own(&chain) {
            OWN_CHAIN_MISSING
        } else {
            "a key of HARMONY_LEDGER_KEYS signs this chain, and it is not there"
        };
        return Err(Tampered::chain(&chain, message));
    }
    match heads.iter().find(|head| !trusted.contains(&head.key)) {
        Some(head) => Err(Tampered::chain(
            &head.chain,
            "its key is not known here: it is neither this server’s own nor listed in HARMONY_LEDGER_KEYS",
        )),
        None => Ok(()),
    }
}

/// Verifies one chain. Returns the number of records. `known_checkpoints` are ordered by their
/// number of records.
fn verify_chain(
    tx: &Tx<'_>,
    head: &LedgerHead,
    texts: &HashSet<String>,
    known_checkpoints: &[KnownCheckpoint],
    division: Division,
) -> Result<u64, VerifyError> {
    let own = |known: &&KnownCheckpoint| known.checkpoint.chain == head.chain;
    let known_checkpoints: Vec<_> = known_checkpoints.iter().filter(own).collect();
    let mut verifier = ChainVerifier::new(head, texts, &known_checkpoints)?;
    let next_batches = |after: &str| tx.next_batches(&head.chain, after, division.batches, BYTES_PER_QUERY);
    let mut batches = next_batches("")?;
    while let Some(last) = batches.last() {
        let (end, next) = thread::scope(|scope| {
            let mut begin = verifier.clone();
            let mut parts = Vec::new();
            for part in split(&batches, division.parts) {
                let verifier = begin.clone();
                parts.push(scope.spawn(move || verifier.batches(part)));
                begin = begin.after(part);
            }
            // Read while the threads verify.
            let next = next_batches(&last.first_id);
            (join(parts), next)
        });
        verifier = end?.unwrap_or(verifier);
        batches = next?;
    }
    Ok(verifier.finish()?)
}

/// The lines of a text, as `split('\n')` has them, but faster.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.scan(0, move |begin, end| text.get(std::mem::replace(begin, end + 1)..end))
}

/// Divides batches into at most `parts` contiguous parts of about the same size.
fn split(batches: &[LedgerBatch], parts: usize) -> impl Iterator<Item = &[LedgerBatch]> {
    let size = batches.iter().map(|batch| batch.records.len()).sum::<usize>() / parts + 1;
    let mut bytes = 0;
    batches.chunk_by(move |batch, _| {
        bytes += batch.records.len();
        let is_full = bytes >= size;
        if is_full {
            bytes = 0;
        }
        !is_full
    })
}

/// Waits for the threads of all parts. Returns the end of the last part, or what the earliest part
/// found.
fn join<'h>(
    parts: Vec<ScopedJoinHandle<'_, Result<ChainVerifier<'h>, Tampered>>>,
) -> Result<Option<ChainVerifier<'h>>, VerifyError> {
    let mut end = None;
    for part in parts {
        end = Some(part.join().map_err(|_| StoreError::ThreadGone)??);
    }
    Ok(end)
}

/// Returns the first chain that does not end as its signed head says. This is cheap, so every start
/// of a server checks it.
///
/// # Errors
/// [`StoreError`] if the ledger cannot be read.
pub(super) fn find_cut_chain(tx: &Tx<'_>) -> Result<Option<String>, StoreError> {
    if let Some(chain) = tx.headless_chains()?.pop() {
        return Ok(Some(chain));
    }
    for head in tx.heads()? {
        let goes_on = !tx.batches_after(&head.chain, &head.last_id, 1)?.is_empty();
        let last = tx.batch_containing(&head.chain, &head.last_id)?;
        let hash =
            last.as_ref().and_then(|batch| batch.records.lines().last()).map_or(head.pruned_hash.clone(), sha256_hex);
        if goes_on || !key::is_signed(&head) || hash != head.last_hash {
            return Ok(Some(head.chain));
        }
    }
    Ok(None)
}

/// The state of the verification of one chain.
#[derive(Clone)]
struct ChainVerifier<'h> {
    head: &'h LedgerHead,
    /// The hashes of the prompt snapshots.
    texts: &'h HashSet<String>,
    /// The checkpoints that are still ahead, next first.
    known_checkpoints: &'h [&'h KnownCheckpoint],
    number: u64,
    hash: String,
    id: Option<Uuid>,
}

impl<'h> ChainVerifier<'h> {
    /// Starts before the first stored record. `known_checkpoints` are those of the chain, ordered
    /// by their number of records.
    fn new(
        head: &'h LedgerHead,
        texts: &'h HashSet<String>,
        known_checkpoints: &'h [&'h KnownCheckpoint],
    ) -> Result<Self, Tampered> {
        if !key::is_signed(head) {
            return Err(Tampered::chain(&head.chain, "its head is not signed with its key"));
        }
        if head.pruned == 0 && head.pruned_hash != GENESIS_HASH {
            return Err(Tampered::chain(
                &head.chain,
                "nothing was removed, yet its first record is chained to something",
            ));
        }
        if let Some(known) = known_checkpoints.last().filter(|known| known.checkpoint.records > head.records) {
            let message = format!("it is shorter than {known} says: records were cut off");
            return Err(Tampered::chain(&head.chain, message));
        }
        // Pruning removes records, and the signed head says so, but their time stamps remain.
        let (pruned, known_checkpoints) = known_checkpoints
            .split_at(known_checkpoints.partition_point(|known| known.checkpoint.records < head.pruned));
        if pruned.iter().any(|known| known.stamped_on.is_none()) {
            return Err(Tampered::chain(
                &head.chain,
                "the record of the checkpoint is no longer kept, so there is nothing to compare it with",
            ));
        }
        let (number, hash) = (head.pruned, head.pruned_hash.clone());
        let mut verifier = Self { head, texts, known_checkpoints, number, hash, id: None };
        verifier.check_checkpoints()?;
        Ok(verifier)
    }

    /// The state after the batches, if they are valid.
    fn after(&self, batches: &[LedgerBatch]) -> Self {
        let count = batches.iter().map(|batch| lines(&batch.records).count()).sum::<usize>();
        let number = self.number + u64::try_from(count).unwrap_or(u64::MAX);
        let passed = self.known_checkpoints.partition_point(|known| known.checkpoint.records <= number);
        let last = batches.last();
        let last_line = last.and_then(|batch| batch.records.rsplit('\n').next());
        Self {
            known_checkpoints: &self.known_checkpoints[passed..],
            number,
            hash: last_line.map_or_else(|| self.hash.clone(), sha256_hex),
            id: last.map_or(self.id, |batch| batch.last_id.parse().ok()),
            ..*self
        }
    }

    /// Verifies batches. Returns the state after them.
    fn batches(mut self, batches: &[LedgerBatch]) -> Result<Self, Tampered> {
        batches.iter().try_for_each(|batch| self.batch(batch))?;
        Ok(self)
    }

    /// Verifies the records of a batch.
    fn batch(&mut self, batch: &LedgerBatch) -> Result<(), Tampered> {
        let before = self.number;
        for line in lines(&batch.records) {
            self.record(line)?;
            let is_first = self.number == before + 1;
            if is_first && !self.has_id(&batch.first_id) {
                return Err(self.tampered("its batch is filed under another id"));
            }
        }
        if !self.has_id(&batch.last_id) {
            return Err(self.tampered("its batch ends with another id than it is filed under"));
        }
        Ok(())
    }

    /// Whether the last record has the id.
    fn has_id(&self, id: &str) -> bool {
        self.id.is_some_and(|own| own.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == id)
    }

    /// Verifies one record.
    fn record(&mut self, line: &str) -> Result<(), Tampered> {
        self.number += 1;
        let Some(record) = encoding::decode(line) else {
            self.id = None;
            return Err(self.tampered("it is no record"));
        };
        let before = self.id.replace(record.header.id);
        if record.header.previous != self.hash {
            return Err(self
                .tampered("it is not chained to the record before it: one of the two was altered, removed or put in"));
        }
        if before.is_some_and(|before| before >= record.header.id) {
            return Err(self.tampered("its id is not greater than that of the record before it"));
        }
        if record.processing.shown.as_ref().is_some_and(|shown| !self.texts.contains(shown)) {
            return Err(self.tampered("the text that was shown is not kept"));
        }
        self.hash = sha256_hex(line);
        self.check_checkpoints()
    }

    /// Checks the checkpoints with this number of records.
    fn check_checkpoints(&mut self) -> Result<(), Tampered> {
        while let Some((known, ahead)) = self.known_checkpoints.split_first()
            && known.checkpoint.records == self.number
        {
            if known.checkpoint.hash != self.hash {
                return Err(self.tampered(format!("{known} names another record: the chain was written anew")));
            }
            self.known_checkpoints = ahead;
        }
        Ok(())
    }

    /// Compares the end of the chain with the head. Returns the number of records.
    fn finish(self) -> Result<u64, Tampered> {
        let last = self.id.map(|id| id.to_string()).unwrap_or_default();
        if self.number != self.head.records || self.hash != self.head.last_hash {
            return Err(self.tampered("the signed head names another last record: one was altered, or records behind it were removed or added"));
        }
        // If all records were pruned, there is none to compare.
        if self.number > self.head.pruned && last != self.head.last_id {
            return Err(self.tampered("the signed head names another last record"));
        }
        Ok(self.number - self.head.pruned)
    }

    fn tampered(&self, message: impl Into<Cow<'static, str>>) -> Tampered {
        Tampered { chain: self.head.chain.clone(), number: Some(self.number), id: self.id, message: message.into() }
    }
}
