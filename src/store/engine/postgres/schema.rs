//! The tables of a PostgreSQL database: the steps of the schema, as PostgreSQL writes them.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::{SimpleQueryMessage, error::SqlState};

use crate::store::{StoreError, schema, schema::STEPS};

/// Begins a transaction once nobody else writes. The number stands for Harmony among the locks of a database. Each
/// statement then sees what is committed, and what was committed while the lock was waited for.
pub(in crate::store) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                                SELECT pg_advisory_xact_lock(5206879413), pg_backend_pid()";

/// Where the process stands in the answer to that.
pub(in crate::store) const BACKEND: usize = 1;

/// Takes the steps that are still to be taken, all in one transaction, so that of several servers that start at one
/// moment one takes them and the others find them taken.
pub(in crate::store) async fn migrate(client: &ClientWrapper) -> Result<(), StoreError> {
    // A step may take long on a large table, and whoever waits for it as well.
    client.batch_execute("BEGIN; SET LOCAL statement_timeout = 0").await?;
    client.batch_execute("SELECT pg_advisory_xact_lock(5206879413)").await?;
    client.batch_execute("CREATE TABLE IF NOT EXISTS harmony_steps (taken BIGINT NOT NULL)").await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = taken(client).await?;
    client.batch_execute(&translate(schema::HASHES)).await?;
    schema::check_hashes(&hashes(client).await?)?;
    let left = usize::try_from(found).ok().and_then(|found| STEPS.get(found..));
    for step in left.ok_or(StoreError::Newer { found, known })? {
        client.batch_execute(&translate(step)).await?;
    }
    if found < known {
        client.batch_execute("DELETE FROM harmony_steps").await?;
        client.execute("INSERT INTO harmony_steps (taken) VALUES ($1)", &[&known]).await?;
    }
    // Those that were taken before hashes were noted are believed.
    for (number, step) in (1_i64..).zip(STEPS) {
        let note = "INSERT INTO harmony_step_hashes (step, hash) VALUES ($1, $2) ON CONFLICT (step) DO NOTHING";
        client.execute(note, &[&number, &schema::hash(step)]).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(())
}

/// Fails if a step is still to be taken, or one was taken that is not known or is another one.
pub(in crate::store) async fn check(client: &ClientWrapper) -> Result<(), StoreError> {
    let found = match taken(client).await {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => 0,
        found => found?,
    };
    schema::check(found)?;
    match hashes(client).await {
        // It was made before hashes were noted.
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(()),
        noted => schema::check_hashes(&noted?),
    }
}

/// The hash of each step that was taken, with its number.
async fn hashes(client: &ClientWrapper) -> Result<Vec<(i64, String)>, tokio_postgres::Error> {
    let answer = client.simple_query("SELECT step, hash FROM harmony_step_hashes").await?;
    let noted = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.parse().ok()?, row.get(1)?.to_owned())),
        _ => None,
    });
    Ok(noted.collect())
}

/// How many steps were taken.
async fn taken(client: &ClientWrapper) -> Result<i64, tokio_postgres::Error> {
    let answer = client.simple_query("SELECT taken FROM harmony_steps").await?;
    let found = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    Ok(found.unwrap_or(0))
}

/// A step as PostgreSQL writes it. Its texts sort by their bytes, as those of SQLite do, whatever language the server
/// speaks: a chain's pages are found by the order of their ids.
fn translate(step: &str) -> String {
    // A cast would take a backslash for the beginning of an escape.
    let step = step.replace("CAST(records AS BLOB)", "convert_to(records, 'UTF8')");
    step.replace(" INTEGER", " BIGINT")
        .replace(" BLOB", " BYTEA")
        .replace(" TEXT", " TEXT COLLATE \"C\"")
        .replace(") STRICT;", ");")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_written_as_postgresql_has_it() {
        let step = "CREATE TABLE shown (hash TEXT NOT NULL PRIMARY KEY, at  INTEGER, text TEXT, all BLOB) STRICT;";
        let translated = "CREATE TABLE shown (hash TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, at  BIGINT, text TEXT COLLATE \"C\", all BYTEA);";
        assert_eq!(translate(step), translated);
        let all: String = STEPS.iter().map(|step| translate(step)).collect();
        assert!(!all.contains("INTEGER") && !all.contains("STRICT") && !all.contains("BLOB"), "{all}");
    }
}
