//! Backup and restore of a SQLite database: a backup works while a server runs, a restore does not.
//!
//! A file that was copied in another way while a server wrote may mix two states. [`check`] detects
//! that, and such a file is not opened.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{mpsc, mpsc::RecvTimeoutError},
    thread,
    time::Duration,
};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::ownership::{Ownership, explain};
use crate::store::{
    StoreError,
    engine::sqlite::{LOCK_TIMEOUT, erased_accounts, restrict_permissions},
};

/// The maximum size of a file whose integrity is checked whenever it is opened, which takes a few
/// tenths of a second. For a larger file, only the end of the ledger is checked.
const MAX_CHECKED_BYTES: u64 = 64 << 20;

/// How long a copy is written between two flushes.
const FLUSH_INTERVAL: Duration = Duration::from_millis(20);

/// The suffixes of SQLite's files beside a database.
const LOG_SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Why a backup or a restore failed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The target exists.
    #[error("{0} exists already: name another file")]
    Exists(PathBuf),
    /// The name is not UTF-8.
    #[error("{} is no name that the database can be given: name a file in UTF-8", .0.display())]
    Name(PathBuf),
    /// The file does not exist.
    #[error("{0} does not exist")]
    Missing(PathBuf),
    /// A server has the database open.
    #[error("{0} is in use: stop the server first")]
    InUse(PathBuf),
    /// The new file would belong to another user than the old one.
    #[error("{file} is for user {owner}, and this command runs as user {user}: run it as user {owner}, or as root")]
    Owner {
        /// The file.
        file: PathBuf,
        /// The user id of the owner.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// An error of SQLite or of the schema.
    #[error("{file}: {error}")]
    Store {
        /// The file.
        file: PathBuf,
        /// The cause.
        error: StoreError,
    },
    /// The content is invalid.
    #[error("{file}: {message}")]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A file cannot be read or written.
    #[error("{file}: {error}")]
    File {
        /// The file.
        file: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
}

/// Copies a snapshot of a database to a new file that only its owner can read, while a server runs
/// or not. `validate` checks the content of the copy.
///
/// # Errors
/// [`BackupError`] if the target exists, or one of the files cannot be used. No file remains then.
pub fn back_up(
    database: &Path,
    to: &Path,
    validate: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let unfinished = unfinished_name(to);
    let copied = open(database)
        .and_then(|connection| copy(&connection, database, to, &unfinished))
        .and_then(|()| validate_copy(database, to, &unfinished, validate))
        .and_then(|()| finish(&unfinished, to));
    if copied.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    copied
}

/// The result of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The new path of the previous database, if there was one.
    pub replaced: Option<PathBuf>,
    /// The number of accounts that were erased from the copy again.
    pub erased: usize,
}

/// Replaces a database that no server has open by a copy, if `validate` accepts it. The previous
/// database gets another name. The new file gets its owner, group and mode, or those of the
/// folder's owner. Sessions, password reset tokens and erased accounts of the copy are deleted.
///
/// # Errors
/// [`BackupError`] if the copy is corrupt, the database is in use, or a file cannot be written. The
/// database is unchanged then.
pub fn restore(
    copy: &Path,
    database: &Path,
    validate: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Restored, BackupError> {
    if !copy.is_file() {
        return Err(BackupError::Missing(copy.into()));
    }
    let ownership = Ownership::of(database)?;
    // Locked until the copy has its name, so that no server starts meanwhile.
    let locked = lock_exclusively(database)?;
    let unfinished = unfinished_name(database);
    let restored = prepare(copy, database, locked.as_ref(), &unfinished, validate).and_then(|erased| {
        ownership.give(&unfinished, database)?;
        let replaced = keep_previous(database, locked.is_some())?;
        finish(&unfinished, database)?;
        Ok(Restored { replaced, erased })
    });
    drop(locked);
    if restored.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    restored
}

/// Prepares the file that will replace a database. Returns the number of accounts that were erased
/// from it.
fn prepare(
    copy: &Path,
    database: &Path,
    locked: Option<&Connection>,
    unfinished: &Path,
    validate: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<usize, BackupError> {
    self::copy(&open_copy(copy)?, copy, database, unfinished)?;
    let living = locked.map(erased_accounts::accounts).unwrap_or_default();
    let erased = erased_accounts::apply_erasures(unfinished, &erased_accounts::erased_list(database), &living)
        .map_err(|error| BackupError::Store { file: copy.into(), error })?;
    validate_copy(copy, database, unfinished, validate)?;
    Ok(erased)
}

/// Gives the database, if there is one, a second name, so that the first always exists. If it could
/// not be locked, its WAL is moved too: SQLite would apply it to the new file.
fn keep_previous(database: &Path, is_locked: bool) -> Result<Option<PathBuf>, BackupError> {
    let name = unused_name(database);
    let is_there = database.is_file();
    if is_there {
        fs::hard_link(database, &name).map_err(|error| BackupError::File { file: name.clone(), error })?;
    }
    for part in LOG_SUFFIXES {
        let log = with_suffix(database, part);
        if !is_locked && log.is_file() {
            rename(&log, &with_suffix(&name, part))?;
        }
    }
    Ok(is_there.then_some(name))
}

/// Checks the integrity of a file that is not too large.
pub(crate) fn check(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    if fs::metadata(file).map_err(StoreError::File)?.len() > MAX_CHECKED_BYTES {
        return Ok(());
    }
    integrity_check(connection)
}

fn integrity_check(connection: &Connection) -> Result<(), StoreError> {
    let found = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(map_sqlite_error)?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Corrupt(found)) }
}

