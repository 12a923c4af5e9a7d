//! The schema migrations, and the checks of a database against them.
//!
//! Each engine has its own folder of SQL files, `migrations/sqlite` and `migrations/postgres`:
//! types and collations differ, and a file is what the engine runs, byte by byte. A test compares
//! the two. The table `schema_migrations` holds the version and the checksum of each applied
//! migration.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;
use crate::system::digest::sha256_hex;

/// One migration, in the SQL of both engines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    /// The name of its files, without the extension.
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// All migrations. The version of a migration is its position, counted from 1. A released migration
/// never changes.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    name: "0001_initial",
    sqlite: include_str!("../../migrations/sqlite/0001_initial.sql"),
    postgres: include_str!("../../migrations/postgres/0001_initial.sql"),
}];

/// The table of applied migrations. It describes the schema, so `harmony db copy` does not copy it.
pub(super) const TABLE: &str = "schema_migrations";

/// Creates [`TABLE`] in SQLite.
const CREATE_TABLE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version  INTEGER NOT NULL PRIMARY KEY,
        name     TEXT    NOT NULL,
        checksum TEXT    NOT NULL
    ) STRICT;
";

/// A row of [`TABLE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppliedMigration {
    pub version: i64,
    pub checksum: String,
}

/// The checksum of a migration: the SHA-256 of its SQL, as 64 hexadecimal digits.
pub(super) fn checksum(sql: &str) -> String {
    sha256_hex(sql)
}

/// Returns the migrations that are still to be applied, each with its version. `sql` selects the
/// engine. `applied` is in the order of the versions.
///
/// # Errors
/// [`StoreError::Newer`] if an applied migration is unknown here, and
/// [`StoreError::ChecksumMismatch`] if one has another checksum or is missing.
pub(super) fn pending<'m>(
    applied: &[AppliedMigration],
    migrations: &'m [Migration],
    sql: fn(&Migration) -> &'static str,
) -> Result<impl Iterator<Item = (i64, &'m Migration)> + use<'m>, StoreError> {
    let (found, known) = (last_version(applied), latest_version(migrations));
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for ((version, migration), row) in (1_i64..).zip(migrations).zip(applied) {
        if row.version != version || row.checksum != checksum(sql(migration)) {
            return Err(StoreError::ChecksumMismatch(version));
        }
    }
    Ok((1_i64..).zip(migrations).skip(applied.len()))
}

/// Fails unless every migration is applied.
///
/// # Errors
/// As [`pending`], and [`StoreError::Older`] if a migration is still to be applied.
pub(super) fn check_current(
    applied: &[AppliedMigration],
    migrations: &[Migration],
    sql: fn(&Migration) -> &'static str,
) -> Result<(), StoreError> {
    match pending(applied, migrations, sql)?.next() {
        None => Ok(()),
        Some(_) => Err(StoreError::Older { found: last_version(applied), known: latest_version(migrations) }),
    }
}

fn last_version(applied: &[AppliedMigration]) -> i64 {
    applied.last().map_or(0, |row| row.version)
}

fn latest_version(migrations: &[Migration]) -> i64 {
    migrations.len().try_into().unwrap_or(i64::MAX)
}

/// Applies the pending migrations to a SQLite database, all in one transaction.
pub(super) fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    match check(connection, migrations) {
        Err(StoreError::Older { .. }) => {}
        checked => return checked,
    }
    // Under the write lock the rows are read again: a server and a command may start together.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(CREATE_TABLE)?;
    for (version, migration) in pending(&applied(&transaction)?, migrations, |migration| migration.sqlite)? {
        transaction.execute_batch(migration.sqlite)?;
        transaction.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES (?1, ?2, ?3)",
            (version, migration.name, checksum(migration.sqlite)),
        )?;
    }
    Ok(transaction.commit()?)
}

/// Checks that a SQLite database has exactly these migrations. Changes nothing.
pub(super) fn check(connection: &Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    check_current(&applied(connection)?, migrations, |migration| migration.sqlite)
}

