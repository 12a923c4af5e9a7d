//! The tables, as one transaction or one reading sees them. What can be done with them stands in the files beside this one.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::StoreError;

/// The tables within one transaction or one reading.
pub(crate) struct Tables<'c>(&'c Connection);

impl<'c> Tables<'c> {
    /// The tables that a connection sees.
    pub(super) const fn of(connection: &'c Connection) -> Self {
        Self(connection)
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(super) fn execute(&self, sql: &'static str, values: impl Params) -> Result<usize, StoreError> {
        Ok(self.0.prepare_cached(sql)?.execute(values)?)
    }

    /// The row that a statement finds or returns, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.0.prepare_cached(sql)?.query_row(values, read).optional()?)
    }

    /// Every row that a statement finds or returns.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(self.0.prepare_cached(sql)?.query_map(values, read)?.collect::<Result<_, _>>()?)
    }
}
