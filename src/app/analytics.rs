//! Publishes the counts of finished weeks, and marks a browser as counted.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    app::{AppState, cookie_jar::Jar},
    domain::{
        analytics::{
            Visit, Week,
            choices::ChoiceDimension,
            page_load::LoadDimension,
            statistics::{Counts, Dimension, StoredCounts, WEEKS, WeekStatistics, publish},
        },
        cookies::declaration::{FirstPartyCookie, OptionalCookie},
    },
    store::{StoreError, Tx},
};

/// The published weeks, newest first.
pub(crate) type Published = Arc<[WeekStatistics]>;

/// Whether the browser was counted before.
pub(crate) fn visit(jar: &Jar) -> Visit {
    if jar.carries(FirstPartyCookie::Analytics) { Visit::Returning } else { Visit::First }
}

/// Sets the analytics cookie, if analytics is granted. It has the same value for every browser: it
/// says that the browser was counted before, not which one it is.
pub(crate) fn mark_as_counted(jar: &Jar) {
    let effective = jar.in_force();
    let grant = effective.as_ref().and_then(|consent| consent.grant(OptionalCookie::Analytics.purpose()));
    let result = grant.map(|grant| jar.set_optional(OptionalCookie::Analytics, "seen".into(), &grant));
    if !matches!(result, Some(Ok(()))) {
        tracing::error!("the analytics cookie was wanted without a grant");
    }
}

/// The oldest day that has a count.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
pub(crate) async fn oldest_day(site: &AppState) -> Result<Option<time::Date>, StoreError> {
    site.store.read(|tx| tx.oldest_counted_day()).await
}

/// The cache of the published weeks. A finished week never changes, so the cache is filled once a
/// week.
#[derive(Debug, Default)]
pub(crate) struct StatisticsCache(Mutex<Option<(Week, Published)>>);

/// The last [`WEEKS`] published weeks.
///
/// # Errors
/// [`StoreError`] if the store cannot be written or read.
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
    let dimensions = ChoiceDimension::all(site.inventory().optional_purposes());
    let counts = move |tx: &Tx<'_>| {
        let of = |dimension: &Dimension| {
            let views = tx.page_views_by(*dimension, first, last)?;
            let values = tx.page_performance_by(*dimension, first, last)?;
            Ok((*dimension, Counts { views, values }))
        };
        let loads = |dimension: &LoadDimension| Ok((*dimension, tx.page_loads_by(*dimension, first, last)?));
        let views = Dimension::ALL.iter().map(of).collect::<Result<_, StoreError>>()?;
        let choices = |dimension: &ChoiceDimension| Ok((*dimension, tx.choices_by(*dimension, first, last)?));
        Ok(StoredCounts {
            views,
            loads: LoadDimension::ALL.iter().map(loads).collect::<Result<_, StoreError>>()?,
            choices: dimensions.iter().map(choices).collect::<Result<_, StoreError>>()?,
        })
    };
    // Counts may wait in memory, and what is published is never read again.
    site.store.flush().await?;
    let counts = site.store.read_snapshot_with_timeout(counts).await?;
    let published = Published::from(publish(&weeks, &counts));
    *cached = Some((newest, Arc::clone(&published)));
    Ok(published)
}