/// The applied migrations of a SQLite database, by version.
fn applied(connection: &Connection) -> Result<Vec<AppliedMigration>, StoreError> {
    if !connection.table_exists(None, TABLE)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT version, checksum FROM schema_migrations ORDER BY version")?;
    let rows = statement.query_map([], |row| Ok(AppliedMigration { version: row.get(0)?, checksum: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        super::{Database, Store, engine::sqlite::connect},
        *,
    };

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// A later migration, as a coming version could have it.
    const SECOND: Migration = Migration {
        name: "0002_second",
        sqlite: "ALTER TABLE accounts ADD COLUMN note TEXT; CREATE TABLE notes (id TEXT NOT NULL) STRICT;",
        postgres: "",
    };

    const BOTH: [Migration; 2] = [MIGRATIONS[0], SECOND];

    /// A database at the first version, with a page view in it.
    fn first_version(file: &Path) -> Result<Connection, StoreError> {
        let mut connection = connect(file)?;
        migrate(&mut connection, &BOTH[..1])?;
        connection
            .execute_batch("INSERT INTO page_views VALUES ('2026-11-22', '/policy', 'phone', 'DE', 'first', 7)")?;
        Ok(connection)
    }

    /// The applied versions, and the statements that created the tables and indexes.
    fn found(connection: &Connection) -> Result<(Vec<i64>, Vec<Option<String>>), StoreError> {
        let versions = applied(connection)?.iter().map(|row| row.version).collect();
        let mut statements = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name")?;
        let statements = statements.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((versions, statements))
    }

    fn views(connection: &Connection) -> Result<i64, StoreError> {
        Ok(connection.query_row("SELECT SUM(count) FROM page_views", [], |row| row.get(0))?)
    }

    #[test]
    fn both_engines_have_the_same_schema() {
        for migration in MIGRATIONS {
            let words = |sql: &str| {
                let code = sql.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join(" ");
                code.split_whitespace().collect::<Vec<_>>().join(" ")
            };
            let translated = words(migration.sqlite)
                .replace(" INTEGER", " BIGINT")
                .replace(" BLOB", " BYTEA")
                .replace(" TEXT", " TEXT COLLATE \"C\"")
                .replace(") STRICT;", ");");
            assert_eq!(words(migration.postgres), translated, "{}", migration.name);
        }
    }

    #[test]
    fn a_migration_is_named_for_its_version() {
        for (version, migration) in (1..).zip(MIGRATIONS) {
            assert!(migration.name.starts_with(&format!("{version:04}_")), "{}", migration.name);
        }
    }

    #[test]
    fn a_database_of_a_newer_harmony_is_rejected() -> Result<(), StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, MIGRATIONS)?;
        migrate(&mut connection, MIGRATIONS)?;
        connection.execute("INSERT INTO schema_migrations VALUES (99, '0099_later', '')", [])?;
        for refused in [migrate(&mut connection, MIGRATIONS), check(&connection, MIGRATIONS)] {
            assert!(matches!(refused, Err(StoreError::Newer { found: 99, known: 1 })), "{refused:?}");
        }
        Ok(())
    }

    #[test]
    fn a_migration_with_another_checksum_is_refused() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        drop(Store::open_file(&file)?);
        let connection = Connection::open(&file)?;
        let row = "SELECT name, checksum FROM schema_migrations WHERE version = 1";
        let row: (String, String) = connection.query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        assert_eq!(row, ("0001_initial".into(), checksum(MIGRATIONS[0].sqlite)));
        drop(Store::open_file(&file)?);
        connection.execute("UPDATE schema_migrations SET checksum = ?1", [checksum("another")])?;
        let refused = Store::open_read_only(&Database::File(file.clone()));
        assert!(matches!(refused, Err(StoreError::ChecksumMismatch(1))), "{refused:?}");
        let refused = Store::open_file(&file).map(drop).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|sentence| sentence.starts_with("migration 1 of the schema has another checksum")));
        Ok(())
    }

    #[test]
    fn a_missing_migration_is_refused() -> Result<(), StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, &BOTH)?;
        connection.execute("DELETE FROM schema_migrations WHERE version = 1", [])?;
        assert!(matches!(migrate(&mut connection, &BOTH), Err(StoreError::ChecksumMismatch(1))));
        Ok(())
    }

    #[test]
    fn a_second_migration_leaves_the_rows_and_gives_the_schema_of_a_new_database() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut connection = first_version(&folder.path().join("harmony.db"))?;
        assert!(matches!(check(&connection, &BOTH), Err(StoreError::Older { found: 1, known: 2 })));
        assert_eq!(found(&connection)?.0, [1], "a check applies nothing");
        migrate(&mut connection, &BOTH)?;
        let mut new = Connection::open_in_memory()?;
        migrate(&mut new, &BOTH)?;
        assert_eq!(found(&connection)?, found(&new)?);
        assert_eq!((found(&new)?.0, views(&connection)?), (vec![1, 2], 7));
        Ok(())
    }

    #[test]
    fn an_interrupted_migration_is_applied_at_the_next_start() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        let mut connection = first_version(&file)?;
        let before = found(&connection)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(SECOND.sqlite)?;
        transaction.execute("INSERT INTO schema_migrations VALUES (2, ?1, '')", [SECOND.name])?;
        // The files as a power failure leaves them.
        let after = tempfile::tempdir()?;
        for name in ["harmony.db", "harmony.db-wal"] {
            std::fs::copy(folder.path().join(name), after.path().join(name))?;
        }
        let mut connection = connect(&after.path().join("harmony.db"))?;
        assert_eq!((found(&connection)?, views(&connection)?), (before, 7));
        migrate(&mut connection, &BOTH)?;
        assert_eq!(found(&connection)?.0, [1, 2]);
        Ok(())
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut connection = first_version(&folder.path().join("harmony.db"))?;
        // The last table of the migration exists already.
        connection.execute_batch("CREATE TABLE notes (x TEXT)")?;
        let before = found(&connection)?;
        assert!(matches!(migrate(&mut connection, &BOTH), Err(StoreError::Database(_))));
        assert_eq!((found(&connection)?, views(&connection)?), (before, 7));
        Ok(())
    }

    #[test]
    fn many_processes_that_start_at_once_migrate_a_file_once() -> Outcome {
        for _ in 0..5 {
            let folder = tempfile::tempdir()?;
            let (new, old) = (folder.path().join("new.db"), folder.path().join("old.db"));
            drop(first_version(&old)?);
            let start = || {
                drop(Store::open_file(&new)?);
                migrate(&mut connect(&old)?, &BOTH)
            };
            let started = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
            });
            for outcome in started {
                assert!(matches!(outcome, Ok(Ok(()))), "{outcome:?}");
            }
        }
        Ok(())
    }
}
