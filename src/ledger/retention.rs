//! Prunes expired records. The rest still verifies: the signed head contains the number of pruned
//! records and the hash of the last one.

use uuid::Uuid;

use crate::{
    domain::{Timestamp, retention::is_ahead},
    store::{LedgerBatch, LedgerHead, Store, StoreError, Tx},
    system::digest::sha256_hex,
};

/// The maximum number of batches that one transaction prunes, so that other writers do not wait
/// long.
const BATCHES_PER_TX: u32 = 32;

/// The maximum length of the stored records that one transaction prunes, in bytes, unless one batch
/// has more: SQLite overwrites what it deletes.
const BYTES_PER_TX: u64 = 128 << 10;

/// Prunes some of the oldest batches whose records are all older than `before`. No record was
/// written after `latest`. Returns the unsigned head and the number of batches.
pub(super) fn prune(
    tx: &Tx<'_>,
    mut head: LedgerHead,
    before: Timestamp,
    latest: Timestamp,
) -> Result<(LedgerHead, usize), StoreError> {
    let batches = tx.next_batches(&head.chain, "", BATCHES_PER_TX, BYTES_PER_TX)?;
    let is_old = |batch: &&LedgerBatch| written_at(batch, latest).is_some_and(|at| at < before);
    let mut removed = 0;
    for batch in batches.iter().take_while(is_old) {
        tx.delete_batch(&batch.chain, &batch.first_id)?;
        tx.detach_records(batch)?;
        head.pruned += u64::try_from(batch.records.lines().count()).unwrap_or(u64::MAX);
        head.pruned_hash = batch.records.lines().last().map_or(head.pruned_hash, sha256_hex);
        removed += 1;
    }
    Ok((head, removed))
}

/// When a batch was written, by its last id, which is part of the chain. If that time is ahead of
/// `latest`, the unsigned `written_before` counts; it serves no other purpose.
fn written_at(batch: &LedgerBatch, latest: Timestamp) -> Option<Timestamp> {
    let at = batch.last_id.parse().ok().map(time_of)?;
    if is_ahead(at, latest) { batch.written_before } else { Some(at) }
}

/// Marks the batches whose ids are ahead of `latest`, each once. It searches on snapshots, since
/// every later batch of such a chain is ahead too.
///
/// # Errors
/// [`StoreError`] if the database cannot be read or written.
pub(crate) async fn mark_future_batches(store: &Store, latest: Timestamp) -> Result<(), StoreError> {
    let is_future = move |head: &LedgerHead| newest(head).is_some_and(|newest| is_ahead(newest, latest));
    let heads = move |tx: &Tx<'_>| Ok(tx.heads()?.into_iter().filter(is_future).collect::<Vec<_>>());
    for head in store.read_snapshot(heads).await? {
        let mut after = first_id_of(latest).to_string();
        loop {
            let (chain, from) = (head.chain.clone(), after);
            let batches = store.read_snapshot(move |tx| tx.unmarked_batches(&chain, &from)).await?;
            let Some(last) = batches.last() else { break };
            after = last.clone();
            let chain = head.chain.clone();
            let mark = move |tx: &Tx<'_>| {
                batches.iter().try_for_each(|first_id| tx.mark_batch_written_before(&chain, first_id, latest))
            };
            store.write(mark).await?;
        }
    }
    Ok(())
}

/// The time of a chain's last record.
pub(crate) fn newest(head: &LedgerHead) -> Option<Timestamp> {
    head.last_id.parse().ok().map(time_of)
}

/// The time of an id, in whole seconds.
fn time_of(id: Uuid) -> Timestamp {
    let (seconds, _) = id.get_timestamp().map_or((0, 0), |at| at.to_unix());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The smallest id of a time.
fn first_id_of(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.0).unwrap_or(0).saturating_mul(1_000);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
