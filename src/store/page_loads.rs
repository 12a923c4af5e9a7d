//! Counts of how measured pages were loaded.

use super::{StoreError, Tx, page_views::read_day_count, tx::delete_some, values::values};
use crate::domain::analytics::{
    page_load::{LoadDimension, PageLoadCell},
    statistics::DayCount,
};

impl Tx<'_> {
    /// Adds to a count.
    pub(super) fn add_page_loads(&self, cell: PageLoadCell, count: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO page_loads (day, navigation, cache, count) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (day, navigation, cache) DO UPDATE SET count = page_loads.count + excluded.count",
            &values![
                cell.day.to_string(),
                cell.load.navigation.map_or("", |navigation| navigation.into_str()),
                cell.load.cache.map_or("", |cache| cache.into_str()),
                count
            ],
        )?;
        Ok(())
    }

    /// The counts of each group of a dimension on each day from `first` to `last`, without those of
    /// unknown groups.
    pub(crate) fn page_loads_by(
        &self,
        dimension: LoadDimension,
        first: time::Date,
        last: time::Date,
    ) -> Result<Vec<DayCount>, StoreError> {
        let sql = match dimension {
            LoadDimension::Navigation => {
                "SELECT day, navigation, CAST(SUM(count) AS BIGINT) FROM page_loads
                 WHERE day >= ?1 AND day <= ?2 AND navigation <> '' GROUP BY day, navigation"
            }
            LoadDimension::Cache => {
                "SELECT day, cache, CAST(SUM(count) AS BIGINT) FROM page_loads
                 WHERE day >= ?1 AND day <= ?2 AND cache <> '' GROUP BY day, cache"
            }
        };
        self.list(sql, &values![first.to_string(), last.to_string()], read_day_count)
    }

    /// Deletes some of the counts of the days before `day`. Returns the number of deleted rows.
    pub(crate) fn delete_old_page_loads(&self, day: time::Date) -> Result<usize, StoreError> {
        self.execute(delete_some!("page_loads", "day, navigation, cache", "day < ?1"), &values![day.to_string()])
    }
}
