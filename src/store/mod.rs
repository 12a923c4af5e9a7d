//! Keeps accounts, sessions, counts and the ledger in an embedded SQLite file, or in a database of a PostgreSQL server.
//!
//! One thread writes: whatever waits is written in one transaction, so a thousand writes cost one flush, and each caller
//! is answered after the commit. Readers have connections of their own and never wait for the writer.
//!
//! The statements stand once, each in the file of its noun, as methods of [`Tx`]; they are written so that both
//! databases take them: numbered parameters, `ON CONFLICT`, `RETURNING`, ids as text, moments as whole seconds, a `CAST`
//! where a value stands alone. A number is written `?1`: to SQLite `$1` is a name, which is counted by where it first
//! stands. What differs stands in `engine`, `sqlite` and `postgres`.

mod accounts;
mod commit_observer;
mod compression;
mod database;
mod devices;
mod engine;
mod error;
mod ledger;
mod ledger_writer;
mod page_views;
mod password_reset_tokens;
mod probe;
mod retention;
mod schema;
mod security_events;
mod server_address;
mod sessions;
mod timestamps;
mod transfer;
mod tx;
mod url;
mod values;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use uuid::Uuid;
#[cfg(test)]
pub(crate) use {crate::store::compression::pack, crate::store::compression::unpack};

pub(crate) use self::{
    accounts::Account,
    ledger::{LedgerBatch, LedgerHead},
    sessions::{Member, NewSession},
    timestamps::StampedHead,
};
pub use self::{
    database::Database,
    error::StoreError,
    transfer::{Copied, TransferError, transfer},
};
use self::{engine::Connection, probe::Probe, writer::Writer};
pub(crate) use crate::store::{
    commit_observer::{Commit, CommitObserver},
    engine::sqlite::ownership::{explain, warn_if_open_to_others},
    ledger_writer::{EncodeRecord, EncodedRecord, LedgerSavepoint, LedgerWriter},
    page_views::PageViewCount,
    tx::Tx,
};
pub use crate::store::{
    engine::sqlite::backup::{BackupError, Restored, back_up, restore},
    server_address::{Address, DatabaseError},
};
use crate::{
    domain::{analytics::PageView, ledger::record::NewRecord},
    store::{
        engine::{
            postgres,
            postgres::{LONGEST_STATEMENT, Postgres},
            sqlite,
            sqlite::{Sqlite, erased_accounts},
        },
        ledger_writer::NoopLedger,
    },
};

/// How long whoever asks is kept waiting. A request may ask twice, and shall be answered within two seconds when the
/// database is gone.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long a statement may take on a server where no visitor waits for it.
const UNHURRIED: Duration = Duration::from_mins(10);

/// All that is kept, open for reading and writing.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    readers: ReadPool,
    pen: EncodeRecord,
    probe: Arc<Probe>,
    /// The list of erased accounts, where the database is a file.
    erased: Option<Arc<Path>>,
    /// How long whoever asks is kept waiting.
    patience: Duration,
}

/// What reads.
#[derive(Clone, Debug)]
enum ReadPool {
    Sqlite(Arc<sqlite::SqliteReaders>),
    Postgres(postgres::PgReaders),
}

impl ReadPool {
    /// Reads in a thread that may wait for a server up to `longest` for each statement.
    async fn read<T: Send + 'static>(
        &self,
        longest: Duration,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reading = match self {
            Self::Sqlite(readers) => {
                let readers = Arc::clone(readers);
                let place = Arc::clone(&readers.places).acquire_owned().await.map_err(|_| StoreError::Gone)?;
                tokio::task::spawn_blocking(move || {
                    // It is held until the reading ends, also when nobody waits for that any more.
                    let _place = place;
                    let connection = readers.take()?;
                    let read = job(&Tx::of(Connection::Sqlite(&connection)));
                    readers.put_back(connection);
                    read
                })
            }
            Self::Postgres(readers) => {
                let reader = readers.take().await?;
                tokio::task::spawn_blocking(move || reader.read(longest, |connection| job(&Tx::of(connection))))
            }
        };
        reading.await.map_err(|_| StoreError::Gone)?
    }
}

impl Store {
    /// Opens a database of either kind.
    ///
    /// # Errors
    /// As [`Store::open`] and [`Store::connect`].
    pub fn of(database: &Database) -> Result<Self, StoreError> {
        Self::open_with_ledger(database, None)
    }

    /// The same, with what writes the ledger.
    ///
    /// # Errors
    /// As [`Store::of`].
    pub(crate) fn open_with_ledger(
        database: &Database,
        scribe: Option<Box<dyn LedgerWriter>>,
    ) -> Result<Self, StoreError> {
        match database {
            Database::File(file) => Self::open_with(file, scribe),
            Database::Server(address) => Self::connect(address, scribe),
        }
    }

