//! Publishes the counts of finished weeks.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    app::AppState,
    domain::analytics::{
        Week,
        statistics::{Counts, Dimension, WEEKS, WeekStatistics, publish},
    },
    store::{StoreError, Tx},
};

/// The published weeks, newest first.
pub(crate) type Published = Arc<[WeekStatistics]>;

/// The cache of the published weeks. A finished week never changes, so the cache is filled once a
/// week.
#[derive(Debug, Default)]
pub(crate) struct StatisticsCache(Mutex<Option<(Week, Published)>>);

/// The last [`WEEKS`] published weeks.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) async fn published(site: &AppState) -> Result<Published, StoreError> {
    let newest = Week::last_published(site.now());
    // Others wait for the first request of the week.
    let mut cached = site.statistics.0.lock().await;
    if let Some((week, published)) = &*cached
        && *week == newest
    {
        return Ok(Arc::clone(published));
    }
    let weeks: Vec<_> = (0..WEEKS).map(|weeks| newest.before(weeks)).collect();
    let (first, last) = (newest.before(WEEKS - 1).first_day(), newest.last_day());
    let counts = move |tx: &Tx<'_>| {
        let of = |dimension: &Dimension| {
            let views = tx.page_views_by(*dimension, first, last)?;
            let values = tx.page_performance_by(*dimension, first, last)?;
            Ok((*dimension, Counts { views, values }))
        };
        Dimension::ALL.iter().map(of).collect()
    };
    let counts = site.store.read_snapshot_with_timeout(counts).await?;
    let published = Published::from(publish(&weeks, &counts));
    *cached = Some((newest, Arc::clone(&published)));
    Ok(published)
}
