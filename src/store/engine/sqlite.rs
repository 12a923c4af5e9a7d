//! The SQLite engine.

pub(crate) mod backup;
pub(crate) mod erased_accounts;
pub(crate) mod ownership;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::Semaphore;

use crate::store::{
    StoreError, engine,
    engine::{Engine, Step},
    schema,
};

/// A file that is open for writing.
pub(crate) struct Sqlite(Connection);

impl Sqlite {
    /// Opens the file, creates it if needed, and applies pending migrations.
    pub(crate) fn open(file: &Path) -> Result<Self, StoreError> {
        restrict_permissions(file)?;
        ownership::warn_if_open_to_others(file);
        let mut connection = connect(file).map_err(backup::map_corruption)?;
        backup::check(&connection, file)?;
        schema::migrate(&mut connection, schema::MIGRATIONS)?;
        Ok(Self(connection))
    }

    /// Opens an existing file for reading only. Applies no migration.
    pub(crate) fn open_read_only(file: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", true)?;
        schema::check(&connection, schema::MIGRATIONS)?;
        Ok(Self(connection))
    }

    /// A file that [`backup::lock_exclusively`] locked, for reading. The open connection holds the
    /// lock.
    pub(crate) fn from_locked(connection: Connection) -> Result<Self, StoreError> {
        connection.execute_batch("COMMIT")?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self(connection))
    }
}

impl Engine for Sqlite {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.roll_back();
        Ok(self.0.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn step(&mut self, step: Step) -> Result<(), StoreError> {
        // A full disk can end the transaction. Later statements would then be committed one by one.
        if self.0.is_autocommit() {
            return Err(StoreError::NotCommitted);
        }
        Ok(self.0.execute_batch(match step {
            Step::Savepoint => "SAVEPOINT part",
            Step::Release => "RELEASE part",
            Step::Undo => "ROLLBACK TO part; RELEASE part",
            Step::Check => "",
            Step::Commit => "COMMIT",
        })?)
    }

    fn roll_back(&mut self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "rollback failed");
        }
    }

    fn connection(&self) -> Result<engine::Connection<'_>, StoreError> {
        Ok(engine::Connection::Sqlite(&self.0))
    }

    /// Moves the whole WAL into the file and truncates it.
    fn checkpoint_wal(&mut self) -> Result<(), StoreError> {
        // A long read, such as a backup, must not block all writes.
        self.0.busy_timeout(Duration::ZERO)?;
        let checkpointed = self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.0.busy_timeout(LOCK_TIMEOUT)?;
        let is_busy: bool = checkpointed?;
        if is_busy { Err(StoreError::NotCommitted) } else { Ok(()) }
    }
}

/// A pool of read-only connections. It opens connections on demand, up to [`MAX_READERS`]; further
/// readers wait. Opening a connection costs more than most reads.
#[derive(Debug)]
pub(crate) struct SqliteReaders {
    file: Box<Path>,
    idle: Mutex<Vec<Connection>>,
    /// One permit for each connection.
    pub(crate) permits: Arc<Semaphore>,
}

/// The maximum number of connections in use.
const MAX_READERS: usize = 8;

impl SqliteReaders {
    /// Opens a pool with one connection.
    pub(crate) fn new(file: &Path) -> Result<Self, StoreError> {
        let readers =
            Self { file: file.into(), idle: Mutex::default(), permits: Arc::new(Semaphore::new(MAX_READERS)) };
        readers.release(readers.acquire()?);
        Ok(readers)
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Takes an idle connection, or opens one.
    pub(crate) fn acquire(&self) -> Result<Connection, StoreError> {
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

    /// Returns a connection to the pool.
    pub(crate) fn release(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_READERS && connection.is_autocommit() {
            idle.push(connection);
        }
    }
}

/// Creates the file, if needed, for its owner only. SQLite gives the WAL the same mode.
pub(crate) fn restrict_permissions(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| StoreError::File(ownership::explain(file, error)))
}

/// How long to wait for the lock of another process.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a connection with durable commits.
pub(crate) fn connect(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    set_wal_mode(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Overwrites deleted data with zeros.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

/// Sets the journal mode. SQLite does not apply its timeout to this change, so two processes that
/// create a database at once need this one.
fn set_wal_mode(connection: &Connection) -> Result<(), StoreError> {
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            result => return Ok(result?),
        }
    }
}
