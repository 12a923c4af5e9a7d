//! What differs between the databases that a store can be kept in, as the writing thread and the statements see it.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use rusqlite::params_from_iter;

use super::{
    StoreError,
    values::{Row, Value},
};
use crate::store::engine::postgres::PgConn;

/// A database, open for writing: one transaction at a time, each job in a part of it.
pub(in crate::store) trait Engine: Send {
    /// Begins a transaction, over a new connection if the last one broke. From here on nobody else writes.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Does one step of the transaction.
    fn step(&mut self, step: Step) -> Result<(), StoreError>;

    /// Ends the transaction without it, whatever has become of it.
    fn roll_back(&mut self);

    /// The connection, within the transaction.
    fn connection(&self) -> Result<Connection<'_>, StoreError>;

    /// Empties the write-ahead log into the file, where there is one.
    fn checkpoint_wal(&mut self) -> Result<(), StoreError>;
}

/// A step of a transaction. Both databases call them the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Step {
    /// Begins a part that can be undone.
    Savepoint,
    /// Ends the part and keeps it.
    Release,
    /// Ends the part and undoes it.
    Undo,
    /// Fails if the transaction cannot go on.
    Check,
    /// Commits all of it.
    Commit,
}

/// A connection to either database, which runs statements.
#[derive(Clone, Copy)]
pub(in crate::store) enum Connection<'c> {
    /// To a file.
    Sqlite(&'c rusqlite::Connection),
    /// To a server.
    Postgres(PgConn<'c>),
}

impl Connection<'_> {
    /// Begins to read what is committed now, whatever is committed meanwhile.
    pub(in crate::store) fn begin_snapshot(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("BEGIN")?),
            Self::Postgres(session) => session.begin_snapshot(),
        }
    }

    /// Ends that.
    pub(in crate::store) fn end_snapshot(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("ROLLBACK")?),
            Self::Postgres(session) => session.end_snapshot(),
        }
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(in crate::store) fn execute(self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params_from_iter(values))?),
            Self::Postgres(session) => session.execute(sql, values),
        }
    }

    /// The row that a statement finds or returns, if there is one.
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

    /// Every row that a statement finds or returns.
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
