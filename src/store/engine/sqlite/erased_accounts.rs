//! The list of erased accounts beside an embedded database, so that no copy from before brings one of them back.
//!
//! It holds a hash of each account's id, a line each, and of the person nothing. It is a file of its own: what replaces the
//! database does not touch it, and it is there when the database is not.

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

/// How many digits a hash has.
const DIGITS: usize = 64;

impl Store {
    /// Erases the account that `find` names and everything that is kept with it, from the database and from its log. Returns
    /// what `find` gave.
    ///
    /// # Errors
    /// As [`Store::write`], and [`StoreError::File`] if the erasure cannot be noted; nothing is erased then.
    pub(crate) async fn erase<T: Send + 'static>(
        &self,
        find: impl FnOnce(&Tx<'_>) -> Result<Option<(String, T)>, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let list = self.erased.clone();
        let job = move |tables: &Tx<'_>| {
            let Some((account, found)) = find(tables)? else { return Ok(None) };
            tables.erase_account(&account)?;
            // Before the commit: an erasure that is committed is always noted.
            list.map_or(Ok(()), |list| note(&list, &account))?;
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

/// The list beside a database.
pub(crate) fn list_of(database: &Path) -> PathBuf {
    with_suffix(database, ".erased")
}

/// Adds an account to the list, for good.
fn note(list: &Path, account: &str) -> Result<(), StoreError> {
    let failed =
        |error: io::Error| StoreError::File(io::Error::new(error.kind(), format!("{}: {error}", list.display())));
    let ownership = Ownership::of(list).map_err(|error| failed(io::Error::other(error)))?;
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(list).map_err(failed)?;
    ownership.give(list).map_err(|error| failed(io::Error::other(error)))?;
    writeln!(file, "{}", sha256_hex(account)).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::File::open(folder(list)).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// The hashes in the list; none if there is no list.
fn read(list: &Path) -> Result<HashSet<String>, StoreError> {
    match fs::read_to_string(list) {
        // The end of a line counts: one that a crash cut off may stand before it.
        Ok(lines) => Ok(lines
            .lines()
            .filter_map(|line| line.get(line.len().checked_sub(DIGITS)?..))
            .map(str::to_owned)
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(StoreError::File(error)),
    }
}

/// The ids of the accounts that a database holds. One that cannot be read holds none.
pub(crate) fn accounts(database: &Connection) -> HashSet<String> {
    let read = || -> rusqlite::Result<HashSet<String>> {
        database.prepare("SELECT id FROM accounts")?.query_map([], |row| row.get(0))?.collect()
    };
    read().unwrap_or_default()
}

/// Ends in a copy of a database what has ended since: every session and every password reset link, and each account that is in the
/// list and not among the `living`. Returns how many accounts.
pub(crate) fn end_in(copy: &Path, list: &Path, living: &HashSet<String>) -> Result<usize, StoreError> {
    let listed = read(list)?;
    let mut connection = sqlite::connect(copy)?;
    schema::migrate(&mut connection)?;
    let transaction = connection.transaction()?;
    // Which sessions were ended since is not known, nor which passwords were changed because of one.
    transaction.execute_batch("DELETE FROM sessions; DELETE FROM links")?;
    let mut erased = 0;
    // An account lives on whose erasure was noted, but could not be committed.
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
        let list = list_of(&folder.path().join("harmony.sqlite"));
        let is_root = chown(folder.path(), Some(SERVICE), Some(SERVICE)).is_ok();
        note(&list, "anna")?;
        let found = list.metadata()?;
        assert_eq!(found.mode() & 0o777, 0o600);
        assert_eq!(found.uid(), if is_root { SERVICE } else { folder.path().metadata()?.uid() });
        // As a crash leaves it.
        fs::OpenOptions::new().append(true).open(&list)?.write_all(b"0123")?;
        note(&list, "bert")?;
        let noted = read(&list)?;
        assert!(["anna", "bert"].iter().all(|account| noted.contains(&sha256_hex(account))), "{noted:?}");
        Ok(())
    }
}
