//! The differences between the two database engines.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use rusqlite::params_from_iter;

use super::{
    StoreError,
    values::{Row, Value},
};
use crate::store::engine::postgres::PgConn;

/// A database that is open for writing: one transaction at a time, each job in a savepoint.
pub(in crate::store) trait Engine: Send {
    /// Begins a transaction, and reconnects if the last connection broke. It locks out other
    /// writers.
    fn begin(&mut self) -> Result<(), StoreError>;

    fn step(&mut self, step: Step) -> Result<(), StoreError>;

    /// Rolls the transaction back, in any state.
    fn roll_back(&mut self);

    /// The connection of the transaction.
    fn connection(&self) -> Result<Connection<'_>, StoreError>;

    /// Runs a WAL checkpoint, if the engine has one.
    fn checkpoint_wal(&mut self) -> Result<(), StoreError>;
}

/// A step of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Step {
    /// Begins a savepoint.
    Savepoint,
    /// Releases the savepoint.
    Release,
    /// Rolls back to the savepoint and releases it.
    Undo,
    /// Fails if the transaction is aborted.
    Check,
    /// Commits the transaction.
    Commit,
}

/// A connection of either engine.
#[derive(Clone, Copy)]
pub(in crate::store) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(PgConn<'c>),
}

impl Connection<'_> {
    /// Begins a snapshot: a read transaction that sees no later commit.
    pub(in crate::store) fn begin_snapshot(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("BEGIN")?),
            Self::Postgres(session) => session.begin_snapshot(),
        }
    }

    pub(in crate::store) fn end_snapshot(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("ROLLBACK")?),
            Self::Postgres(session) => session.end_snapshot(),
        }
    }

    /// Runs a statement. Returns the number of changed rows.
    pub(in crate::store) fn execute(self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params_from_iter(values))?),
            Self::Postgres(session) => session.execute(sql, values),
        }
    }

    /// Runs a statement, with PostgreSQL together with the next one, which fails if this one does.
    pub(in crate::store) fn queue(self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => self.execute(sql, values).map(drop),
            Self::Postgres(session) => {
                session.queue(sql, values);
                Ok(())
            }
        }
    }

    /// Runs a query. Returns its first row, if it has one.
    pub(in crate::store) fn find<T>(
        self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(params_from_iter(values))?;
                rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
            }
            Self::Postgres(session) => {
                session.query(sql, values)?.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// Runs a query. Returns all its rows.
    pub(in crate::store) fn list<T>(
        self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(params_from_iter(values))?;
                let mut list = Vec::new();
                while let Some(row) = rows.next()? {
                    list.push(read(&Row::Sqlite(row))?);
                }
                Ok(list)
            }
            Self::Postgres(session) => {
                session.query(sql, values)?.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }
}
