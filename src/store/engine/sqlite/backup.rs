//! Copies of an embedded database: made while the server runs, and put back while it does not.
//!
//! A copy that is made in any other way while a server writes may hold pages of two moments. [`check`] finds such a torn
//! file, and none is opened.

use std::{
    fs,
    path::{Path, PathBuf},
};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::ownership::{Ownership, explain};
use crate::store::{
    StoreError,
    engine::sqlite::{LONGEST_LOCK, erased_accounts, restrict_permissions},
};

/// The largest file that is looked through whole whenever it is opened, in bytes: it takes a few tenths of a second. Of a
/// larger one, the end of the ledger is looked at.
const LOOKED_THROUGH: u64 = 64 << 20;

/// What the name of a file beside a database ends with that belongs to it.
const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Why no copy was made or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("{0} is there already: name a file that is not")]
    Exists(PathBuf),
    /// The name is no text.
    #[error("{} is no name that the database can be given: name a file in UTF-8", .0.display())]
    Name(PathBuf),
    /// There is no such file.
    #[error("{0} is not there")]
    Missing(PathBuf),
    /// A server has the database open.
    #[error("{0} is in use: stop the server first")]
    InUse(PathBuf),
    /// The file would not be its owner's any more.
    #[error("{file} is for user {owner}, and this command runs as user {user}: run it as user {owner}, or as root")]
    Owner {
        /// The file.
        file: PathBuf,
        /// The user whose it is, by number.
        owner: u32,
        /// The user that the command runs as.
        user: u32,
    },
    /// One of the files refused.
    #[error("{file}: {error}")]
    Store {
        /// Which one.
        file: PathBuf,
        /// Why.
        error: StoreError,
    },
    /// What is in it is not as it was written.
    #[error("{file}: {what}")]
    Unsound {
        /// Which one.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file cannot be read or written.
    #[error("{file}: {error}")]
    File {
        /// Which one.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Copies a database as it is at one moment to a new file that its owner alone can read, whether a server runs or not.
/// `is_sound` judges what is in the copy.
///
/// # Errors
/// [`BackupError`] if the file is there already, or one of the two cannot be used; no file is left then.
pub fn back_up(
    database: &Path,
    to: &Path,
    is_sound: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let unfinished = beside(to);
    let copied = open(database)
        .and_then(|connection| copy(&connection, database, &unfinished))
        .and_then(|()| judge(database, &unfinished, is_sound))
        .and_then(|()| finish(&unfinished, to));
    if copied.is_err() {
        // Whatever of it there is.
        let _ = fs::remove_file(&unfinished);
    }
    copied
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the database is that was there before, if there was one.
    pub replaced: Option<PathBuf>,
    /// How many accounts of the copy were erased once more.
    pub erased: usize,
}

/// Puts a copy, if `is_sound` finds nothing wrong in it, in the place of a database that no server has open. What was there
/// before is kept beside it. The new file has the owner, the group and the mode of the one before, or is for the owner of
/// the folder. What has ended since the copy was made ends in it: sessions, password reset links, and accounts that were erased.
///
/// # Errors
/// [`BackupError`] if the copy is not whole, the database is in use, or a file cannot be written; the database stays then.
pub fn restore(
    copy: &Path,
    database: &Path,
    is_sound: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Restored, BackupError> {
    if !copy.is_file() {
        return Err(BackupError::Missing(copy.into()));
    }
    let ownership = Ownership::of(database)?;
    // Held until the copy has its name, so that no server begins meanwhile.
    let held = hold(database)?;
    let unfinished = beside(database);
    let restored = prepare(copy, database, held.as_ref(), &unfinished, is_sound).and_then(|erased| {
        ownership.give(&unfinished)?;
        let replaced = set_aside(database, held.is_some())?;
        finish(&unfinished, database)?;
        Ok(Restored { replaced, erased })
    });
    drop(held);
    if restored.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    restored
}

/// Makes what is to take the place of a database. Returns how many accounts were erased in it.
fn prepare(
    copy: &Path,
    database: &Path,
    held: Option<&Connection>,
    unfinished: &Path,
    is_sound: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<usize, BackupError> {
    self::copy(&open_copy(copy)?, copy, unfinished)?;
    let living = held.map(erased_accounts::accounts).unwrap_or_default();
    let erased = erased_accounts::end_in(unfinished, &erased_accounts::list_of(database), &living)
        .map_err(|error| BackupError::Store { file: copy.into(), error })?;
    judge(copy, unfinished, is_sound)?;
    Ok(erased)
}

/// Gives the database, if there is one, a second name, so that at no moment there is none. Its log goes with it where it could
/// not be held: it is torn or gone, and the log would be read into what takes its place.
fn set_aside(database: &Path, is_held: bool) -> Result<Option<PathBuf>, BackupError> {
    let name = free_name(database);
    let is_there = database.is_file();
    if is_there {
        fs::hard_link(database, &name).map_err(|error| BackupError::File { file: name.clone(), error })?;
    }
    for part in LOGS {
        let log = with_suffix(database, part);
        if !is_held && log.is_file() {
            rename(&log, &with_suffix(&name, part))?;
        }
    }
    Ok(is_there.then_some(name))
}

/// Fails if the file is not as one moment left it.
pub(crate) fn check(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    if fs::metadata(file).map_err(StoreError::File)?.len() > LOOKED_THROUGH {
        return Ok(());
    }
    look_through(connection)
}

/// Looks through all of it.
fn look_through(connection: &Connection) -> Result<(), StoreError> {
    let found = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0)).map_err(torn)?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Torn(found)) }
}

