//! Page view counts.

use super::{
    StoreError, Tx,
    tx::delete_some,
    values::{Row, values},
};
use crate::domain::analytics::{
    PageView,
    statistics::{DayCount, Dimension},
    week::parse_day,
};

/// The number of views of one kind.
#[cfg(test)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageViewCount {
    /// The day, as `YYYY-MM-DD`.
    pub day: String,
    /// The path of the page.
    pub page: String,
    pub device: String,
    pub country: String,
    /// Whether it was a first or a returning visit.
    pub visit: String,
    pub count: u64,
}

/// Reads a row of a day, a group and a count.
pub(super) fn read_day_count(row: &Row<'_>) -> Result<DayCount, StoreError> {
    let day = parse_day(&row.get::<String>(0)?).unwrap_or(time::Date::MIN);
    Ok(DayCount { day, group: row.get(1)?, count: row.get::<i64>(2)?.try_into().unwrap_or(0) })
}

impl Tx<'_> {
    /// Adds to the number of views of one kind.
    pub(super) fn add_page_views(&self, view: &PageView, count: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO page_views (day, page, device, country, visit, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (day, page, device, country, visit)
             DO UPDATE SET count = page_views.count + excluded.count",
            &values![
                view.day.to_string(),
                view.page.to_string(),
                view.device.into_str(),
                view.country.to_string(),
                view.visit.into_str(),
                count
            ],
        )?;
        Ok(())
    }

    /// The views of each group of a dimension on each day from `first` to `last`.
    pub(crate) fn page_views_by(
        &self,
        dimension: Dimension,
        first: time::Date,
        last: time::Date,
    ) -> Result<Vec<DayCount>, StoreError> {
        /// The statement for a column.
        macro_rules! select {
            ($column:literal) => {
                concat!(
                    "SELECT day, ",
                    $column,
                    ", CAST(SUM(count) AS BIGINT) FROM page_views
                     WHERE day >= ?1 AND day <= ?2 GROUP BY day, ",
                    $column
                )
            };
        }
        let sql = match dimension {
            Dimension::Page => select!("page"),
            Dimension::Country => select!("country"),
            Dimension::Device => select!("device"),
            Dimension::Visit => select!("visit"),
            // Grouped twice by the same column.
            Dimension::Day => select!("day"),
        };
        self.list(sql, &values![first.to_string(), last.to_string()], read_day_count)
    }

    /// Deletes some of the counts of the days before `day`. Returns the number of deleted rows.
    pub(crate) fn delete_old_page_views(&self, day: time::Date) -> Result<usize, StoreError> {
        self.execute(
            delete_some!("page_views", "day, page, device, country, visit", "day < ?1"),
            &values![day.to_string()],
        )
    }

    /// The oldest day that has a count of any kind.
    pub(crate) fn oldest_counted_day(&self) -> Result<Option<time::Date>, StoreError> {
        let sql = "SELECT MIN(day) FROM (
                SELECT MIN(day) AS day FROM page_views UNION ALL SELECT MIN(day) FROM page_performance
                UNION ALL SELECT MIN(day) FROM page_loads UNION ALL SELECT MIN(day) FROM choice_counts
            ) AS days";
        let oldest = self.find(sql, &values![], |row| row.get::<Option<String>>(0))?;
        Ok(oldest.flatten().as_deref().and_then(parse_day))
    }

    /// All counts since `day`.
    #[cfg(test)]
    pub(crate) fn page_views_since(&self, day: time::Date) -> Result<Vec<PageViewCount>, StoreError> {
        self.list(
            "SELECT day, page, device, country, visit, count FROM page_views
             WHERE day >= ?1 ORDER BY day, page, device, country, visit",
            &values![day.to_string()],
            |row| {
                Ok(PageViewCount {
                    day: row.get(0)?,
                    page: row.get(1)?,
                    device: row.get(2)?,
                    country: row.get(3)?,
                    visit: row.get(4)?,
                    count: row.get::<i64>(5)?.try_into().unwrap_or(0),
                })
            },
        )
    }
}
