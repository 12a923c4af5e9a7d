//! Stores accounts, sessions, page views and the ledger in a SQLite file or in a PostgreSQL
//! database.
//!
//! One thread writes. It puts all queued tasks into one transaction, so a thousand writes cost one
//! flush, and answers each caller after the commit. Readers have connections of their own and never
//! wait for the writer.
//!
//! Each statement exists once, as a method of [`Tx`] in the file of its table, in SQL that both
//! engines understand: numbered parameters, `ON CONFLICT`, `RETURNING`, ids as text, times as whole
//! seconds, and a `CAST` where a parameter stands alone. A parameter is written `?1`: SQLite takes
//! `$1` for a named parameter. What differs between the engines is in `engine`.

mod accounts;
mod choice_counts;
mod commit_observer;
mod compression;
mod connect_codes;
mod counts;
mod database;
mod devices;
mod engine;
mod error;
mod findings;
mod identities;
mod ledger;
mod ledger_writer;
mod mails;
mod one_time_links;
mod page_loads;
mod page_performance;
mod page_views;
mod passkeys;
mod password_reset_tokens;
mod probe;
mod rate_limits;
mod retention;
mod schema;
mod security_events;
mod server_address;
mod sessions;
mod subscriptions;
mod timestamps;
mod transfer;
mod tx;
mod url;
mod used_tokens;
mod values;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use uuid::Uuid;
#[cfg(test)]
pub(crate) use {crate::store::compression::compress, crate::store::compression::decompress};

pub(crate) use self::{
    accounts::Account,
    connect_codes::{CodeHolder, ConnectedChoice},
    devices::KnownDevice,
    identities::{Identity, ProviderSession},
    ledger::{LedgerBatch, LedgerHead},
    mails::{NewMail, QueuedMail},
    one_time_links::LinkAction,
    passkeys::StoredPasskey,
    sessions::{NewSession, User},
    subscriptions::Subscription,
    timestamps::StampedHead,
};
pub use self::{
    database::Database,
    error::StoreError,
    transfer::{Copied, TransferError, transfer},
};
use self::{engine::Connection, probe::Probe, writer::Writer};
#[cfg(test)]
pub(crate) use crate::store::page_views::PageViewCount;
pub(crate) use crate::store::{
    commit_observer::{Commit, CommitObserver},
    engine::sqlite::ownership::{explain, warn_if_open_to_others},
    ledger_writer::{EncodeRecord, EncodedRecord, LedgerSavepoint, LedgerWriter},
    tx::Tx,
};
pub use crate::store::{
    engine::sqlite::backup::{BackupError, Restored, back_up, restore},
    findings::FindingSum,
    server_address::{Address, DatabaseError},
};
use crate::{
    domain::{
        analytics::{PageView, performance::MeasuredView},
        cookies::inventory::finding::CountedFinding,
        ledger::record::NewRecord,
    },
    store::{
        engine::{
            postgres,
            postgres::{Postgres, STATEMENT_TIMEOUT},
            sqlite,
            sqlite::{Sqlite, erased_accounts},
        },
        ledger_writer::NoopLedger,
    },
};

/// The timeout of a call. While the database is down, a form is rejected within two seconds: if the
/// lookup of its session fails, its handler makes no second call.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The timeout of a PostgreSQL statement that no request waits for.
const BATCH_TIMEOUT: Duration = Duration::from_mins(10);

/// A database that is open for reading and writing.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    readers: ReadPool,
    encode: EncodeRecord,
    probe: Arc<Probe>,
    /// The list of erased accounts, if the database is a file.
    erased: Option<Arc<Path>>,
    /// The timeout of a call.
    timeout: Duration,
}

/// The connections that read.
#[derive(Clone, Debug)]
enum ReadPool {
    Sqlite(Arc<sqlite::SqliteReaders>),
    Postgres(postgres::PgReaders),
}

