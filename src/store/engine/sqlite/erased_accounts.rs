//! The list of erased accounts, beside the SQLite file, so that restoring an older backup brings
//! none of them back.
//!
//! It contains the SHA-256 of each account's id, one per line, and no other data. It is a file of
//! its own, so it survives if the database is replaced or lost.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{
    backup::{folder, with_suffix},
    ownership::Ownership,
};
use crate::{
    store::{Store, StoreError, Tx, engine::sqlite, schema},
    system::digest::sha256_hex,
};

const HASH_DIGITS: usize = 64;

impl Store {
    /// Deletes the account that `find` returns and all its data, from the database and from the
    /// WAL. Returns the second value of `find`.
    ///
    /// # Errors
    /// As [`Store::write`], and [`StoreError::File`] if the list cannot be written; nothing is
    /// deleted then.
    pub(crate) async fn erase<T: Send + 'static>(
        &self,
        find: impl FnOnce(&Tx<'_>) -> Result<Option<(String, T)>, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let list = self.erased.clone();
        let job = move |tx: &Tx<'_>| {
            let Some((account, found)) = find(tx)? else { return Ok(None) };
            tx.erase_account(&account)?;
            // Before the commit, so that every committed erasure is in the list.
            list.map_or(Ok(()), |list| append(&list, &account))?;
            Ok(Some(found))
        };
        let erased = self.write(job).await?;
        if erased.is_some()
            && let Err(error) = self.checkpoint_wal().await
        {
            tracing::warn!(%error, "the WAL checkpoint after an erasure failed: erased data stays in the WAL until the next one");
        }
        Ok(erased)
    }
}

/// The path of the list of a database.
pub(crate) fn erased_list(database: &Path) -> PathBuf {
    with_suffix(database, ".erased")
}

/// Appends an account to the list, durably.
fn append(list: &Path, account: &str) -> Result<(), StoreError> {
    let failed =
        |error: io::Error| StoreError::File(io::Error::new(error.kind(), format!("{}: {error}", list.display())));
    let ownership = Ownership::of(list).map_err(|error| failed(io::Error::other(error)))?;
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(list).map_err(failed)?;
    ownership.give(list, list).map_err(|error| failed(io::Error::other(error)))?;
    writeln!(file, "{}", sha256_hex(account)).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::File::open(folder(list)).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// The hashes in the list; empty if there is no list.
fn read_hashes(list: &Path) -> Result<HashSet<String>, StoreError> {
    match fs::read_to_string(list) {
        // The end of a line counts: the remains of an interrupted write may precede it.
        Ok(lines) => Ok(lines
            .lines()
            .filter_map(|line| line.get(line.len().checked_sub(HASH_DIGITS)?..))
            .map(str::to_owned)
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(StoreError::File(error)),
    }
}

/// The ids of the accounts of a database; empty if it cannot be read.
pub(crate) fn accounts(database: &Connection) -> HashSet<String> {
    let read = || -> rusqlite::Result<HashSet<String>> {
        database.prepare("SELECT id FROM accounts")?.query_map([], |row| row.get(0))?.collect()
    };
    read().unwrap_or_default()
}

/// Applies to a copy what may have ended since: deletes all sessions, one-time links and waiting
/// messages, and each account that is listed and not among the `living`. Returns the number of
/// deleted accounts.
pub(crate) fn apply_erasures(copy: &Path, list: &Path, living: &HashSet<String>) -> Result<usize, StoreError> {
    let listed = read_hashes(list)?;
    let mut connection = sqlite::connect(copy)?;
    schema::migrate(&mut connection, schema::MIGRATIONS)?;
    let transaction = connection.transaction()?;
    // It is unknown which sessions ended since, and which passwords were changed.
    // Messages may have been sent since, and their links used.
    transaction.execute_batch(
        "DELETE FROM sessions; DELETE FROM password_reset_tokens; DELETE FROM one_time_links; DELETE FROM mails",
    )?;
    let mut erased = 0;
    // An account whose erasure was listed but could not be committed still exists.
    for account in accounts(&transaction).difference(living).filter(|id| listed.contains(&sha256_hex(id))) {
        erased += transaction.execute("DELETE FROM accounts WHERE id = ?1", [account])?;
    }
    transaction.commit()?;
    Ok(erased)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, chown};

    use super::*;

    #[test]
    fn the_list_is_the_services_also_where_root_begins_it() -> Result<(), Box<dyn std::error::Error>> {
        const SERVICE: u32 = 65_532;
        let folder = tempfile::tempdir()?;
        let list = erased_list(&folder.path().join("harmony.sqlite"));
        let is_root = chown(folder.path(), Some(SERVICE), Some(SERVICE)).is_ok();
        append(&list, "anna")?;
        let found = list.metadata()?;
        assert_eq!(found.mode() & 0o777, 0o600);
        assert_eq!(found.uid(), if is_root { SERVICE } else { folder.path().metadata()?.uid() });
        // As a crash leaves it.
        fs::OpenOptions::new().append(true).open(&list)?.write_all(b"0123")?;
        append(&list, "bert")?;
        let listed = read_hashes(&list)?;
        assert!(["anna", "bert"].iter().all(|account| listed.contains(&sha256_hex(account))), "{listed:?}");
        Ok(())
    }
}
