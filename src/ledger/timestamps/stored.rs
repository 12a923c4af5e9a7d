//! Stored time stamps: verified, and as files for auditors.

use std::{collections::HashSet, io};

use time::{Date, macros::format_description};

use super::{
    super::{
        checkpoint::Checkpoint,
        export::LedgerExportError,
        key::TrustedKeys,
        tampered::{KnownCheckpoint, Tampered, VerifyError},
    },
    token,
};
use crate::{
    store::{StampedHead, Store, StoreError, Tx},
    system::digest::{sha256, unhex},
};

/// The number of rows in one query. One may have 64 kilobytes.
const ROWS_PER_QUERY: u32 = 16;

/// Calls `work` with each stored time stamp, by chain and day.
fn each<E: From<StoreError>>(tx: &Tx<'_>, mut work: impl FnMut(StampedHead) -> Result<(), E>) -> Result<(), E> {
    let (mut chain, mut day) = (String::new(), String::new());
    loop {
        let heads = tx.stamped_heads_after(&chain, &day, ROWS_PER_QUERY)?;
        let Some(last) = heads.last() else { return Ok(()) };
        (chain, day) = (last.chain.clone(), last.day.clone());
        heads.into_iter().try_for_each(&mut work)?;
    }
}

/// The checkpoints of all time stamps. Fails unless each time stamp covers its checkpoint and a
/// trusted key signed the checkpoint.
pub(in crate::ledger) fn heads(tx: &Tx<'_>, trusted: &TrustedKeys) -> Result<Vec<KnownCheckpoint>, VerifyError> {
    let mut found = Vec::new();
    each(tx, |stamped| {
        found.push(head(&stamped, trusted).map_err(VerifyError::Tampered)?);
        Ok::<_, VerifyError>(())
    })?;
    Ok(found)
}

fn head(stamped: &StampedHead, trusted: &TrustedKeys) -> Result<KnownCheckpoint, Tampered> {
    let StampedHead { chain, day, checkpoint, reply } = stamped;
    let tampered = |message: String| Tampered::chain(chain, message);
    token::check(reply, &sha256(checkpoint), None)
        .map_err(|error| tampered(format!("its time stamp of {day} is none of the checkpoint beside it: {error}")))?;
    let checkpoint = Checkpoint::parse(checkpoint, trusted)
        .map_err(|error| tampered(format!("its checkpoint with the time stamp of {day}: {error}")))?;
    if checkpoint.chain != *chain {
        return Err(tampered(format!("its checkpoint with the time stamp of {day} is of another chain")));
    }
    Ok(KnownCheckpoint { checkpoint, stamped_on: Some(day.clone()) })
}

/// A checkpoint and its time stamp, as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampFiles {
    /// The name of both files: the day, and the chain if several chains have time stamps.
    pub name: String,
    /// The content of the `.checkpoint` file.
    pub checkpoint: String,
    /// The content of the `.tsr` file.
    pub reply: Vec<u8>,
}

/// Calls `work` with each stored time stamp, as files. Returns their number.
///
/// # Errors
/// [`LedgerExportError`] if a time stamp cannot be read, if its day or chain is malformed and would
/// become a file name, or if `work` fails.
pub(in crate::ledger) async fn pairs(
    store: &Store,
    work: impl FnMut(StampFiles) -> io::Result<()> + Send + 'static,
) -> Result<u64, LedgerExportError> {
    store.read_snapshot(move |tx| Ok(for_each_file(tx, work))).await?
}

fn for_each_file(tx: &Tx<'_>, mut work: impl FnMut(StampFiles) -> io::Result<()>) -> Result<u64, LedgerExportError> {
    let mut chains = HashSet::new();
    each(tx, |StampedHead { chain, day, .. }| {
        if !is_safe_name(&day, &chain) {
            return Err(StoreError::Unknown(format!("time stamp {day} of {chain}")));
        }
        chains.insert(chain);
        Ok(())
    })?;
    let mut count = 0;
    each(tx, |StampedHead { chain, day, checkpoint, reply }| {
        count += 1;
        let name = if chains.len() > 1 { format!("{day}-{chain}") } else { day };
        Ok::<_, LedgerExportError>(work(StampFiles { name, checkpoint, reply })?)
    })?;
    Ok(count)
}

/// Whether day and chain are well-formed, so that they are safe in a file name.
fn is_safe_name(day: &str, chain: &str) -> bool {
    let date = Date::parse(day, format_description!("[year]-[month]-[day]"));
    date.is_ok_and(|date| super::day(date) == day) && unhex::<8>(chain).is_some()
}
