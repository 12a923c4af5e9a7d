//! Counts of what visitors decided.

use super::{StoreError, Tx, page_views::read_day_count, tx::delete_some, values::values};
use crate::domain::{
    analytics::{choices::ChoiceDimension, statistics::DayCount},
    ledger::choice::CountedChoice,
};

impl Tx<'_> {
    /// Adds to the counts of a decision, one for each purpose. Each chain has its own, so that two
    /// servers do not wait for each other.
    pub(crate) fn add_choices(&self, chain: &str, choice: &CountedChoice, count: i64) -> Result<(), StoreError> {
        // The first row counts the decision, the others what it said about each purpose.
        let outcomes = choice.outcomes.iter().map(|(purpose, outcome)| (purpose.as_str(), outcome.into_str()));
        for (purpose, outcome) in std::iter::once(("", "")).chain(outcomes) {
            self.queue(
                "INSERT INTO choice_counts (chain, day, version, service, purpose, outcome, count)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (chain, day, version, service, purpose, outcome)
                 DO UPDATE SET count = choice_counts.count + excluded.count",
                &values![
                    chain,
                    choice.day.to_string(),
                    choice.version.to_string(),
                    choice.service.as_ref().map_or("", |service| service.as_str()),
                    purpose,
                    outcome,
                    count
                ],
            )?;
        }
        Ok(())
    }

    /// The decisions of each group of a dimension on each day from `first` to `last`.
    pub(crate) fn choices_by(
        &self,
        dimension: ChoiceDimension,
        first: time::Date,
        last: time::Date,
    ) -> Result<Vec<DayCount>, StoreError> {
        /// The statement for a column.
        macro_rules! select {
            ($column:literal) => {
                concat!(
                    "SELECT day, ",
                    $column,
                    ", CAST(SUM(count) AS BIGINT) FROM choice_counts
                     WHERE day >= ?1 AND day <= ?2 AND purpose = ?3 GROUP BY day, ",
                    $column
                )
            };
        }
        let (sql, purpose) = match &dimension {
            ChoiceDimension::Purpose(purpose) => (select!("outcome"), purpose.as_str()),
            ChoiceDimension::Version => (select!("version"), ""),
            ChoiceDimension::Service => (select!("service"), ""),
        };
        self.list(sql, &values![first.to_string(), last.to_string(), purpose], read_day_count)
    }

    /// Deletes some of the counts of the days before `day`. Returns the number of deleted rows.
    pub(crate) fn delete_old_choices(&self, day: time::Date) -> Result<usize, StoreError> {
        self.execute(
            delete_some!("choice_counts", "day, chain, version, service, purpose, outcome", "day < ?1"),
            &values![day.to_string()],
        )
    }
}
