//! How long records are kept. What is left verifies: the signed head says how many were removed, and what the first that
//! is left is chained to.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    model::Timestamp,
    server::{
        State,
        digest::sha256_hex,
        store::{Head, Page, StoreError, Tables},
    },
};

/// The most pages that are removed in one transaction, so that nobody waits long behind it.
const AT_ONCE: u32 = 64;

/// Removes some of the oldest pages whose records are all older than `before`. Returns the unsigned head and how many.
pub(super) fn prune(tables: &Tables<'_>, mut head: Head, before: Timestamp) -> Result<(Head, usize), StoreError> {
    let pages = tables.pages_behind(&head.chain, "", AT_ONCE)?;
    let is_old = |page: &Page| page.last_id.parse().is_ok_and(|id: Uuid| moment(id) < before);
    let mut removed = 0;
    for page in pages.iter().take_while(|page| is_old(page)) {
        tables.remove_page(&page.chain, &page.first_id)?;
        head.pruned += u64::try_from(page.records.lines().count()).unwrap_or(u64::MAX);
        head.pruned_hash = page.records.lines().last().map_or(head.pruned_hash, sha256_hex);
        removed += 1;
    }
    if removed > 0 {
        tables.forget_links_before(&first_id_of(before).to_string())?;
    }
    Ok((head, removed))
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

/// Removes what has been kept long enough, a few pages at a time. Returns how many pages.
///
/// # Errors
/// [`StoreError`] if it cannot be written; what was removed until then stays removed.
pub(crate) async fn keep_for(site: &State, retention: Duration) -> Result<usize, StoreError> {
    let before = site.now().minus_seconds(retention.as_secs());
    let mut removed = 0;
    loop {
        let pages = site.store.write(move |tables| tables.prune_ledger(before)).await?;
        removed += pages;
        if pages == 0 {
            return Ok(removed);
        }
    }
}
