//! Keeps accounts, sessions and counts in an embedded SQLite file.
//!
//! One thread writes: whatever waits is written in one transaction, so a thousand writes cost one flush, and each caller
//! is answered after the commit. Readers have connections of their own and never wait for the writer (write-ahead log).
//!
//! The statements stand once, each in the file of its noun, as methods of [`Tables`]; they are written so that a second
//! engine takes them too: numbered parameters, `ON CONFLICT`, `RETURNING`, ids as text, moments as whole seconds. A number
//! is written `?1`: to SQLite `$1` is a name, which is counted by where it first stands.

mod accounts;
mod activity;
mod devices;
mod ledger;
mod links;
mod schema;
mod scribe;
mod sessions;
mod tables;
mod values;
mod views;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::Connection;
use uuid::Uuid;

use self::writer::Writer;
pub(crate) use self::{
    accounts::Account,
    ledger::{Head, Page},
    scribe::Scribe,
    sessions::{Member, NewSession},
    tables::Tables,
    views::ViewCount,
};
use crate::model::{insight::View, record::Draft};

/// The store could not do it. The cause is for the log, never for a visitor.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file cannot be made or opened.
    #[error("the file cannot be opened: {0}")]
    File(std::io::Error),
    /// What was read is nothing that Harmony writes.
    #[error("the database holds {0:?}, which this Harmony does not know")]
    Unknown(String),
    /// What was asked for could not be committed, so it was not done.
    #[error("the transaction was not committed")]
    NotCommitted,
    /// The schema is of a later Harmony.
    #[error("the database was written by a newer Harmony (schema {found}, this one knows {known}): update Harmony")]
    Newer {
        /// The schema that the file has.
        found: i64,
        /// The newest that this server knows.
        known: i64,
    },
    /// More waits to be written than can be kept waiting.
    #[error("too much waits to be written")]
    Full,
    /// The ledger is not open for writing here.
    #[error("the ledger is not open for writing")]
    NoLedger,
    /// A thread could not be started or has ended.
    #[error("the database's thread is gone")]
    Gone,
}

/// All that is kept, open for reading and writing.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Store {
    /// Opens the file, making it and bringing its tables up to date where needed.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened, is no database, or is of a newer Harmony.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        Self::open_with(file, None)
    }

    /// The same, with what writes the ledger.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) fn open_with(file: &Path, scribe: Option<Box<dyn Scribe>>) -> Result<Self, StoreError> {
        keep_to_ourselves(file)?;
        let mut write = connect(file)?;
        schema::bring_up_to_date(&mut write)?;
        let readers = Readers { file: file.into(), idle: Mutex::default() };
        readers.put_back(readers.take()?);
        Ok(Self { writer: Arc::new(Writer::start(write, scribe)?), readers: Arc::new(readers) })
    }

    /// Does all of `job` or none of it, and answers when that is committed.
    ///
    /// # Errors
    /// What `job` fails with; [`StoreError`] if it could not be committed.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(job)?.await.map_err(|_| StoreError::Gone)?
    }

    /// Appends a record to the ledger, and answers with its id when it is committed.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be committed.
    pub async fn append(&self, draft: Draft) -> Result<Uuid, StoreError> {
        self.writer.append(draft)?.await.map_err(|_| StoreError::Gone)?
    }

    /// Does all of `job` or none of it, soon, for what nobody waits for.
    pub(crate) fn write_soon(&self, job: impl FnOnce(&Tables<'_>) -> Result<(), StoreError> + Send + 'static) {
        let logged = move |tables: &Tables<'_>| {
            job(tables).inspect_err(|error| tracing::error!(%error, "what nobody waits for was not written"))
        };
        if let Err(error) = self.writer.run(logged) {
            tracing::error!(%error, "what nobody waits for was not written");
        }
    }

    /// Empties the write-ahead log into the file, so that what was erased stands in neither.
    ///
    /// # Errors
    /// [`StoreError`] if the writing thread has ended, or readers hold the log for too long.
    pub(crate) async fn empty_log(&self) -> Result<(), StoreError> {
        self.writer.empty_log()?.await.map_err(|_| StoreError::Gone)?
    }

    /// Reads what is committed.
    ///
    /// # Errors
    /// What `job` fails with; [`StoreError`] if the file cannot be read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        let read = move || {
            let connection = readers.take()?;
            let read = job(&Tables::of(&connection));
            readers.put_back(connection);
            read
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Gone)?
    }

    /// Reads what was committed at one moment, whatever is committed meanwhile.
    ///
    /// # Errors
    /// What `job` fails with; [`StoreError`] if the file cannot be read.
    pub(crate) async fn read_at_once<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        let read = move || {
            let mut connection = readers.take()?;
            let moment = connection.transaction()?;
            let read = job(&Tables::of(&moment));
            drop(moment);
            readers.put_back(connection);
            read
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Gone)?
    }

    /// Counts one view. It is written soon; a view is not worth waiting for.
    pub(crate) fn count(&self, view: View) {
        self.writer.count(view);
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// [`StoreError`] if the writing thread has ended.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.write(|_| Ok(())).await
    }
}

/// Connections that only read. One is opened when all are in use; a few are kept.
#[derive(Debug)]
struct Readers {
    file: Box<Path>,
    idle: Mutex<Vec<Connection>>,
}

/// The most connections that are kept while nobody reads.
const IDLE_READERS: usize = 4;

impl Readers {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(
            || {
                let connection = connect(&self.file)?;
                connection.pragma_update(None, "query_only", true)?;
                Ok(connection)
            },
            Ok,
        )
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
    }
}

/// Makes the file, if it is not there, so that its owner alone can read it; the database engine does the same with its log.
fn keep_to_ourselves(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(StoreError::File)
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is erased is overwritten, not just let go.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}
