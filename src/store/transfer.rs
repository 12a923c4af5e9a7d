//! Copies all that is kept from one database to another, of whichever kinds.

use std::{fmt::Write, path::Path};

use super::{
    BackupError, Database, StoreError, UNHURRIED,
    engine::{Connection, Engine, Step},
    schema,
    values::{Row, Value},
};
use crate::store::engine::{
    postgres::Postgres,
    sqlite::{Sqlite, backup},
};

/// How many rows are carried at once. A row of the ledger may hold a thousand records.
const AT_ONCE: usize = 50;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Both are the same.
    #[error("{0} is where everything is already")]
    Same(Database),
    /// One of both refused.
    #[error("{database}: {error}")]
    Store {
        /// Which one.
        database: Database,
        /// Why.
        error: StoreError,
    },
    /// A server has the file open, and would go on writing to it.
    #[error("{0} is in use: stop the server first")]
    InUse(Database),
    /// There is something where it is to be copied to.
    #[error("{database} is not empty: {table} has rows. Name a database that nothing was written to")]
    NotEmpty {
        /// Where it was to be copied to.
        database: Database,
        /// The first table that is not empty.
        table: String,
    },
    /// Not as much arrived as was sent.
    #[error("{table} has {sent} rows, of which {arrived} arrived: nothing was copied")]
    Miscounted {
        /// The table.
        table: String,
        /// How many rows it has.
        sent: i64,
        /// How many there are now where it was copied to.
        arrived: i64,
    },
}

/// So many rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: String,
    /// How many rows it has.
    pub rows: i64,
}

/// Copies every table of `from`, as it is at one moment, in one transaction to `to`, which must be empty.
///
/// It waits by itself, so it is called from a thread that no runtime waits on.
///
/// # Errors
/// [`TransferError`]; nothing is copied then.
pub fn transfer(from: &Database, to: &Database) -> Result<Vec<Copied>, TransferError> {
    if from == to {
        return Err(TransferError::Same(to.clone()));
    }
    let of = |database: &Database| {
        let database = database.clone();
        move |error| TransferError::Store { database, error }
    };
    let source = match from {
        Database::File(file) => hold(file).map_err(|error| match error {
            BackupError::InUse(_) => TransferError::InUse(from.clone()),
            BackupError::Store { error, .. } => of(from)(error),
            other => of(from)(StoreError::File(std::io::Error::other(other))),
        })?,
        Database::Server(address) => Box::new(Postgres::open_read_only(address, UNHURRIED).map_err(of(from))?),
    };
    let mut target = open(to).map_err(of(to))?;
    let shapes = shapes().map_err(of(from))?;
    let source = source.connection().map_err(of(from))?;
    source.begin_snapshot().map_err(of(from))?;
    target.begin().map_err(of(to))?;
    let mut copied = Vec::new();
    for shape in &shapes {
        let table = shape.table.clone();
        let there = target.connection().map_err(of(to))?;
        if count(there, shape).map_err(of(to))? > 0 {
            return Err(TransferError::NotEmpty { database: to.clone(), table });
        }
        let mut rows = first(source, shape).map_err(of(from))?;
        while let Some(last) = rows.last() {
            insert(there, shape, &rows).map_err(of(to))?;
            rows = behind(source, shape, last).map_err(of(from))?;
        }
        let (sent, arrived) = (count(source, shape).map_err(of(from))?, count(there, shape).map_err(of(to))?);
        if sent != arrived {
            return Err(TransferError::Miscounted { table, sent, arrived });
        }
        copied.push(Copied { table, rows: sent });
    }
    target.step(Step::Commit).map_err(of(to))?;
    Ok(copied)
}

/// A file that no server has open, nor can open meanwhile, and which must be of this Harmony.
fn hold(file: &Path) -> Result<Box<dyn Engine>, BackupError> {
    let failed = |error| BackupError::Store { file: file.into(), error };
    // Read first: what is no database is told from what is in use.
    drop(Sqlite::open_read_only(file).map_err(failed)?);
    let held = backup::hold(file)?.ok_or_else(|| BackupError::Missing(file.into()))?;
    Ok(Box::new(Sqlite::held(held).map_err(failed)?))
}

