//! Walks every chain from its first kept record to its signed head.

use std::{
    borrow::Cow,
    collections::{HashSet, VecDeque},
    fmt,
};

use uuid::Uuid;

use super::{checkpoint::Checkpoint, for_each_batch, key, key::TrustedKeys, timestamps};
use crate::{
    ledger::{encoding, encoding::NOTHING},
    store::{LedgerBatch, LedgerHead, StoreError, Tx},
    system::digest::sha256_hex,
};

/// What was found in a ledger that is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many chains there are.
    pub chains: usize,
    /// How many records are kept.
    pub records: u64,
    /// How many records are no longer kept.
    pub pruned: u64,
    /// How many heads have the time stamp of an authority.
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

/// The first thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tampered {
    /// The chain.
    pub chain: String,
    /// Which record of the chain, counted from 1 over all that were ever appended; none if it is the chain itself.
    pub number: Option<u64>,
    /// The record's id, as far as it can be read.
    pub id: Option<Uuid>,
    /// What is wrong.
    pub what: Cow<'static, str>,
}

impl fmt::Display for Tampered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chain {}", self.chain)?;
        if let Some(number) = self.number {
            write!(f, ", record {number}")?;
        }
        if let Some(id) = self.id {
            write!(f, " ({id})")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What is said of a chain that is missed.
pub(super) const NOT_THERE: &str = "the chain that is signed with this server’s key is not there";

impl Tampered {
    pub(super) fn chain(chain: &str, what: impl Into<Cow<'static, str>>) -> Self {
        Self { chain: chain.into(), number: None, id: None, what: what.into() }
    }
}

/// A checkpoint of a chain that was kept, to compare the chain with.
#[derive(Clone, Debug)]
pub(super) struct Witnessed {
    pub checkpoint: Checkpoint,
    /// The day of its time stamp, if it was not kept elsewhere.
    pub stamped_on: Option<String>,
}

impl fmt::Display for Witnessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stamped_on {
            Some(day) => write!(f, "the checkpoint with the time stamp of {day}"),
            None => f.write_str("the checkpoint"),
        }
    }
}

/// Whether every chain is signed with a trusted key and as it was written, one of each such key is there, and each goes on from
/// its heads that have a time stamp, and from the checkpoint.
///
/// # Errors
/// [`StoreError`] if the ledger cannot be read.
pub(crate) fn verify(
    tables: &Tx<'_>,
    trusted: &TrustedKeys,
    against: Option<&Checkpoint>,
) -> Result<Result<Verified, Tampered>, StoreError> {
    match look(tables, trusted, against) {
        Ok(sound) => Ok(Ok(sound)),
        Err(VerifyError::Unsound(unsound)) => Ok(Err(unsound)),
        Err(VerifyError::Store(error)) => Err(error),
    }
}

fn look(tables: &Tx<'_>, trusted: &TrustedKeys, against: Option<&Checkpoint>) -> Result<Verified, VerifyError> {
    let heads = tables.heads()?;
    each_is_trusted(&heads, trusted)?;
    let mut witnessed = timestamps::heads(tables, trusted)?;
    let timestamps = witnessed.len();
    let kept = against.map(|checkpoint| Witnessed { checkpoint: checkpoint.clone(), stamped_on: None });
    witnessed.extend(kept);
    if let Some(kept) = witnessed.iter().find(|kept| heads.iter().all(|head| head.chain != kept.checkpoint.chain)) {
        return Err(Tampered::chain(&kept.checkpoint.chain, format!("the chain of {kept} is not there")).into());
    }
    witnessed.sort_by_key(|kept| kept.checkpoint.records);
    if let Some(chain) = tables.headless_chains()?.first() {
        return Err(Tampered::chain(chain, "it has records but no signed head").into());
    }
    let mut texts = HashSet::new();
    for (hash, text) in tables.prompt_snapshots()? {
        if sha256_hex(&text) != hash {
            return Err(
                Tampered::chain("of texts", "a text that was shown is not the one that its hash was made of").into()
            );
        }
        texts.insert(hash);
    }
    let mut sound = Verified { chains: heads.len(), records: 0, pruned: 0, timestamps };
    for head in &heads {
        sound.records += walk(tables, head, &texts, &witnessed)?;
        sound.pruned += head.pruned;
    }
    Ok(sound)
}

/// Whether each chain is signed with a trusted key, and none is missing.
fn each_is_trusted(heads: &[LedgerHead], trusted: &TrustedKeys) -> Result<(), Tampered> {
    let is_there = |chain: &str| heads.iter().any(|head| head.chain == chain);
    if let Some(chain) = trusted.iter().filter_map(key::chain_of).find(|chain| !is_there(chain)) {
        let what = if trusted.is_own(&chain) {
            NOT_THERE
        } else {
            "a key of HARMONY_LEDGER_KEYS signs this chain, and it is not there"
        };
        return Err(Tampered::chain(&chain, what));
    }
    match heads.iter().find(|head| !trusted.contains(&head.key)) {
        Some(head) => Err(Tampered::chain(
            &head.chain,
            "its key is not known here: it is neither this server’s own nor listed in HARMONY_LEDGER_KEYS",
        )),
        None => Ok(()),
    }
}

/// Why a walk did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum VerifyError {
    #[error("{0}")]
    Unsound(Tampered),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Tampered> for VerifyError {
    fn from(unsound: Tampered) -> Self {
        Self::Unsound(unsound)
    }
}

