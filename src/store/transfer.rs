//! Copies all data from one database to another, of any engine.

use std::{fmt::Write, path::Path};

use super::{
    BATCH_TIMEOUT, BackupError, Database, StoreError,
    engine::{Connection, Engine, Step},
    schema,
    values::{Value, read_values},
};
use crate::store::engine::{
    postgres::Postgres,
    sqlite::{Sqlite, backup},
};

/// The number of rows in one query. A ledger row may hold a thousand records.
const ROWS_PER_QUERY: usize = 50;

/// Why the copy failed. Nothing is copied then.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The source is the target.
    #[error("{0} is where everything is already")]
    Same(Database),
    /// An error of one of the two databases.
    #[error("{database}: {error}")]
    Store {
        /// The database.
        database: Database,
        /// The cause.
        error: StoreError,
    },
    /// A server has the file open and would continue to write to it.
    #[error("{0} is in use: stop the server first")]
    InUse(Database),
    /// The target is not empty.
    #[error("{database} is not empty: {table} has rows. Name a database that nothing was written to")]
    NotEmpty {
        /// The target.
        database: Database,
        /// The first table that has rows.
        table: String,
    },
    /// The target has another number of rows than the source.
    #[error("{table} has {sent} rows, of which {arrived} arrived: nothing was copied")]
    Miscounted {
        /// The table.
        table: String,
        /// The number of rows in the source.
        sent: i64,
        /// The number of rows in the target.
        arrived: i64,
    },
}

/// The number of copied rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: String,
    /// The number of rows.
    pub rows: i64,
}

/// Copies every table of a snapshot of `from`, in one transaction, to `to`, which must be empty.
///
/// It blocks, so a runtime must not call it directly.
///
/// # Errors
/// [`TransferError`].
pub fn transfer(from: &Database, to: &Database) -> Result<Vec<Copied>, TransferError> {
    if from == to {
        return Err(TransferError::Same(to.clone()));
    }
    let of = |database: &Database| {
        let database = database.clone();
        move |error| TransferError::Store { database, error }
    };
    let source = match from {
        Database::File(file) => lock_file(file).map_err(|error| match error {
            BackupError::InUse(_) => TransferError::InUse(from.clone()),
            BackupError::Store { error, .. } => of(from)(error),
            other => of(from)(StoreError::File(std::io::Error::other(other))),
        })?,
        Database::Server(address) => Box::new(Postgres::open_read_only(address, BATCH_TIMEOUT).map_err(of(from))?),
    };
    let mut target = open(to).map_err(of(to))?;
    let table_schemas = table_schemas().map_err(of(from))?;
    let source = source.connection().map_err(of(from))?;
    source.begin_snapshot().map_err(of(from))?;
    target.begin().map_err(of(to))?;
    let mut copied = Vec::new();
    for schema in &table_schemas {
        let table = schema.table.clone();
        let there = target.connection().map_err(of(to))?;
        if count(there, schema).map_err(of(to))? > 0 {
            return Err(TransferError::NotEmpty { database: to.clone(), table });
        }
        let mut rows = first_rows(source, schema).map_err(of(from))?;
        while let Some(last) = rows.last() {
            insert(there, schema, &rows).map_err(of(to))?;
            rows = rows_after(source, schema, last).map_err(of(from))?;
        }
        let (sent, arrived) = (count(source, schema).map_err(of(from))?, count(there, schema).map_err(of(to))?);
        if sent != arrived {
            return Err(TransferError::Miscounted { table, sent, arrived });
        }
        copied.push(Copied { table, rows: sent });
    }
    target.step(Step::Commit).map_err(of(to))?;
    Ok(copied)
}

/// Locks a file that no server has open, so that none can open it meanwhile.
fn lock_file(file: &Path) -> Result<Box<dyn Engine>, BackupError> {
    let failed = |error| BackupError::Store { file: file.into(), error };
    // Read before the lock, to distinguish a file that is not a database from one that is in use.
    drop(Sqlite::open_read_only(file).map_err(failed)?);
    let locked = backup::lock_exclusively(file)?.ok_or_else(|| BackupError::Missing(file.into()))?;
    Ok(Box::new(Sqlite::from_locked(locked).map_err(failed)?))
}