/// Maps an SQLite error to [`StoreError::Corrupt`] if it means that.
pub(crate) fn map_corruption(error: StoreError) -> StoreError {
    if let StoreError::Database(error) = error { map_sqlite_error(error) } else { error }
}

fn map_sqlite_error(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Database(error),
    }
}

/// Opens the database, which a server may have open.
fn open(database: &Path) -> Result<Connection, BackupError> {
    let opened = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE);
    opened.map_err(|error| BackupError::Store { file: database.into(), error: map_sqlite_error(error) })
}

/// Opens a copy, which may be on a read-only file system: SQLite then takes no lock and creates no
/// file. A copy with a WAL was not made by [`back_up`], and the WAL is part of it.
fn open_copy(copy: &Path) -> Result<Connection, BackupError> {
    if LOG_SUFFIXES.iter().any(|part| with_suffix(copy, part).exists()) {
        return open(copy);
    }
    // SQLite does not say why it cannot open a file.
    fs::File::open(copy).map_err(|error| BackupError::File { file: copy.into(), error: explain(copy, error) })?;
    let path = percent_encode(copy.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let opened = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags);
    opened.map_err(|error| BackupError::Store { file: copy.into(), error: map_sqlite_error(error) })
}

/// Copies a database to a temporary name. Errors name `to`, which is to be its name.
fn copy(connection: &Connection, from: &Path, to: &Path, unfinished: &Path) -> Result<(), BackupError> {
    let of = |file: &Path, error| BackupError::Store { file: file.into(), error };
    connection.busy_timeout(LOCK_TIMEOUT).map_err(|error| of(from, error.into()))?;
    integrity_check(connection).map_err(|error| of(from, error))?;
    match fs::remove_file(unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            // A folder of that name must go before a copy can be made.
            let file = if unfinished.is_dir() { unfinished } else { to };
            return Err(BackupError::File { file: file.into(), error: explain(unfinished, error) });
        }
        _ => {}
    }
    restrict_permissions(unfinished).map_err(|error| of(to, error))?;
    // An absolute path, so that SQLite does not take it for a URI.
    let name = std::path::absolute(unfinished).map_err(|error| BackupError::File { file: to.into(), error })?;
    let name = name.to_str().ok_or_else(|| BackupError::Name(to.into()))?;
    // SQLite's online backup: a snapshot, while writes continue.
    let copied = while_flushing(unfinished, || connection.execute("VACUUM INTO ?1", [name]));
    copied.map_err(|error| of(to, map_sqlite_error(error)))?;
    let copied = Connection::open(unfinished).map_err(|error| of(to, map_sqlite_error(error)))?;
    integrity_check(&copied).map_err(|error| of(to, error))
}

/// Flushes a file to the disk again and again while it is written. Otherwise the system writes
/// gigabytes at once, and each commit of a server waits behind them.
fn while_flushing<T>(file: &Path, write: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (written, is_written) = mpsc::channel::<()>();
        scope.spawn(move || {
            // Open until all is written: closing a file drops all locks that the process has on it.
            let Ok(file) = fs::File::open(file) else { return };
            while is_written.recv_timeout(FLUSH_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                // `finish` flushes again, and reports the errors.
                let _ = file.sync_data();
            }
        });
        let result = write();
        drop(written);
        result
    })
}

/// Validates a copy, and leaves it as a single file without a WAL.
fn validate_copy(
    from: &Path,
    to: &Path,
    unfinished: &Path,
    validate: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), BackupError> {
    validate(unfinished).map_err(|message| BackupError::Invalid { file: from.into(), message })?;
    // A file in WAL mode can be read only in a writable folder.
    let leave = || Connection::open(unfinished)?.pragma_update(None, "journal_mode", "DELETE");
    leave().map_err(|error| BackupError::Store { file: to.into(), error: error.into() })
}

/// Renames a finished copy, durably.
fn finish(unfinished: &Path, to: &Path) -> Result<(), BackupError> {
    let failed = |file: &Path| {
        let file = file.to_owned();
        |error| BackupError::File { file, error }
    };
    fs::File::open(unfinished).and_then(|file| file.sync_all()).map_err(failed(to))?;
    rename(unfinished, to)?;
    let folder = folder(to);
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

pub(crate) fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(|error| BackupError::File { file: to.into(), error })
}

/// Locks a database exclusively, so that no server has it open, and moves its WAL into it. Returns
/// `None` if there is no database or it is corrupt.
pub(crate) fn lock_exclusively(database: &Path) -> Result<Option<Connection>, BackupError> {
    if !database.is_file() {
        return Ok(None);
    }
    let in_use = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Err(BackupError::InUse(database.into())),
        // A corrupt database may be replaced.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(None),
        _ => Err(BackupError::Store { file: database.into(), error: error.into() }),
    };
    let lock = || {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // This needs exclusive access, and merges and deletes the WAL.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(connection)
    };
    lock().map(Some).or_else(in_use)
}

/// An unused name for the previous database.
fn unused_name(database: &Path) -> PathBuf {
    let names = (1_u32..).map(|number| with_suffix(database, &format!(".replaced-{number}")));
    names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| with_suffix(database, ".replaced"))
}

/// The temporary name of a file.
fn unfinished_name(file: &Path) -> PathBuf {
    with_suffix(file, ".unfinished")
}

/// Appends a suffix to the name of a file.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    file.with_file_name(name)
}
