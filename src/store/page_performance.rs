//! Counts of page performance: how many values of a metric lie in each bucket.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::analytics::{
    performance::{Bucket, PerformanceCell},
    statistics::{DayValues, Dimension},
    week::parse_day,
};

impl Tx<'_> {
    /// Adds to a count.
    pub(super) fn add_page_performance(&self, cell: &PerformanceCell, count: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO page_performance (day, page, device, country, metric, bucket, count)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (day, page, device, country, metric, bucket)
             DO UPDATE SET count = page_performance.count + excluded.count",
            &values![
                cell.day.to_string(),
                cell.page.to_string(),
                cell.device.into_str(),
                cell.country.to_string(),
                cell.metric.into_str(),
                i64::from(cell.bucket.number()),
                count
            ],
        )?;
        Ok(())
    }

    /// The counts of each group of a dimension on each day from `first` to `last`. First and
    /// returning views are not told apart here, so there is nothing for them.
    pub(crate) fn page_performance_by(
        &self,
        dimension: Dimension,
        first: time::Date,
        last: time::Date,
    ) -> Result<Vec<DayValues>, StoreError> {
        /// The statement for a column.
        macro_rules! select {
            ($column:literal) => {
                concat!(
                    "SELECT day, ",
                    $column,
                    ", metric, bucket, CAST(SUM(count) AS BIGINT) FROM page_performance
                     WHERE day >= ?1 AND day <= ?2 GROUP BY day, metric, bucket, ",
                    $column
                )
            };
        }
        let sql = match dimension {
            Dimension::Page => select!("page"),
            Dimension::Country => select!("country"),
            Dimension::Device => select!("device"),
            // Grouped twice by the same column.
            Dimension::Day => select!("day"),
            Dimension::Visit => return Ok(Vec::new()),
        };
        let rows = self.list(sql, &values![first.to_string(), last.to_string()], |row| {
            let (day, metric) = (parse_day(&row.get::<String>(0)?), row.get::<String>(2)?.parse());
            let (Some(day), Ok(metric), Some(bucket)) = (day, metric, Bucket::from_number(row.get(3)?)) else {
                return Ok(None);
            };
            let count = row.get::<i64>(4)?.try_into().unwrap_or(0);
            Ok(Some(DayValues { day, group: row.get(1)?, metric, bucket, count }))
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Deletes some of the counts of the days before `day`. Returns the number of deleted rows.
    pub(crate) fn delete_old_page_performance(&self, day: time::Date) -> Result<usize, StoreError> {
        self.execute(
            delete_some!("page_performance", "day, page, device, country, metric, bucket", "day < ?1"),
            &values![day.to_string()],
        )
    }
}