/// The same failure, if it is not that the file is not whole.
pub(crate) fn map_corruption(error: StoreError) -> StoreError {
    if let StoreError::Database(error) = error { torn(error) } else { error }
}

/// What SQLite says of a file that is none of its own, or not whole.
fn torn(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Torn(error.to_string()),
        _ => StoreError::Database(error),
    }
}

/// The database, which a server may have open.
fn open(database: &Path) -> Result<Connection, BackupError> {
    let opened = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE);
    opened.map_err(|error| BackupError::Store { file: database.into(), error: torn(error) })
}

/// A copy, which may lie where nothing can be written: SQLite then takes no lock and makes no file beside it. With a log
/// beside it, the file is none that [`back_up`] made, and what stands in the log belongs to it.
fn open_copy(copy: &Path) -> Result<Connection, BackupError> {
    if LOGS.iter().any(|part| with_suffix(copy, part).exists()) {
        return open(copy);
    }
    // SQLite says no more than that it cannot.
    fs::File::open(copy).map_err(|error| BackupError::File { file: copy.into(), error: explain(copy, error) })?;
    let path = percent_encode(copy.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let opened = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags);
    opened.map_err(|error| BackupError::Store { file: copy.into(), error: torn(error) })
}

/// A whole copy of a whole database, not yet under its name.
fn copy(connection: &Connection, from: &Path, unfinished: &Path) -> Result<(), BackupError> {
    let of = |file: &Path, error| BackupError::Store { file: file.into(), error };
    connection.busy_timeout(LONGEST_LOCK).map_err(|error| of(from, error.into()))?;
    look_through(connection).map_err(|error| of(from, error))?;
    match fs::remove_file(unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(BackupError::File { file: unfinished.into(), error: explain(unfinished, error) });
        }
        _ => {}
    }
    restrict_permissions(unfinished).map_err(|error| of(unfinished, error))?;
    // Whole, so that no name is taken for a URI.
    let name = std::path::absolute(unfinished).map_err(|error| BackupError::File { file: unfinished.into(), error })?;
    let name = name.to_str().ok_or_else(|| BackupError::Name(unfinished.into()))?;
    // The engine's own way to copy: one moment, whatever is written meanwhile.
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| of(unfinished, torn(error)))?;
    let copied = Connection::open(unfinished).map_err(|error| of(unfinished, torn(error)))?;
    look_through(&copied).map_err(|error| of(unfinished, error))
}

/// Judges what is in a copy, and leaves it as one file with no log.
fn judge(
    from: &Path,
    unfinished: &Path,
    is_sound: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), BackupError> {
    is_sound(unfinished).map_err(|what| BackupError::Unsound { file: from.into(), what })?;
    // To be read, a file in WAL mode needs a folder that can be written to.
    let leave = || Connection::open(unfinished)?.pragma_update(None, "journal_mode", "DELETE");
    leave().map_err(|error| BackupError::Store { file: unfinished.into(), error: error.into() })
}

/// Gives a whole copy its name, for good.
fn finish(unfinished: &Path, to: &Path) -> Result<(), BackupError> {
    let failed = |file: &Path| {
        let file = file.to_owned();
        |error| BackupError::File { file, error }
    };
    fs::File::open(unfinished).and_then(|file| file.sync_all()).map_err(failed(unfinished))?;
    rename(unfinished, to)?;
    let folder = folder(to);
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

/// The folder of a file.
pub(crate) fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(|error| BackupError::File { file: to.into(), error })
}

/// The database, locked so that no server can have it open, with its log moved into it; nothing if there is none.
pub(crate) fn hold(database: &Path) -> Result<Option<Connection>, BackupError> {
    if !database.is_file() {
        return Ok(None);
    }
    let in_use = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Err(BackupError::InUse(database.into())),
        // What is torn is what is to be replaced.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(None),
        _ => Err(BackupError::Store { file: database.into(), error: error.into() }),
    };
    let lock = || {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Nobody else may have it open for this; the log is emptied into the file and goes.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(connection)
    };
    lock().map(Some).or_else(in_use)
}

/// A name beside the database's that no file has.
fn free_name(database: &Path) -> PathBuf {
    let names = (1_u32..).map(|number| with_suffix(database, &format!(".replaced-{number}")));
    names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| with_suffix(database, ".replaced"))
}

/// The name of a file while it is not finished.
fn beside(file: &Path) -> PathBuf {
    with_suffix(file, ".unfinished")
}

/// The name of a file beside another, whose name it begins with.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    file.with_file_name(name)
}
