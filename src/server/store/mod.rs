//! Keeps counts in an embedded SQLite file.
//!
//! One thread writes: whatever waits is written in one transaction, so a thousand views cost one flush. Readers have a
//! connection of their own and never wait for the writer (write-ahead log).

mod schema;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::Connection;

use self::writer::Writer;
use crate::model::insight::View;

/// The store could not do it. The cause is for the log, never for a visitor.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Database(#[from] rusqlite::Error),
    /// The schema is of a later Harmony.
    #[error("the database was written by a newer Harmony (schema {found}, this one knows {known}): update Harmony")]
    Newer {
        /// The schema that the file has.
        found: i64,
        /// The newest that this server knows.
        known: i64,
    },
    /// A thread could not be started or has ended.
    #[error("the database's thread is gone")]
    Gone,
}

/// The counts, open for reading and writing.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    reader: Arc<Mutex<Connection>>,
}

/// So many views of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ViewCount {
    /// The day, as `YYYY-MM-DD`.
    pub day: String,
    /// The page's path.
    pub page: String,
    /// The kind of device.
    pub device: String,
    /// First or returning.
    pub visit: String,
    /// How many.
    pub views: u64,
}

impl Store {
    /// Opens the file, making it and bringing its tables up to date where needed.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened, is no database, or is of a newer Harmony.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let mut write = connect(file)?;
        schema::bring_up_to_date(&mut write)?;
        let read = connect(file)?;
        read.pragma_update(None, "query_only", true)?;
        Ok(Self { writer: Arc::new(Writer::start(write)?), reader: Arc::new(Mutex::new(read)) })
    }

    /// Counts one view. It is written soon; a view is not worth waiting for.
    pub(crate) fn count(&self, view: View) {
        self.writer.count(view);
    }

    /// Every count since that day.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub(crate) async fn views_since(&self, day: time::Date) -> Result<Vec<ViewCount>, StoreError> {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || {
            let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let mut statement = reader.prepare_cached(
                "SELECT day, page, device, visit, views FROM views WHERE day >= $1 ORDER BY day, page, device, visit",
            )?;
            let rows = statement.query_map([day.to_string()], |row| {
                Ok(ViewCount {
                    day: row.get(0)?,
                    page: row.get(1)?,
                    device: row.get(2)?,
                    visit: row.get(3)?,
                    views: row.get::<_, i64>(4)?.try_into().unwrap_or(0),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
        .map_err(|_| StoreError::Gone)?
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the writing thread has ended.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.writer.flush().await
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}
