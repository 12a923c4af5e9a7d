//! Deletes what was kept for its time, whether anybody comes or not: records, sessions, links, known browsers, activity.
//!
//! Which time is believed is said in [`crate::domain::retention`].

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::AppState;
use crate::{
    app::time_stamping::Stamper,
    domain::{Timestamp, retention::Times},
    ledger::retention,
    store::{StoreError, Tx},
};

/// How often it is done.
const EVERY: Duration = Duration::from_hours(1);

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deleted {
    /// Pages of the ledger.
    pub pages: usize,
    /// Rows that accounts held.
    pub rows: usize,
}

/// Deletes what was kept for its time, at once and then every hour, for as long as it is polled. Records are kept for
/// `records`. A stamper, if there is one, comes by as often.
pub async fn keep(site: Arc<AppState>, records: Duration, stamper: Option<Stamper>) {
    let (mut hours, mut last) = (tokio::time::interval(EVERY), Instant::now());
    loop {
        hours.tick().await;
        let ran = last.elapsed();
        match tidy(&site, records, ran).await {
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
            stamper.come_by(&site).await;
        }
    }
}

/// Deletes it once. `ran` is how long the server has run since the last time.
pub(crate) async fn tidy(site: &AppState, records: Duration, ran: Duration) -> Result<Deleted, StoreError> {
    let (now, remembered_for, device_lifetime) = (site.now(), site.remembered_for(), site.device_lifetime());
    let job = move |tables: &Tx<'_>| {
        let Some(times) = times(tables, now, ran)? else { return Ok(None) };
        tables.put_seen_at(times.seen)?;
        tables.date_accounts(times.latest(), remembered_for)?;
        retention::date(tables, times.latest())?;
        let past = times.past();
        let rows = tables.forget_ended_sessions(past)?
            + tables.delete_expired_reset_tokens(past)?
            + tables.forget_old_activity(past)?
            + tables.forget_old_devices(past.minus_seconds(device_lifetime.as_secs()))?;
        Ok(Some((times, rows)))
    };
    let Some((times, rows)) = site.store.write(job).await? else { return Ok(Deleted::default()) };
    site.seen.store(times.seen.0, Ordering::Relaxed);
    let (before, latest) = (times.past().minus_seconds(records.as_secs()), times.latest());
    let mut pages = 0;
    loop {
        match site.store.write(move |tables| tables.prune_ledger(before, latest)).await? {
            0 => break,
            removed => pages += removed,
        }
    }
    // What was deleted stands in the log of the database until that is emptied.
    if pages + rows > 0 {
        site.store.checkpoint_wal().await?;
    }
    Ok(Deleted { pages, rows })
}

/// The times now; none where nothing was ever written.
fn times(tables: &Tx<'_>, now: Timestamp, ran: Duration) -> Result<Option<Times>, StoreError> {
    if let Some(seen) = tables.seen_at()? {
        return Ok(Some(Times::after(seen, now, ran)));
    }
    let heads = tables.heads()?;
    let newest = heads.iter().filter_map(retention::newest).chain(tables.newest_activity()?).max();
    Ok(newest.map(|newest| Times::from_newest(newest, now)))
}
