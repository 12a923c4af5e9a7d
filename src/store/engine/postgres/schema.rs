//! Applies the schema migrations to a PostgreSQL database.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::{SimpleQueryMessage, error::SqlState};

use crate::store::{
    StoreError,
    schema::{self, AppliedMigration, MIGRATIONS},
};

/// Begins a transaction as soon as no other server writes. The number is Harmony's advisory lock.
/// At this isolation level each statement also sees what the previous holder of the lock committed.
pub(in crate::store) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                                SELECT pg_advisory_xact_lock(5206879413), pg_backend_pid()";

/// The column of the answer to [`BEGIN`] that holds the process id of the backend.
pub(in crate::store) const BACKEND: usize = 1;

const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
    (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";

/// Applies the pending migrations, all in one transaction. Of several servers that start at once,
/// the lock lets one apply them, and the others then find nothing to do.
pub(in crate::store) async fn migrate(client: &ClientWrapper) -> Result<(), StoreError> {
    // A migration of a large table may take long, and so may the wait for the lock.
    client.batch_execute("BEGIN; SET LOCAL statement_timeout = 0").await?;
    client.batch_execute("SELECT pg_advisory_xact_lock(5206879413)").await?;
    client.batch_execute(CREATE_TABLE).await?;
    for (version, migration) in schema::pending(&applied(client).await?, MIGRATIONS, |migration| migration.postgres)? {
        client.batch_execute(migration.postgres).await?;
        let insert = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";
        client.execute(insert, &[&version, &migration.name, &schema::checksum(migration.postgres)]).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(())
}

/// Checks that the database has exactly the known migrations. Changes nothing.
pub(in crate::store) async fn check(client: &ClientWrapper) -> Result<(), StoreError> {
    let applied = match applied(client).await {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Vec::new(),
        applied => applied?,
    };
    schema::check_current(&applied, MIGRATIONS, |migration| migration.postgres)
}

/// The applied migrations, by version.
async fn applied(client: &ClientWrapper) -> Result<Vec<AppliedMigration>, tokio_postgres::Error> {
    let answer = client.simple_query("SELECT version, checksum FROM schema_migrations ORDER BY version").await?;
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some(AppliedMigration { version: row.get(0)?.parse().ok()?, checksum: row.get(1)?.to_owned() })
        }
        _ => None,
    });
    Ok(rows.collect())
}
