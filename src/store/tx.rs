//! The tables, as one transaction or one reading sees them. What can be done with them stands in the files beside this one.

use std::cell::RefCell;

use uuid::Uuid;

use super::{
    StoreError,
    engine::Connection,
    values::{Row, Value},
};
use crate::{
    domain::{Timestamp, ledger::record::NewRecord},
    store::ledger_writer::{EncodedRecord, LedgerWriter},
};

/// The tables within one transaction or one reading.
pub(crate) struct Tx<'c> {
    connection: Connection<'c>,
    scribe: Option<&'c RefCell<Box<dyn LedgerWriter>>>,
}

impl<'c> Tx<'c> {
    /// The tables that a connection sees.
    pub(super) const fn of(connection: Connection<'c>) -> Self {
        Self { connection, scribe: None }
    }

    /// The tables of a file that a test has opened by itself.
    #[cfg(test)]
    pub(crate) const fn of_sqlite(connection: &'c rusqlite::Connection) -> Self {
        Self::of(Connection::Sqlite(connection))
    }

    /// The tables of a transaction in which the ledger can be written.
    pub(super) const fn with_scribe(connection: Connection<'c>, scribe: &'c RefCell<Box<dyn LedgerWriter>>) -> Self {
        Self { connection, scribe: Some(scribe) }
    }

    /// Appends a record to the ledger. Returns its id.
    ///
    /// # Errors
    /// [`StoreError::NoLedger`] where the ledger is not open for writing.
    pub(crate) fn append(&self, draft: NewRecord) -> Result<Uuid, StoreError> {
        let scribe = self.scribe.ok_or(StoreError::NoLedger)?;
        let pen = scribe.borrow().pen();
        self.chain(pen(draft)?)
    }

    /// The same with a record that is written down.
    pub(super) fn chain(&self, record: EncodedRecord) -> Result<Uuid, StoreError> {
        let scribe = self.scribe.ok_or(StoreError::NoLedger)?;
        scribe.borrow_mut().append(&Self::of(self.connection), record)
    }

    /// Removes some of the oldest pages of the ledger whose records are all older than that, where everything that is there was
    /// written by `latest`. Returns how many pages.
    ///
    /// # Errors
    /// [`StoreError::NoLedger`] where the ledger is not open for writing.
    pub(crate) fn prune_ledger(&self, before: Timestamp, latest: Timestamp) -> Result<usize, StoreError> {
        let scribe = self.scribe.ok_or(StoreError::NoLedger)?;
        scribe.borrow_mut().prune(&Self::of(self.connection), before, latest)
    }

    /// Reads what was committed at one moment, whatever is committed meanwhile.
    pub(super) fn with_snapshot<T>(&self, job: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.connection.begin_snapshot()?;
        let read = job(self);
        self.connection.end_snapshot()?;
        read
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(super) fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        self.connection.execute(sql, values)
    }

    /// The row that a statement finds or returns, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.connection.find(sql, values, read)
    }

    /// Every row that a statement finds or returns.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection.list(sql, values, read)
    }
}
