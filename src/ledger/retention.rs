//! How long records are kept. What is left verifies: the signed head says how many were removed, and what the first that
//! is left is chained to.

use uuid::Uuid;

use crate::{
    domain::{Timestamp, retention::is_ahead},
    store::{LedgerBatch, LedgerHead, StoreError, Tx},
    system::digest::sha256_hex,
};

/// The most pages that are removed in one transaction, so that nobody waits long behind it.
const AT_ONCE: u32 = 64;

/// Removes some of the oldest pages whose records are all older than `before`, where all was written by `latest`. Returns the
/// unsigned head and how many.
pub(super) fn prune(
    tables: &Tx<'_>,
    mut head: LedgerHead,
    before: Timestamp,
    latest: Timestamp,
) -> Result<(LedgerHead, usize), StoreError> {
    let pages = tables.batches_after(&head.chain, "", AT_ONCE)?;
    let is_old = |page: &&LedgerBatch| written_at(page, latest).is_some_and(|at| at < before);
    let mut removed = 0;
    for page in pages.iter().take_while(is_old) {
        tables.delete_batch(&page.chain, &page.first_id)?;
        tables.detach_records(page)?;
        head.pruned += u64::try_from(page.records.lines().count()).unwrap_or(u64::MAX);
        head.pruned_hash = page.records.lines().last().map_or(head.pruned_hash, sha256_hex);
        removed += 1;
    }
    Ok((head, removed))
}

/// When a page was written: as its last id says, which is part of the chain. Where that lies ahead, by when it was seen to be there.
/// That is not signed, so it counts for nothing else.
fn written_at(page: &LedgerBatch, latest: Timestamp) -> Option<Timestamp> {
    let at = page.last_id.parse().ok().map(moment)?;
    if is_ahead(at, latest) { page.written_before } else { Some(at) }
}

/// Dates the pages whose ids lie ahead of `latest`, each once.
///
/// # Errors
/// [`StoreError`] if it cannot be written.
pub(crate) fn date(tables: &Tx<'_>, latest: Timestamp) -> Result<(), StoreError> {
    for head in tables.heads()? {
        if newest(&head).is_some_and(|newest| is_ahead(newest, latest)) {
            tables.mark_batches_written_before(&head.chain, &first_id_of(latest).to_string(), latest)?;
        }
    }
    Ok(())
}

/// The moment of a chain's last record.
pub(crate) fn newest(head: &LedgerHead) -> Option<Timestamp> {
    head.last_id.parse().ok().map(moment)
}

/// The moment of an id, in whole seconds.
fn moment(id: Uuid) -> Timestamp {
    let (seconds, _) = id.get_timestamp().map_or((0, 0), |at| at.to_unix());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The least id of a moment.
fn first_id_of(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.0).unwrap_or(0).saturating_mul(1_000);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