impl ReadPool {
    /// Runs `job` on a blocking thread. With PostgreSQL, `timeout` is that of each statement.
    async fn read<T: Send + 'static>(
        &self,
        timeout: Duration,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reading = match self {
            Self::Sqlite(readers) => {
                let readers = Arc::clone(readers);
                let permit = Arc::clone(&readers.permits).acquire_owned().await.map_err(|_| StoreError::ThreadGone)?;
                tokio::task::spawn_blocking(move || {
                    // The read holds its permit until it ends, even if the caller has left.
                    let _permit = permit;
                    let connection = readers.acquire()?;
                    let read = job(&Tx::new(Connection::Sqlite(&connection)));
                    readers.release(connection);
                    read
                })
            }
            Self::Postgres(readers) => {
                let reader = readers.acquire().await?;
                tokio::task::spawn_blocking(move || reader.read(timeout, |connection| job(&Tx::new(connection))))
            }
        };
        reading.await.map_err(|_| StoreError::ThreadGone)?
    }
}

impl Store {
    /// Opens a database of either engine, creates the file if needed, and migrates the schema.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be opened or reached, is not a database of Harmony, or
    /// is newer than this program.
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        Self::open_with_ledger(database, None)
    }

    /// Opens a database together with the writer of its ledger.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) fn open_with_ledger(
        database: &Database,
        ledger: Option<Box<dyn LedgerWriter>>,
    ) -> Result<Self, StoreError> {
        match database {
            Database::File(file) => Self::open_file_with(file, ledger),
            Database::Server(address) => Self::connect(address, ledger),
        }
    }

    /// Opens a SQLite file, creates it if needed, and migrates its schema.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened, is not a database, or is newer than this
    /// program.
    pub fn open_file(file: &Path) -> Result<Self, StoreError> {
        Self::open_file_with(file, None)
    }

    fn open_file_with(file: &Path, ledger: Option<Box<dyn LedgerWriter>>) -> Result<Self, StoreError> {
        let engine = Sqlite::open(file)?;
        let readers = sqlite::SqliteReaders::new(file)?;
        Self::start(engine, ReadPool::Sqlite(Arc::new(readers)), ledger)
    }

    /// Connects to a PostgreSQL database and migrates its schema.
    ///
    /// # Errors
    /// [`StoreError`] if the server cannot be reached or does not store safely what it
    /// acknowledges, or if the database is newer than this program.
    pub(crate) fn connect(address: &Address, ledger: Option<Box<dyn LedgerWriter>>) -> Result<Self, StoreError> {
        Self::connect_with(|| Postgres::open(address, STATEMENT_TIMEOUT), ledger)
    }

    /// Opens a database for reading only: it applies no migration and writes nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be opened, or has another schema than this program.
    pub fn open_read_only(database: &Database) -> Result<Self, StoreError> {
        match database {
            Database::File(file) => {
                let engine = Sqlite::open_read_only(file)?;
                Self::start(engine, ReadPool::Sqlite(Arc::new(sqlite::SqliteReaders::new(file)?)), None)
            }
            Database::Server(address) => {
                Self::connect_with(|| Postgres::open_read_only(address, STATEMENT_TIMEOUT), None)
            }
        }
    }

    fn connect_with(
        connect: impl FnOnce() -> Result<Postgres, StoreError> + Send,
        ledger: Option<Box<dyn LedgerWriter>>,
    ) -> Result<Self, StoreError> {
        // On a thread of its own: the caller may be within a runtime, which must not block.
        let engine = std::thread::scope(|scope| scope.spawn(connect).join()).map_err(|_| StoreError::ThreadGone)??;
        let readers = engine.readers()?;
        Self::start(engine, ReadPool::Postgres(readers), ledger)
    }

    fn start(
        engine: impl engine::Engine + 'static,
        readers: ReadPool,
        ledger: Option<Box<dyn LedgerWriter>>,
    ) -> Result<Self, StoreError> {
        let ledger = ledger.unwrap_or_else(|| Box::new(NoopLedger));
        let encode = ledger.encoder();
        let writer = Arc::new(Writer::start(engine, ledger)?);
        let erased = match &readers {
            ReadPool::Sqlite(readers) => Some(erased_accounts::erased_list(readers.file()).into()),
            ReadPool::Postgres(_) => None,
        };
        Ok(Self { writer, readers, encode, probe: Arc::default(), erased, timeout: REQUEST_TIMEOUT })
    }

    /// Lengthens the timeout, for tests that are not about timeouts: a busy machine may stall for
    /// longer than a visitor would wait.
    #[cfg(test)]
    pub(crate) fn with_test_timeout(self) -> Self {
        Self { timeout: REQUEST_TIMEOUT * 10, ..self }
    }

    /// Runs `job` in the writer thread, atomically. Returns after the commit.
    ///
    /// # Errors
    /// The error of `job`; [`StoreError`] if the commit failed. After [`StoreError::Timeout`] the
    /// commit may still happen.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reply = self.writer.run(Some(self.timeout), job)?;
        self.within_timeout(async { reply.await.map_err(|_| StoreError::NotCommitted)? }).await
    }

    /// Appends a record to the ledger. Returns its id after the commit.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn append(&self, record: NewRecord) -> Result<Uuid, StoreError> {
        let reply = self.writer.append(self.timeout, (self.encode)(record)?)?;
        self.within_timeout(async { reply.await.map_err(|_| StoreError::NotCommitted)? }).await
    }

    /// Queues `job` as an atomic write and returns at once. A failure is only logged.
    pub(crate) fn write_detached(&self, job: impl FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        let logged = move |tx: &Tx<'_>| job(tx).inspect_err(|error| tracing::error!(%error, "background write failed"));
        if let Err(error) = self.writer.run(None, logged) {
            tracing::error!(%error, "background write failed");
        }
    }

    /// Runs a WAL checkpoint that truncates the log, so that erased data remains in neither file.
    /// PostgreSQL manages its own WAL: there this does nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the writer thread has ended, or readers block the checkpoint for too long.
    pub(crate) async fn checkpoint_wal(&self) -> Result<(), StoreError> {
        let reply = self.writer.checkpoint_wal()?;
        self.within_timeout(async { reply.await.map_err(|_| StoreError::NotCommitted)? }).await
    }

    /// Runs `job` on committed data.
    ///
    /// # Errors
    /// The error of `job`; [`StoreError`] if the database cannot be read in time.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.within_timeout(self.readers.read(STATEMENT_TIMEOUT, job)).await
    }

    /// Runs `job` on a snapshot, without a timeout of its own.
    ///
    /// # Errors
    /// The error of `job`; [`StoreError`] if the database cannot be read.
    pub(crate) async fn read_snapshot<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(BATCH_TIMEOUT, |tx| tx.with_snapshot(job)).await
    }

    /// Runs `job` on a snapshot, with the timeout of a request.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub(crate) async fn read_snapshot_with_timeout<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(|tx| tx.with_snapshot(job)).await
    }

    /// Counts a page view. Returns at once.
    pub(crate) fn record_page_view(&self, view: PageView) {
        self.writer.record_page_view(view);
    }

    /// Counts the performance of a page view. Returns at once.
    pub(crate) fn record_page_performance(&self, view: &MeasuredView) {
        self.writer.record_page_performance(view);
    }

    /// Counts a finding of a partner service. Returns at once.
    pub(crate) fn record_finding(&self, finding: CountedFinding) {
        self.writer.record_finding(finding);
    }

    /// Whether a write can be committed now. The store tries it, once at a time: callers share the
    /// result.
    pub(crate) async fn is_ready(&self) -> bool {
        self.probe.is_ready(self).await
    }

    /// Sets the observers of each transaction.
    pub(crate) fn set_observers(&self, observers: Vec<Arc<dyn CommitObserver>>) {
        self.writer.stats().set_observers(observers);
    }

    /// The number of queued writes.
    pub(crate) fn queue_length(&self) -> usize {
        self.writer.stats().queue_length()
    }

    /// The name of the engine.
    pub(crate) fn engine(&self) -> &'static str {
        match self.readers {
            ReadPool::Sqlite(_) => "sqlite",
            ReadPool::Postgres(_) => "postgresql",
        }
    }

    /// Waits until all queued writes are committed.
    ///
    /// # Errors
    /// [`StoreError`] if the commit failed.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.write(|_| Ok(())).await
    }

    async fn within_timeout<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.timeout, answer).await.map_err(|_| StoreError::Timeout)?
    }
}
