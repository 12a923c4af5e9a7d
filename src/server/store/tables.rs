//! The tables, as one transaction or one reading sees them. What can be done with them stands in the files beside this one.

use rusqlite::{Connection, params_from_iter};

use super::{
    StoreError,
    values::{Row, Value},
};

/// The tables within one transaction or one reading.
pub(crate) struct Tables<'c>(&'c Connection);

impl<'c> Tables<'c> {
    /// The tables that a connection sees.
    pub(super) const fn of(connection: &'c Connection) -> Self {
        Self(connection)
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(super) fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        Ok(self.0.prepare_cached(sql)?.execute(params_from_iter(values))?)
    }

    /// The row that a statement finds or returns, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        rows.next()?.map(|row| read(&Row::of_sqlite(row))).transpose()
    }

    /// Every row that a statement finds or returns.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            list.push(read(&Row::of_sqlite(row))?);
        }
        Ok(list)
    }
}