    /// Opens the file, making it and bringing its tables up to date where needed.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened, is no database, or is of a newer Harmony.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        Self::open_with(file, None)
    }

    fn open_with(file: &Path, scribe: Option<Box<dyn LedgerWriter>>) -> Result<Self, StoreError> {
        let engine = Sqlite::open(file)?;
        let readers = sqlite::SqliteReaders::of(file)?;
        Self::start(engine, ReadPool::Sqlite(Arc::new(readers)), scribe)
    }

    /// Connects to a database of a PostgreSQL server, bringing its tables up to date where needed. `scribe` writes the ledger.
    ///
    /// # Errors
    /// [`StoreError`] if the server cannot be reached, does not keep safely what it acknowledges, or the database is of a newer
    /// Harmony.
    pub(crate) fn connect(address: &Address, scribe: Option<Box<dyn LedgerWriter>>) -> Result<Self, StoreError> {
        Self::connect_by(|| Postgres::open(address, LONGEST_STATEMENT), scribe)
    }

    /// Opens a database to read it as it is: its tables are not brought up to date, and nothing is written.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened, or is not of this Harmony.
    pub fn open_read_only(database: &Database) -> Result<Self, StoreError> {
        match database {
            Database::File(file) => {
                let engine = Sqlite::open_read_only(file)?;
                Self::start(engine, ReadPool::Sqlite(Arc::new(sqlite::SqliteReaders::of(file)?)), None)
            }
            Database::Server(address) => {
                Self::connect_by(|| Postgres::open_read_only(address, LONGEST_STATEMENT), None)
            }
        }
    }

    fn connect_by(
        connect: impl FnOnce() -> Result<Postgres, StoreError> + Send,
        scribe: Option<Box<dyn LedgerWriter>>,
    ) -> Result<Self, StoreError> {
        // On a thread of its own: whoever calls may be within a runtime, which must not wait.
        let engine = std::thread::scope(|scope| scope.spawn(connect).join()).map_err(|_| StoreError::Gone)??;
        let readers = engine.readers()?;
        Self::start(engine, ReadPool::Postgres(readers), scribe)
    }

    fn start(
        engine: impl engine::Engine + 'static,
        readers: ReadPool,
        scribe: Option<Box<dyn LedgerWriter>>,
    ) -> Result<Self, StoreError> {
        let scribe = scribe.unwrap_or_else(|| Box::new(NoopLedger));
        let pen = scribe.pen();
        let writer = Arc::new(Writer::start(engine, scribe)?);
        let erased = match &readers {
            ReadPool::Sqlite(readers) => Some(erased_accounts::list_of(readers.file()).into()),
            ReadPool::Postgres(_) => None,
        };
        Ok(Self { writer, readers, pen, probe: Arc::default(), erased, patience: PATIENCE })
    }

    /// The same for tests of what is not about waiting: the machine that runs them may stand still for longer than a visitor waits.
    #[cfg(test)]
    pub(crate) fn with_test_timeout(self) -> Self {
        Self { patience: PATIENCE * 10, ..self }
    }

    /// Does all of `job` or none of it, and answers when that is committed.
    ///
    /// # Errors
    /// What `job` fails with; [`StoreError`] if it could not be committed. With [`StoreError::Late`] it may still be, a moment
    /// later: what is not known to be done is not told to be.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let told = self.writer.run(Some(self.patience), job)?;
        self.in_time(async { told.await.map_err(|_| StoreError::NotCommitted)? }).await
    }

    /// Appends a record to the ledger, and answers with its id when it is committed.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn append(&self, draft: NewRecord) -> Result<Uuid, StoreError> {
        let told = self.writer.append(self.patience, (self.pen)(draft)?)?;
        self.in_time(async { told.await.map_err(|_| StoreError::NotCommitted)? }).await
    }

    /// Does all of `job` or none of it, soon, for what nobody waits for.
    pub(crate) fn write_detached(&self, job: impl FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        let logged =
            move |tables: &Tx<'_>| job(tables).inspect_err(|error| tracing::error!(%error, "background write failed"));
        if let Err(error) = self.writer.run(None, logged) {
            tracing::error!(%error, "background write failed");
        }
    }

    /// Empties the write-ahead log into the file, so that what was erased stands in neither. A server has its own way with
    /// its log, and nothing is done there.
    ///
    /// # Errors
    /// [`StoreError`] if the writing thread has ended, or readers hold the log for too long.
    pub(crate) async fn checkpoint_wal(&self) -> Result<(), StoreError> {
        let told = self.writer.checkpoint_wal()?;
        self.in_time(async { told.await.map_err(|_| StoreError::NotCommitted)? }).await
    }

    /// Reads what is committed.
    ///
    /// # Errors
    /// What `job` fails with; [`StoreError`] if the database cannot be read, or not in time.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.in_time(self.readers.read(LONGEST_STATEMENT, job)).await
    }

    /// Reads what was committed at one moment, whatever is committed meanwhile. It may take its time.
    ///
    /// # Errors
    /// What `job` fails with; [`StoreError`] if the database cannot be read.
    pub(crate) async fn read_snapshot<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(UNHURRIED, |tables| tables.with_snapshot(job)).await
    }

    /// The same for a request, which waits no longer than for anything else.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub(crate) async fn read_snapshot_with_timeout<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(|tables| tables.with_snapshot(job)).await
    }

    /// Counts one view. It is written soon; a view is not worth waiting for.
    pub(crate) fn record_page_view(&self, view: PageView) {
        self.writer.count(view);
    }

    /// Whether a transaction that writes can be committed now. It is tried, by one at a time: whoever asks meanwhile is
    /// answered by the next try.
    pub(crate) async fn is_ready(&self) -> bool {
        self.probe.is_ready(self).await
    }

    /// Lets these see how each transaction goes.
    pub(crate) fn set_observers(&self, observers: Vec<Arc<dyn CommitObserver>>) {
        self.writer.stats().set_observers(observers);
    }

    /// How much waits to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.writer.stats().waiting()
    }

    /// The kind of database, by its name.
    pub(crate) fn engine(&self) -> &'static str {
        match self.readers {
            ReadPool::Sqlite(_) => "sqlite",
            ReadPool::Postgres(_) => "postgresql",
        }
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.write(|_| Ok(())).await
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.patience, answer).await.map_err(|_| StoreError::Late)?
    }
}