fn open(database: &Database) -> Result<Box<dyn Engine>, StoreError> {
    Ok(match database {
        Database::File(file) => Box::new(Sqlite::open(file)?),
        Database::Server(address) => Box::new(Postgres::open(address, BATCH_TIMEOUT)?),
    })
}

/// The columns and the key of a table.
pub(super) struct TableSchema {
    pub table: String,
    /// The columns, each with its PostgreSQL type.
    pub columns: Vec<(String, String)>,
    /// The indexes of the primary key's columns.
    pub key: Vec<usize>,
}

/// All tables, each after those that it references. They are read from an empty in-memory database,
/// to which all migrations were applied.
pub(super) fn table_schemas() -> Result<Vec<TableSchema>, StoreError> {
    let mut empty = rusqlite::Connection::open_in_memory()?;
    schema::migrate(&mut empty, schema::MIGRATIONS)?;
    let empty = Connection::Sqlite(&empty);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_migrations' ORDER BY rowid";
    let read_schema = |table: String| {
        let columns = "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid";
        let columns = empty.list(columns, &[table.as_str().into()], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?))
        })?;
        let mut key: Vec<_> = (0..columns.len()).filter(|place| columns[*place].2 > 0).collect();
        key.sort_by_key(|place| columns[*place].2);
        let columns = columns
            .into_iter()
            .map(|(name, kind, _)| (name, kind.replace("INTEGER", "BIGINT").replace("BLOB", "BYTEA")))
            .collect();
        Ok(TableSchema { table, columns, key })
    };
    empty.list(tables, &[], |row| row.get(0))?.into_iter().map(read_schema).collect()
}

impl TableSchema {
    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The names of the primary key's columns.
    fn key(&self) -> String {
        self.key.iter().map(|place| self.columns[*place].0.as_str()).collect::<Vec<_>>().join(", ")
    }
}

type Rows = Vec<Vec<Value<'static>>>;

fn count(connection: Connection<'_>, schema: &TableSchema) -> Result<i64, StoreError> {
    let counted = connection.find(&format!("SELECT COUNT(*) FROM {}", schema.table), &[], |row| row.get(0))?;
    Ok(counted.unwrap_or(0))
}

pub(super) fn first_rows(connection: Connection<'_>, schema: &TableSchema) -> Result<Rows, StoreError> {
    let (table, names, key) = (&schema.table, schema.names(), schema.key());
    let sql = format!("SELECT {names} FROM {table} ORDER BY {key} LIMIT {ROWS_PER_QUERY}");
    connection.list(&sql, &[], read_values)
}

/// The next rows of a table after `last`.
pub(super) fn rows_after(
    connection: Connection<'_>,
    schema: &TableSchema,
    last: &[Value<'static>],
) -> Result<Rows, StoreError> {
    let (table, names, key) = (&schema.table, schema.names(), schema.key());
    let numbers = (1..=schema.key.len()).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {names} FROM {table} WHERE ({key}) > ({numbers}) ORDER BY {key} LIMIT {ROWS_PER_QUERY}");
    let last: Vec<_> = schema.key.iter().filter_map(|place| last.get(*place).cloned()).collect();
    connection.list(&sql, &last, read_values)
}

fn insert(connection: Connection<'_>, schema: &TableSchema, rows: &Rows) -> Result<(), StoreError> {
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", schema.table, schema.names());
    let mut number = 0;
    for row in 0..rows.len() {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for (place, (_, kind)) in schema.columns.iter().enumerate() {
            number += 1;
            let comma = if place == 0 { "" } else { ", " };
            // With several rows, PostgreSQL does not infer the types of parameters from the
            // columns.
            let _ = match connection {
                Connection::Sqlite(_) => write!(sql, "{comma}?{number}"),
                Connection::Postgres(_) => write!(sql, "{comma}CAST(?{number} AS {kind})"),
            };
        }
        sql.push(')');
    }
    connection.execute(&sql, &rows.concat()).map(drop)
}
