//! Deletes expired records, sessions, links, messages, one-use codes, known devices, security
//! events, page view counts and findings each hour.
//!
//! [`crate::domain::retention`] says which time the task trusts.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::AppState;
use crate::{
    app::time_stamping::Stamper,
    domain::{
        Timestamp,
        analytics::{Week, statistics::STORED_WEEKS},
        cookies::inventory::finding::STORED_DAYS,
        retention::Times,
    },
    ledger::retention,
    store::{StoreError, Tx},
};

/// The interval of the task.
const INTERVAL: Duration = Duration::from_hours(1);

/// How long a message waits at most, in seconds: seven days. A server that sends mail gives it up
/// before; after mail was turned off, nothing else would delete it.
const MAIL_SECONDS: u64 = 7 * 24 * 60 * 60;

/// The numbers of deleted items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deleted {
    /// Batches of the ledger.
    pub pages: usize,
    /// Rows of accounts and of counts.
    pub rows: usize,
}

/// Deletes expired data at once and then every hour, as long as the caller polls the future.
///
/// The ledger retains records for the duration `records`. With a `stamper`, the task also has the
/// ledger time-stamped.
pub async fn keep(site: Arc<AppState>, records: Duration, stamper: Option<Stamper>) {
    let (mut hours, mut last) = (tokio::time::interval(INTERVAL), Instant::now());
    loop {
        hours.tick().await;
        let ran = last.elapsed();
        let deleted = match advance_clock(&site, ran).await {
            Ok(times) => {
                last += ran;
                delete(&site, records, times).await
            }
            Err(error) => Err(error),
        };
        match deleted {
            Ok(deleted) => {
                if deleted != Deleted::default() {
                    let Deleted { pages, rows } = deleted;
                    tracing::info!(pages, rows, "expired data deleted");
                }
            }
            Err(error) => tracing::error!(%error, "deleting expired data failed"),
        }
        if let Some(stamper) = &stamper {
            stamper.stamp_if_due(&site).await;
        }
    }
}

/// Deletes expired data once. `ran` is how long the server has run since the last deletion.
#[cfg(test)]
pub(crate) async fn delete_expired(site: &AppState, records: Duration, ran: Duration) -> Result<Deleted, StoreError> {
    let times = advance_clock(site, ran).await?;
    delete(site, records, times).await
}

/// Advances the observed time. `ran` is how long the server has run since it was advanced last.
async fn advance_clock(site: &AppState, ran: Duration) -> Result<Option<Times>, StoreError> {
    let now = site.now();
    let advance = move |tx: &Tx<'_>| {
        let times = times(tx, now, ran)?;
        times.map_or(Ok(()), |times| tx.set_clock(times.seen))?;
        Ok(times)
    };
    let times = site.store.write(advance).await?;
    if let Some(times) = times {
        site.seen.store(times.seen.0, Ordering::Relaxed);
    }
    Ok(times)
}

/// Deletes what has expired by these times, in transactions that are short enough for others to
/// wait for.
async fn delete(site: &AppState, records: Duration, times: Option<Times>) -> Result<Deleted, StoreError> {
    let Some(times) = times else { return Ok(Deleted::default()) };
    let (past, latest) = (times.past(), times.latest());
    correct_times(site, latest).await?;
    let (device_lifetime, mut rows) = (site.device_lifetime(), 0);
    loop {
        match site.store.write(move |tx| delete_some_rows(tx, past, device_lifetime)).await? {
            0 => break,
            deleted => rows += deleted,
        }
    }
    let (before, mut pages) = (past.minus_seconds(records.as_secs()), 0);
    loop {
        match site.store.write(move |tx| tx.prune_ledger(before, latest)).await? {
            0 => break,
            removed => pages += removed,
        }
    }
    // The write-ahead log contains the deleted rows until a checkpoint empties it.
    if pages + rows > 0 {
        site.store.checkpoint_wal().await?;
    }
    Ok(Deleted { pages, rows })
}

/// Corrects the times that are ahead of `latest`.
async fn correct_times(site: &AppState, latest: Timestamp) -> Result<(), StoreError> {
    let remembered_for = site.remembered_for();
    loop {
        let rows = site.store.read_snapshot(move |tx| tx.future_rows(latest)).await?;
        if rows.is_empty() {
            break;
        }
        site.store.write(move |tx| tx.correct_future_rows(&rows, latest, remembered_for)).await?;
    }
    retention::mark_future_batches(&site.store, latest).await
}

/// Deletes some of the rows that have expired, of each table. Returns their number.
fn delete_some_rows(tx: &Tx<'_>, past: Timestamp, device_lifetime: Duration) -> Result<usize, StoreError> {
    let oldest = Week::of(past.day()).before(STORED_WEEKS).first_day();
    Ok(tx.delete_expired_sessions(past)?
        + tx.delete_expired_password_reset_tokens(past)?
        + tx.delete_expired_one_time_links(past)?
        + tx.delete_expired_rate_limits(past)?
        + tx.delete_expired_used_tokens(past)?
        + tx.delete_old_mails(past.minus_seconds(MAIL_SECONDS))?
        + tx.delete_expired_connect_codes(past)?
        + tx.delete_old_security_events(past)?
        + tx.delete_old_devices(past.minus_seconds(device_lifetime.as_secs()))?
        + tx.delete_old_page_views(oldest)?
        + tx.delete_old_page_performance(oldest)?
        + tx.delete_old_page_loads(oldest)?
        + tx.delete_old_choices(oldest)?
        + tx.delete_old_findings(past.minus_seconds(u64::from(STORED_DAYS) * 86_400).day())?)
}

/// The current times, or nothing if the store is empty.
fn times(tx: &Tx<'_>, now: Timestamp, ran: Duration) -> Result<Option<Times>, StoreError> {
    if let Some(seen) = tx.clock()? {
        return Ok(Some(Times::after(seen, now, ran)));
    }
    let heads = tx.heads()?;
    let newest = heads.iter().filter_map(retention::newest).chain(tx.newest_security_event()?).max();
    Ok(newest.map(|newest| Times::from_newest(newest, now)))
}