/// Walks one chain. Returns how many records it walked over.
fn walk(
    tables: &Tx<'_>,
    head: &LedgerHead,
    texts: &HashSet<String>,
    witnessed: &[Witnessed],
) -> Result<u64, VerifyError> {
    let mut walk = Walk::begin(head, witnessed)?;
    for_each_batch(tables, &head.chain, |page| walk.page(page, texts).map_err(VerifyError::Unsound))?;
    Ok(walk.end()?)
}

/// The first chain that does not end as its signed head says. It costs little, so it is looked at whenever a server starts.
///
/// # Errors
/// [`StoreError`] if the ledger cannot be read.
pub(super) fn torn(tables: &Tx<'_>) -> Result<Option<String>, StoreError> {
    if let Some(chain) = tables.headless_chains()?.pop() {
        return Ok(Some(chain));
    }
    for head in tables.heads()? {
        let goes_on = !tables.batches_after(&head.chain, &head.last_id, 1)?.is_empty();
        let last = tables.batch_containing(&head.chain, &head.last_id)?;
        let hash =
            last.as_ref().and_then(|page| page.records.lines().last()).map_or(head.pruned_hash.clone(), sha256_hex);
        if goes_on || !key::is_signed(&head) || hash != head.last_hash {
            return Ok(Some(head.chain));
        }
    }
    Ok(None)
}

/// One chain, as far as it was walked.
struct Walk<'h> {
    head: &'h LedgerHead,
    /// What was kept of it and is still ahead, the next first.
    witnessed: VecDeque<&'h Witnessed>,
    number: u64,
    hash: String,
    id: Option<Uuid>,
}

impl<'h> Walk<'h> {
    /// Stands before the first kept record. What was kept of the chain comes by how many records it had.
    fn begin(head: &'h LedgerHead, witnessed: &'h [Witnessed]) -> Result<Self, Tampered> {
        if !key::is_signed(head) {
            return Err(Tampered::chain(&head.chain, "its head is not signed with its key"));
        }
        if head.pruned == 0 && head.pruned_hash != NOTHING {
            return Err(Tampered::chain(
                &head.chain,
                "nothing was removed, yet its first record is chained to something",
            ));
        }
        let own = |kept: &&Witnessed| kept.checkpoint.chain == head.chain;
        let mut witnessed: VecDeque<_> = witnessed.iter().filter(own).collect();
        if let Some(kept) = witnessed.back().filter(|kept| kept.checkpoint.records > head.records) {
            let what = format!("it is shorter than {kept} says: records were cut off");
            return Err(Tampered::chain(&head.chain, what));
        }
        // Records are removed after their time, which the signed head says; their time stamps stay.
        while let Some(kept) = witnessed.pop_front_if(|kept| kept.checkpoint.records < head.pruned) {
            if kept.stamped_on.is_none() {
                return Err(Tampered::chain(
                    &head.chain,
                    "the record of the checkpoint is no longer kept, so there is nothing to compare it with",
                ));
            }
        }
        let mut walk = Self { head, witnessed, number: head.pruned, hash: head.pruned_hash.clone(), id: None };
        walk.is_as_kept()?;
        Ok(walk)
    }

    /// Walks over the records of a page.
    fn page(&mut self, page: &LedgerBatch, texts: &HashSet<String>) -> Result<(), Tampered> {
        let before = self.number;
        for line in page.records.split('\n') {
            self.record(line, texts)?;
            let is_first = self.number == before + 1;
            if is_first && self.id.map(|id| id.to_string()).as_ref() != Some(&page.first_id) {
                return Err(self.unsound("its page is filed under another id"));
            }
        }
        if self.id.map(|id| id.to_string()).as_ref() != Some(&page.last_id) {
            return Err(self.unsound("its page ends with another id than it is filed under"));
        }
        Ok(())
    }

    /// Walks over one record.
    fn record(&mut self, line: &str, texts: &HashSet<String>) -> Result<(), Tampered> {
        self.number += 1;
        let Some(record) = encoding::read(line) else {
            self.id = None;
            return Err(self.unsound("it is no record"));
        };
        let before = self.id.replace(record.header.id);
        if record.header.previous != self.hash {
            return Err(self
                .unsound("it is not chained to the record before it: one of the two was altered, removed or put in"));
        }
        if before.is_some_and(|before| before >= record.header.id) {
            return Err(self.unsound("its id is not greater than that of the record before it"));
        }
        if record.processing.shown.as_ref().is_some_and(|shown| !texts.contains(shown)) {
            return Err(self.unsound("the text that was shown is not kept"));
        }
        self.hash = sha256_hex(line);
        self.is_as_kept()
    }

    /// Whether each checkpoint of this many records names the same last one.
    fn is_as_kept(&mut self) -> Result<(), Tampered> {
        while let Some(kept) = self.witnessed.pop_front_if(|kept| kept.checkpoint.records == self.number) {
            if kept.checkpoint.hash != self.hash {
                return Err(self.unsound(format!("{kept} names another record: the chain was written anew")));
            }
        }
        Ok(())
    }

    /// Stands behind the last record. Returns how many were walked over.
    fn end(self) -> Result<u64, Tampered> {
        let last = self.id.map(|id| id.to_string()).unwrap_or_default();
        if self.number != self.head.records || self.hash != self.head.last_hash {
            return Err(self.unsound("the signed head names another last record: one was altered, or records behind it were removed or added"));
        }
        // Without a record left there is none to compare.
        if self.number > self.head.pruned && last != self.head.last_id {
            return Err(self.unsound("the signed head names another last record"));
        }
        Ok(self.number - self.head.pruned)
    }

    fn unsound(&self, what: impl Into<Cow<'static, str>>) -> Tampered {
        Tampered { chain: self.head.chain.clone(), number: Some(self.number), id: self.id, what: what.into() }
    }
}
