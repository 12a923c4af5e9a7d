//! Page view counts.

use super::{StoreError, Tx, values::values};
use crate::domain::analytics::PageView;

/// The number of views of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageViewCount {
    /// The day, as `YYYY-MM-DD`.
    pub day: String,
    /// The path of the page.
    pub page: String,
    pub device: String,
    /// Whether it was a first or a returning visit.
    pub visit: String,
    pub count: u64,
}

impl Tx<'_> {
    /// Adds to the number of views of one kind.
    pub(super) fn add_page_views(&self, view: &PageView, count: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO page_views (day, page, device, visit, count) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (day, page, device, visit) DO UPDATE SET count = page_views.count + excluded.count",
            &values![view.day.to_string(), view.page.to_string(), view.device.into_str(), view.visit.into_str(), count],
        )?;
        Ok(())
    }

    /// All counts since `day`.
    pub(crate) fn page_views_since(&self, day: time::Date) -> Result<Vec<PageViewCount>, StoreError> {
        self.list(
            "SELECT day, page, device, visit, count FROM page_views WHERE day >= ?1 ORDER BY day, page, device, visit",
            &values![day.to_string()],
            |row| {
                Ok(PageViewCount {
                    day: row.get(0)?,
                    page: row.get(1)?,
                    device: row.get(2)?,
                    visit: row.get(3)?,
                    count: row.get::<i64>(4)?.try_into().unwrap_or(0),
                })
            },
        )
    }
}
