//! A transaction or a read. The other files of this module add its methods, one file for each
//! table.

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

/// The statement that deletes up to 40 rows of a table, by the columns of its key. A transaction
/// of many more would make other writers wait.
macro_rules! delete_some {
    ($table:literal, $key:literal, $condition:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $condition,
            " LIMIT 40)"
        )
    };
}
pub(super) use delete_some;

/// A connection within a transaction or a read.
pub(crate) struct Tx<'c> {
    connection: Connection<'c>,
    ledger: Option<&'c RefCell<Box<dyn LedgerWriter>>>,
}

impl<'c> Tx<'c> {
    pub(super) const fn new(connection: Connection<'c>) -> Self {
        Self { connection, ledger: None }
    }

    /// A read of a file that a test opened itself.
    #[cfg(test)]
    pub(crate) const fn from_sqlite(connection: &'c rusqlite::Connection) -> Self {
        Self::new(Connection::Sqlite(connection))
    }

    /// A transaction that can write the ledger.
    pub(super) const fn with_ledger(connection: Connection<'c>, ledger: &'c RefCell<Box<dyn LedgerWriter>>) -> Self {
        Self { connection, ledger: Some(ledger) }
    }

    /// Appends a record to the ledger. Returns its id.
    ///
    /// # Errors
    /// [`StoreError::NoLedger`] if the ledger is not open for writing.
    pub(crate) fn append(&self, record: NewRecord) -> Result<Uuid, StoreError> {
        let ledger = self.ledger.ok_or(StoreError::NoLedger)?;
        let encode = ledger.borrow().encoder();
        self.append_encoded(encode(record)?)
    }

    /// Appends a record that is already encoded.
    pub(super) fn append_encoded(&self, record: EncodedRecord) -> Result<Uuid, StoreError> {
        let ledger = self.ledger.ok_or(StoreError::NoLedger)?;
        ledger.borrow_mut().append(&Self::new(self.connection), record)
    }

    /// Deletes some of the oldest ledger batches whose records are all older than `before`. No
    /// record was written after `latest`. Returns the number of batches.
    ///
    /// # Errors
    /// [`StoreError::NoLedger`] if the ledger is not open for writing.
    pub(crate) fn prune_ledger(&self, before: Timestamp, latest: Timestamp) -> Result<usize, StoreError> {
        let ledger = self.ledger.ok_or(StoreError::NoLedger)?;
        ledger.borrow_mut().prune(&Self::new(self.connection), before, latest)
    }

    /// Runs `job` on a snapshot: it sees no later commit.
    pub(super) fn with_snapshot<T>(&self, job: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.connection.begin_snapshot()?;
        let read = job(self);
        self.connection.end_snapshot()?;
        read
    }

    /// Runs a statement. Returns the number of changed rows.
    pub(super) fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        self.connection.execute(sql, values)
    }

    /// Runs a statement whose result nothing depends on. With PostgreSQL it is sent together with
    /// the next one, which fails if this one does, or at the end of the job.
    pub(super) fn queue(&self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.connection.queue(sql, values)
    }

    /// Runs a query. Returns its first row, if it has one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.connection.find(sql, values, read)
    }

    /// Runs a query. Returns all its rows.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection.list(sql, values, read)
    }
}
