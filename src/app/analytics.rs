//! Counts page views of visitors who granted analytics, and reports the counts of the last days.

use std::collections::BTreeMap;

use crate::{
    app::AppState,
    domain::analytics::{Groups, merge_small},
    store::StoreError,
};

/// How many days a report covers.
pub(crate) const DAYS: i64 = 30;

/// The counts of the last [`DAYS`] days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageViewReport {
    /// The first and the last day.
    pub days: (time::Date, time::Date),
    /// Views by day, oldest first. Days with fewer views than the smallest group are left out.
    pub by_day: Groups,
    /// Views by page.
    pub by_page: Groups,
    /// Views by kind of device.
    pub by_device: Groups,
    /// First and returning views.
    pub by_visit: Groups,
}

/// Counts the views of the last [`DAYS`] days, today included, and merges small groups.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) async fn read(site: &AppState) -> Result<PageViewReport, StoreError> {
    let today = site.now().day();
    let first = today.checked_sub(time::Duration::days(DAYS - 1)).unwrap_or(today);
    let rows = site.store.read(move |tx| tx.page_views_since(first)).await?;
    let by = |key: fn(&crate::store::PageViewCount) -> String| {
        let mut groups = BTreeMap::<String, u64>::new();
        for row in &rows {
            *groups.entry(key(row)).or_default() += row.count;
        }
        groups
    };
    let largest_first = |groups: BTreeMap<String, u64>| {
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, views)| std::cmp::Reverse(*views));
        merge_small(groups)
    };
    Ok(PageViewReport {
        days: (first, today),
        by_day: merge_small(by(|row| row.day.clone())),
        by_page: largest_first(by(|row| row.page.clone())),
        by_device: largest_first(by(|row| row.device.clone())),
        by_visit: largest_first(by(|row| row.visit.clone())),
    })
}
