//! The embedded database: a file of SQLite.

pub(crate) mod backup;
pub(crate) mod erased_accounts;
pub(crate) mod ownership;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::store::{
    StoreError, engine,
    engine::{Engine, Step},
    schema,
};

/// The file, open for writing.
pub(crate) struct Sqlite(Connection);

impl Sqlite {
    /// Opens the file, making it and bringing its tables up to date where needed.
    pub(crate) fn open(file: &Path) -> Result<Self, StoreError> {
        restrict_permissions(file)?;
        ownership::warn_if_open_to_others(file);
        let mut connection = connect(file).map_err(backup::map_corruption)?;
        backup::check(&connection, file)?;
        schema::migrate(&mut connection, schema::MIGRATIONS)?;
        Ok(Self(connection))
    }

    /// Opens a file that is there, to read it as it is.
    pub(crate) fn open_read_only(file: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", true)?;
        schema::check(&connection, schema::MIGRATIONS)?;
        Ok(Self(connection))
    }

    /// A file that [`backup::hold`] holds, to read it. It is held for as long as the connection is open, since that locks it
    /// exclusively.
    pub(crate) fn held(connection: Connection) -> Result<Self, StoreError> {
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
        // A full disk can end the transaction; whatever followed would be written by itself.
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

    /// Moves the whole log into the file, and cuts it to nothing.
    fn checkpoint_wal(&mut self) -> Result<(), StoreError> {
        // Whoever reads for long, as a backup does, must not hold up everybody who writes.
        self.0.busy_timeout(Duration::ZERO)?;
        let emptied = self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.0.busy_timeout(LONGEST_LOCK)?;
        let is_busy: bool = emptied?;
        if is_busy { Err(StoreError::NotCommitted) } else { Ok(()) }
    }
}

/// Connections that only read. One is opened when all are in use, up to a few; whoever comes then waits for one of them. To open
/// one costs more than most reads do, so that many who each had their own would keep everybody waiting.
#[derive(Debug)]
pub(crate) struct SqliteReaders {
    file: Box<Path>,
    idle: Mutex<Vec<Connection>>,
    /// How many more may read now.
    pub(crate) places: Arc<Semaphore>,
}

/// The most connections that read at a time.
const MOST_READERS: usize = 8;

impl SqliteReaders {
    /// Readers of that file, one of them open.
    pub(crate) fn of(file: &Path) -> Result<Self, StoreError> {
        let readers =
            Self { file: file.into(), idle: Mutex::default(), places: Arc::new(Semaphore::new(MOST_READERS)) };
        readers.put_back(readers.take()?);
        Ok(readers)
    }

    /// The file that they read.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// A connection that nobody else reads with.
    pub(crate) fn take(&self) -> Result<Connection, StoreError> {
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

    /// Keeps it for whoever reads next.
    pub(crate) fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_READERS && connection.is_autocommit() {
            idle.push(connection);
        }
    }
}

/// Makes the file, if it is not there, so that its owner alone can read it; the database engine does the same with its log.
pub(crate) fn restrict_permissions(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| StoreError::File(ownership::explain(file, error)))
}

/// How long another process may hold the file.
pub(crate) const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// A connection that loses nothing.
pub(crate) fn connect(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is erased is overwritten, not just let go.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.busy_timeout(LONGEST_LOCK)?;
    Ok(connection)
}
