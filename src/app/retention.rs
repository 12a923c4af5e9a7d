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
        match delete_expired(&site, records, ran).await {
            Ok(deleted) => {
                last += ran;
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
pub(crate) async fn delete_expired(site: &AppState, records: Duration, ran: Duration) -> Result<Deleted, StoreError> {
    let (now, remembered_for, device_lifetime) = (site.now(), site.remembered_for(), site.device_lifetime());
    let job = move |tx: &Tx<'_>| {
        let Some(times) = times(tx, now, ran)? else { return Ok(None) };
        tx.set_clock(times.seen)?;
        tx.correct_future_account_times(times.latest(), remembered_for)?;
        retention::mark_future_batches(tx, times.latest())?;
        let past = times.past();
        let oldest = Week::of(past.day()).before(STORED_WEEKS).first_day();
        let rows = tx.delete_expired_sessions(past)?
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
            + tx.delete_old_findings(past.minus_seconds(u64::from(STORED_DAYS) * 86_400).day())?;
        Ok(Some((times, rows)))
    };
    let Some((times, rows)) = site.store.write(job).await? else { return Ok(Deleted::default()) };
    site.seen.store(times.seen.0, Ordering::Relaxed);
    let (before, latest) = (times.past().minus_seconds(records.as_secs()), times.latest());
    let mut pages = 0;
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

/// The current times, or nothing if the store is empty.
fn times(tx: &Tx<'_>, now: Timestamp, ran: Duration) -> Result<Option<Times>, StoreError> {
    if let Some(seen) = tx.clock()? {
        return Ok(Some(Times::after(seen, now, ran)));
    }
    let heads = tx.heads()?;
    let newest = heads.iter().filter_map(retention::newest).chain(tx.newest_security_event()?).max();
    Ok(newest.map(|newest| Times::from_newest(newest, now)))
}