fn open(database: &Database) -> Result<Box<dyn Engine>, StoreError> {
    Ok(match database {
        Database::File(file) => Box::new(Sqlite::open(file)?),
        Database::Server(address) => Box::new(Postgres::open(address, UNHURRIED)?),
    })
}

/// A table as the schema has it.
pub(super) struct TableSchema {
    /// Its name.
    pub table: String,
    /// The columns, each with its type as PostgreSQL has it.
    pub columns: Vec<(String, String)>,
    /// The places of those that make a row the one it is.
    pub key: Vec<usize>,
}

/// The tables, each behind those that it refers to. The steps of the schema say it all, so an empty database is made of
/// them and asked.
pub(super) fn shapes() -> Result<Vec<TableSchema>, StoreError> {
    let mut empty = rusqlite::Connection::open_in_memory()?;
    schema::migrate(&mut empty, schema::MIGRATIONS)?;
    let empty = Connection::Sqlite(&empty);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_migrations' ORDER BY rowid";
    let shape = |table: String| {
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
    empty.list(tables, &[], |row| row.get(0))?.into_iter().map(shape).collect()
}

impl TableSchema {
    /// The names of the columns, in order.
    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The names of those that make a row the one it is.
    fn key(&self) -> String {
        self.key.iter().map(|place| self.columns[*place].0.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn read(&self, row: &Row<'_>) -> Result<Vec<Value<'static>>, StoreError> {
        (0..self.columns.len()).map(|column| Ok(row.value(column)?.into_owned())).collect()
    }
}

type Rows = Vec<Vec<Value<'static>>>;

fn count(connection: Connection<'_>, shape: &TableSchema) -> Result<i64, StoreError> {
    let counted = connection.find(&format!("SELECT COUNT(*) FROM {}", shape.table), &[], |row| row.get(0))?;
    Ok(counted.unwrap_or(0))
}

/// The first rows of a table.
pub(super) fn first(connection: Connection<'_>, shape: &TableSchema) -> Result<Rows, StoreError> {
    let (table, names, key) = (&shape.table, shape.names(), shape.key());
    let sql = format!("SELECT {names} FROM {table} ORDER BY {key} LIMIT {AT_ONCE}");
    connection.list(&sql, &[], |row| shape.read(row))
}

/// The rows of a table behind that one.
pub(super) fn behind(
    connection: Connection<'_>,
    shape: &TableSchema,
    last: &[Value<'static>],
) -> Result<Rows, StoreError> {
    let (table, names, key) = (&shape.table, shape.names(), shape.key());
    let numbers = (1..=shape.key.len()).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {names} FROM {table} WHERE ({key}) > ({numbers}) ORDER BY {key} LIMIT {AT_ONCE}");
    let last: Vec<_> = shape.key.iter().filter_map(|place| last.get(*place).cloned()).collect();
    connection.list(&sql, &last, |row| shape.read(row))
}

fn insert(connection: Connection<'_>, shape: &TableSchema, rows: &Rows) -> Result<(), StoreError> {
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", shape.table, shape.names());
    let mut number = 0;
    for row in 0..rows.len() {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for (place, (_, kind)) in shape.columns.iter().enumerate() {
            number += 1;
            let comma = if place == 0 { "" } else { ", " };
            // Of several rows PostgreSQL does not look at the columns to tell of what kind a value is.
            let _ = match connection {
                Connection::Sqlite(_) => write!(sql, "{comma}?{number}"),
                Connection::Postgres(_) => write!(sql, "{comma}CAST(?{number} AS {kind})"),
            };
        }
        sql.push(')');
    }
    connection.execute(&sql, &rows.concat()).map(drop)
}
