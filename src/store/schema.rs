//! The tables, and the steps that lead to them. A step that has been released is never edited.

use std::cmp::Ordering;

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::StoreError;

/// Each step once, in order, as SQLite writes it; PostgreSQL's form is made of it. `PRAGMA user_version` holds how many were
/// taken; SQLite writes it with the step itself, so an interrupted step was never taken.
pub(super) const STEPS: [&str; 6] = [
    "
    CREATE TABLE views (
        day    TEXT    NOT NULL,
        page   TEXT    NOT NULL,
        device TEXT    NOT NULL,
        visit  TEXT    NOT NULL,
        views  INTEGER NOT NULL CHECK (views > 0),
        PRIMARY KEY (day, page, device, visit)
    ) STRICT;
",
    "
    CREATE TABLE accounts (
        id          TEXT    NOT NULL PRIMARY KEY,
        email       TEXT    NOT NULL UNIQUE,
        password    TEXT    NOT NULL,
        created_at  INTEGER NOT NULL,
        disabled_at INTEGER,
        decision    TEXT,
        appearance  TEXT
    ) STRICT;
    CREATE TABLE sessions (
        id              TEXT    NOT NULL PRIMARY KEY,
        account_id      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        device          TEXT    NOT NULL,
        created_at      INTEGER NOT NULL,
        token_at        INTEGER NOT NULL,
        used_at         INTEGER NOT NULL,
        token           TEXT    NOT NULL UNIQUE,
        remember        TEXT,
        remember_before TEXT,
        ends_at         INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sessions_account ON sessions (account_id);
    CREATE INDEX sessions_ends_at ON sessions (ends_at);
    CREATE TABLE devices (
        account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        token      TEXT    NOT NULL,
        seen_at    INTEGER NOT NULL,
        PRIMARY KEY (account_id, token)
    ) STRICT;
    CREATE INDEX devices_token ON devices (token);
    CREATE INDEX devices_seen_at ON devices (seen_at);
    CREATE TABLE activity (
        account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        number     INTEGER NOT NULL,
        event      TEXT    NOT NULL,
        at         INTEGER NOT NULL,
        device     TEXT,
        times      INTEGER NOT NULL CHECK (times > 0),
        PRIMARY KEY (account_id, number)
    ) STRICT;
    CREATE INDEX activity_at ON activity (at);
    CREATE TABLE links (
        account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
        token      TEXT    NOT NULL UNIQUE,
        ends_at    INTEGER NOT NULL
    ) STRICT;
",
    "
    CREATE TABLE chains (
        chain       TEXT    NOT NULL PRIMARY KEY,
        key         TEXT    NOT NULL,
        records     INTEGER NOT NULL,
        last_id     TEXT    NOT NULL,
        last_hash   TEXT    NOT NULL,
        pruned      INTEGER NOT NULL,
        pruned_hash TEXT    NOT NULL,
        signature   TEXT    NOT NULL
    ) STRICT;
    CREATE TABLE pages (
        chain    TEXT NOT NULL,
        first_id TEXT NOT NULL,
        last_id  TEXT NOT NULL,
        records  TEXT NOT NULL,
        PRIMARY KEY (chain, first_id)
    ) STRICT;
    CREATE TABLE shown (
        hash TEXT NOT NULL PRIMARY KEY,
        text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE account_records (
        account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        record_id  TEXT NOT NULL,
        PRIMARY KEY (account_id, record_id)
    ) STRICT;
",
    // Pages are packed from here on; those that were written before stay the text that they are.
    "
    ALTER TABLE pages RENAME TO pages_of_text;
    CREATE TABLE pages (
        chain    TEXT NOT NULL,
        first_id TEXT NOT NULL,
        last_id  TEXT NOT NULL,
        records  BLOB NOT NULL,
        PRIMARY KEY (chain, first_id)
    ) STRICT;
    INSERT INTO pages SELECT chain, first_id, last_id, CAST(records AS BLOB) FROM pages_of_text;
    DROP TABLE pages_of_text;
",
    // The time that was seen to pass, and by when a page was written whose ids lie ahead of it.
    "
    CREATE TABLE clock (
        id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        seen_at INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE pages ADD COLUMN written_by INTEGER;
",
    // Heads with the time stamp of an authority, and when it was asked last.
    "
    CREATE TABLE head_timestamps (
        chain      TEXT NOT NULL,
        day        TEXT NOT NULL,
        checkpoint TEXT NOT NULL,
        reply      BLOB NOT NULL,
        PRIMARY KEY (chain, day)
    ) STRICT;
    CREATE TABLE timestamp_requests (
        chain    TEXT    NOT NULL PRIMARY KEY,
        asked_at INTEGER NOT NULL
    ) STRICT;
",
];

/// Where the hash of each step that was taken is noted. It is no table of what is kept, and is not copied.
pub(super) const HASHES: &str =
    "CREATE TABLE IF NOT EXISTS harmony_step_hashes (step INTEGER NOT NULL PRIMARY KEY, hash TEXT NOT NULL) STRICT;";

/// Fails if that many steps are not all that there are.
pub(super) fn check(found: i64) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    match found.cmp(&known) {
        Ordering::Less => Err(StoreError::Older { found, known }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(StoreError::Newer { found, known }),
    }
}

/// A step's hash, by which a database tells what was taken: SHA-256 of its text, in hexadecimal digits.
pub(super) fn hash(step: &str) -> String {
    format!("{:x}", Sha256::digest(step))
}

/// Fails if one of those hashes, each with the number of its step, is not that of the step that is known.
pub(super) fn check_hashes(noted: &[(i64, String)]) -> Result<(), StoreError> {
    let is_other = |(number, noted): &&(i64, String)| {
        let step = usize::try_from(*number).ok().and_then(|number| STEPS.get(number.checked_sub(1)?));
        step.is_some_and(|step| hash(step) != *noted)
    };
    noted.iter().find(is_other).map_or(Ok(()), |(number, _)| Err(StoreError::Changed(*number)))
}

/// Takes the steps that are still to be taken.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    loop {
        if taken(connection)? == known && i64::try_from(check_taken(connection)?) == Ok(known) {
            return Ok(());
        }
        // Looked at again once nobody else can write: a server and a command may start at one moment.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut found = taken(&transaction)?;
        check_taken(&transaction)?;
        if found != known {
            let step = usize::try_from(found).ok().and_then(|found| STEPS.get(found));
            transaction.execute_batch(step.ok_or(StoreError::Newer { found, known })?)?;
            found += 1;
            transaction.pragma_update(None, "user_version", found)?;
        }
        // Those that were taken before hashes were noted are believed.
        transaction.execute_batch(HASHES)?;
        for (number, step) in (1..=found).zip(STEPS) {
            transaction.execute("INSERT OR IGNORE INTO harmony_step_hashes VALUES (?1, ?2)", (number, hash(step)))?;
        }
        transaction.commit()?;
    }
}

/// Fails if a step that was taken is not the one that is known. Returns of how many steps the hash is noted.
pub(super) fn check_taken(connection: &Connection) -> Result<usize, StoreError> {
    if !connection.table_exists(None, "harmony_step_hashes")? {
        return Ok(0);
    }
    let mut noted = connection.prepare("SELECT step, hash FROM harmony_step_hashes")?;
    let noted = noted.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()?;
    check_hashes(&noted)?;
    Ok(noted.len())
}

/// How many steps were taken.
pub(super) fn taken(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        super::{Database, Store},
        *,
    };

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// The tables that the steps behind the first bring.
    const LATER: [&str; 12] = [
        "account_records",
        "accounts",
        "activity",
        "chains",
        "clock",
        "devices",
        "head_timestamps",
        "links",
        "pages",
        "sessions",
        "shown",
        "timestamp_requests",
    ];

    /// A database as the first release left it, with a view in it.
    fn of_the_first_release(file: &Path) -> Result<Connection, StoreError> {
        let connection = crate::store::engine::sqlite::connect(file)?;
        connection.execute_batch(STEPS[0])?;
        connection.pragma_update(None, "user_version", 1)?;
        connection.execute_batch("INSERT INTO views VALUES ('2026-11-22', '/policy', 'phone', 'first', 7)")?;
        Ok(connection)
    }

    /// How many steps there are.
    const ALL: i64 = 6;

    /// The number of steps that were taken, and the tables that there are.
    fn found(connection: &Connection) -> Result<(i64, Vec<String>), StoreError> {
        let steps = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'harmony_step_hashes' ORDER BY name";
        let mut tables = connection.prepare(tables)?;
        let tables = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((steps, tables))
    }

    fn views(connection: &Connection) -> Result<i64, StoreError> {
        Ok(connection.query_row("SELECT SUM(views) FROM views", [], |row| row.get(0))?)
    }

    #[test]
    fn a_database_of_a_newer_harmony_is_rejected() -> Result<(), StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection)?;
        migrate(&mut connection)?;
        connection.pragma_update(None, "user_version", 99)?;
        assert!(matches!(migrate(&mut connection), Err(StoreError::Newer { found: 99, known: ALL })));
        Ok(())
    }

    #[test]
    fn a_step_that_is_not_the_one_that_was_taken_is_refused() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        drop(of_the_first_release(&file)?);
        drop(Store::open(&file)?);
        let connection = Connection::open(&file)?;
        let (first, all): (String, i64) = connection.query_row(
            "SELECT (SELECT hash FROM harmony_step_hashes WHERE step = 1), COUNT(*) FROM harmony_step_hashes",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        assert_eq!((first.len(), first == hash(STEPS[0]), all), (64, true, ALL));
        drop(Store::open(&file)?);
        connection.execute("UPDATE harmony_step_hashes SET hash = ?1 WHERE step = 2", [&first])?;
        assert!(matches!(Store::open(&file), Err(StoreError::Changed(2))));
        assert!(matches!(Store::open_read_only(&Database::File(file)), Err(StoreError::Changed(2))));
        Ok(())
    }

    #[test]
    fn a_database_of_the_first_release_is_brought_up_to_date_and_keeps_what_was_counted() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        drop(of_the_first_release(&file)?);
        drop(Store::open(&file)?);
        let connection = Connection::open(&file)?;
        let (steps, tables) = found(&connection)?;
        assert_eq!(steps, ALL);
        assert_eq!(tables.iter().filter(|table| *table != "views").collect::<Vec<_>>(), LATER.each_ref());
        assert_eq!(views(&connection)?, 7);
        let mut new = Connection::open_in_memory()?;
        migrate(&mut new)?;
        let shape = |connection: &Connection| -> Result<Vec<Option<String>>, StoreError> {
            let mut statements = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name")?;
            Ok(statements.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        };
        assert_eq!(shape(&connection)?, shape(&new)?, "it is as if it had been made anew");
        Ok(())
    }

    #[test]
    fn a_page_that_was_written_as_text_is_read_as_it_was() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        let connection = of_the_first_release(&file)?;
        connection.execute_batch(STEPS[1])?;
        connection.execute_batch(STEPS[2])?;
        connection.execute("INSERT INTO pages VALUES ('c', '1', '2', ?1)", [r#"{"a":"\\ä"}"#])?;
        connection.pragma_update(None, "user_version", 3)?;
        drop(connection);
        drop(Store::open(&file)?);
        let connection = Connection::open(&file)?;
        let page = crate::store::Tx::of_sqlite(&connection).page_with("c", "2")?;
        assert_eq!(page.map(|page| page.records).as_deref(), Some(r#"{"a":"\\ä"}"#));
        Ok(())
    }

    #[test]
    fn a_step_that_was_interrupted_was_never_taken() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        let mut connection = of_the_first_release(&file)?;
        let before = found(&connection)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(STEPS[1])?;
        transaction.pragma_update(None, "user_version", 2)?;
        // What lies on the disk at this moment is what is found after the power has failed.
        let after = tempfile::tempdir()?;
        for name in ["harmony.db", "harmony.db-wal"] {
            std::fs::copy(folder.path().join(name), after.path().join(name))?;
        }
        let file = after.path().join("harmony.db");
        let connection = Connection::open(&file)?;
        assert_eq!((found(&connection)?, views(&connection)?), (before, 7));
        drop(connection);
        drop(Store::open(&file)?);
        assert_eq!(found(&Connection::open(&file)?)?.0, ALL, "and is taken at the next start");
        Ok(())
    }

    #[test]
    fn a_step_that_fails_leaves_everything_as_it_was() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.db");
        let connection = of_the_first_release(&file)?;
        // The last table of the step stands in the way.
        connection.execute_batch("CREATE TABLE links (x TEXT)")?;
        let before = found(&connection)?;
        assert!(matches!(Store::open(&file), Err(StoreError::Database(_))));
        assert_eq!((found(&connection)?, views(&connection)?), (before, 7));
        Ok(())
    }

    #[test]
    fn a_file_that_many_open_at_one_moment_is_brought_up_to_date_once() -> Outcome {
        for _ in 0..5 {
            let folder = tempfile::tempdir()?;
            let file = folder.path().join("harmony.db");
            drop(of_the_first_release(&file)?);
            let opened = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(&file).map(drop))).collect();
                threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
            });
            for outcome in opened {
                assert!(matches!(outcome, Ok(Ok(()))), "{outcome:?}");
            }
        }
        Ok(())
    }
}
