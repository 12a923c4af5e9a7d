//! Time stamps as they are stored: verified, and as files for an auditor.

use std::{collections::HashSet, io};

use time::{Date, macros::format_description};

use super::{
    super::{
        checkpoint::Checkpoint,
        export::LedgerExportError,
        key::TrustedKeys,
        verify::{Tampered, VerifyError, Witnessed},
    },
    token,
};
use crate::{
    store::{StampedHead, Store, StoreError, Tx},
    system::digest::{sha256, unhex},
};

/// How many are read at once. One may have 64 kilobytes.
const AT_ONCE: u32 = 16;

/// Does something with each stored time stamp, by chain and day.
fn each<E: From<StoreError>>(tables: &Tx<'_>, mut work: impl FnMut(StampedHead) -> Result<(), E>) -> Result<(), E> {
    let (mut chain, mut day) = (String::new(), String::new());
    loop {
        let heads = tables.stamped_heads_after(&chain, &day, AT_ONCE)?;
        let Some(last) = heads.last() else { return Ok(()) };
        (chain, day) = (last.chain.clone(), last.day.clone());
        heads.into_iter().try_for_each(&mut work)?;
    }
}

/// The heads that are stamped, if each stamp is one of its checkpoint, and a trusted key signed that.
pub(in crate::ledger) fn heads(tables: &Tx<'_>, trusted: &TrustedKeys) -> Result<Vec<Witnessed>, VerifyError> {
    let mut found = Vec::new();
    each(tables, |stamped| {
        found.push(head(&stamped, trusted).map_err(VerifyError::Unsound)?);
        Ok::<_, VerifyError>(())
    })?;
    Ok(found)
}

fn head(stamped: &StampedHead, trusted: &TrustedKeys) -> Result<Witnessed, Tampered> {
    let StampedHead { chain, day, checkpoint, reply } = stamped;
    let unsound = |what: String| Tampered::chain(chain, what);
    token::check(reply, &sha256(checkpoint), None)
        .map_err(|error| unsound(format!("its time stamp of {day} is none of the checkpoint beside it: {error}")))?;
    let checkpoint = Checkpoint::read(checkpoint, trusted)
        .map_err(|error| unsound(format!("its checkpoint with the time stamp of {day}: {error}")))?;
    if checkpoint.chain != *chain {
        return Err(unsound(format!("its checkpoint with the time stamp of {day} is of another chain")));
    }
    Ok(Witnessed { checkpoint, stamped_on: Some(day.clone()) })
}

/// A checkpoint and its time stamp, as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampFiles {
    /// What both files are called: the day; and behind it the chain, where several have time stamps.
    pub name: String,
    /// What stands in the one that ends with `.checkpoint`.
    pub checkpoint: String,
    /// What stands in the one that ends with `.tsr`.
    pub reply: Vec<u8>,
}

/// Hands each stored time stamp on, as files. Returns how many there were.
///
/// # Errors
/// [`LedgerExportError`] if they cannot be read, one's day or chain is none, which would be the name of a file, or `work` fails.
pub(in crate::ledger) async fn pairs(
    store: &Store,
    work: impl FnMut(StampFiles) -> io::Result<()> + Send + 'static,
) -> Result<u64, LedgerExportError> {
    store.read_snapshot(move |tables| Ok(hand_on(tables, work))).await?
}

fn hand_on(tables: &Tx<'_>, mut work: impl FnMut(StampFiles) -> io::Result<()>) -> Result<u64, LedgerExportError> {
    let mut chains = HashSet::new();
    each(tables, |StampedHead { chain, day, .. }| {
        if !is_name(&day, &chain) {
            return Err(StoreError::Unknown(format!("time stamp {day} of {chain}")));
        }
        chains.insert(chain);
        Ok(())
    })?;
    let mut count = 0;
    each(tables, |StampedHead { chain, day, checkpoint, reply }| {
        count += 1;
        let name = if chains.len() > 1 { format!("{day}-{chain}") } else { day };
        Ok::<_, LedgerExportError>(work(StampFiles { name, checkpoint, reply })?)
    })?;
    Ok(count)
}

/// Whether day and chain are what they are called, and nothing that leads elsewhere.
fn is_name(day: &str, chain: &str) -> bool {
    let date = Date::parse(day, format_description!("[year]-[month]-[day]"));
    date.is_ok_and(|date| super::day(date) == day) && unhex::<8>(chain).is_some()
}
