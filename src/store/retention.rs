//! The clock of the retention job, and the correction of times that a wrong clock wrote.
//!
//! No index finds a time that is ahead, so each table is searched on a snapshot, where no writer
//! waits for it. What is found is then corrected by its key.

use std::time::Duration;

use super::{
    StoreError, Tx,
    sessions::read_session,
    values::{Value, read_values, values},
};
use crate::domain::{Timestamp, retention::LEEWAY};

/// A table with times.
struct TimedTable {
    /// Finds rows of which a time is greater than ?1, by their keys.
    find: &'static str,
    /// Sets each time of the row with the key ?3 that is greater than ?2 to ?1.
    correct: &'static str,
    /// How many seconds a time may lie ahead of the clock.
    lead: u64,
}

/// The table, the columns and the parameters of its key, the lead and the columns of times.
macro_rules! timed_table {
    ($table:literal, $key:literal = $parameters:literal, $lead:expr, $first:literal $(, $time:literal)*) => {
        TimedTable {
            find: concat!(
                "SELECT ", $key, " FROM ", $table, " WHERE ", $first, " > ?1" $(, " OR ", $time, " > ?1")*, " LIMIT 100"
            ),
            correct: concat!(
                "UPDATE ", $table, " SET ",
                $first, " = CASE WHEN ", $first, " > ?2 THEN ?1 ELSE ", $first, " END"
                $(, ", ", $time, " = CASE WHEN ", $time, " > ?2 THEN ?1 ELSE ", $time, " END")*,
                " WHERE (", $key, ") = (", $parameters, ")"
            ),
            lead: $lead,
        }
    };
}

static TIMED_TABLES: [TimedTable; 12] = [
    timed_table!("accounts", "id" = "?3", 0, "created_at", "disabled_at", "confirmed_at"),
    timed_table!("devices", "account_id, token_hash" = "?3, ?4", 0, "last_seen_at"),
    timed_table!("security_events", "account_id, seq" = "?3, ?4", 0, "at"),
    // A password reset token is valid for a day at most.
    timed_table!("password_reset_tokens", "account_id" = "?3", 86_400, "expires_at"),
    // A one-use code is valid for a minute.
    timed_table!("connect_codes", "code_hash" = "?3", 60, "expires_at"),
    // A link in a message is valid for seven days at most.
    timed_table!("one_time_links", "token_hash" = "?3", 604_800, "expires_at"),
    timed_table!("passkeys", "id" = "?3", 0, "created_at", "last_used_at"),
    timed_table!("identities", "id" = "?3", 0, "created_at"),
    // A challenge is valid for 15 minutes, the others for less.
    timed_table!("used_tokens", "hash" = "?3", 900, "expires_at"),
    timed_table!("subscriptions", "id" = "?3", 0, "confirmed_at"),
    timed_table!("mails", "id" = "?3", 0, "created_at"),
    // The longest pause between two attempts is four hours.
    timed_table!("mails", "id" = "?3", 14_400, "due_at"),
];

/// Rows with times that are ahead of the clock.
pub(crate) struct FutureRows {
    /// The keys of rows.
    keys: Vec<(&'static TimedTable, Vec<Value<'static>>)>,
    /// The ids of sessions.
    sessions: Vec<String>,
}

impl FutureRows {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.sessions.is_empty()
    }
}

impl Tx<'_> {
    /// The time that the retention job last believed, if it ever ran.
    pub(crate) fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        self.find("SELECT last_seen_at FROM clock", &values![], |row| Ok(Timestamp(row.get(0)?)))
    }

    /// Stores the time that the retention job believes.
    pub(crate) fn set_clock(&self, last_seen_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO clock (id, last_seen_at) VALUES (1, ?1)
             ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            &values![last_seen_at.0],
        )
        .map(drop)
    }

    /// The time of the latest security event of any account.
    pub(crate) fn newest_security_event(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.find("SELECT MAX(at) FROM security_events", &values![], |row| row.get::<Option<i64>>(0))?;
        Ok(newest.flatten().map(Timestamp))
    }

    /// Finds some of the rows whose times are ahead of `latest`, each table's up to 100.
    pub(crate) fn future_rows(&self, latest: Timestamp) -> Result<FutureRows, StoreError> {
        let mut keys = Vec::new();
        for table in &TIMED_TABLES {
            let found = self.list(table.find, &values![ahead_of(latest, table.lead)], read_values)?;
            keys.extend(found.into_iter().map(|key| (table, key)));
        }
        let sessions = self.list(
            "SELECT id FROM sessions WHERE created_at > ?1 OR token_issued_at > ?1 OR last_used_at > ?1 LIMIT 100",
            &values![ahead_of(latest, 0)],
            |row| row.get(0),
        )?;
        Ok(FutureRows { keys, sessions })
    }

    /// Sets the times of these rows that are ahead of `latest` to `latest`. Such a session then
    /// ends as if it had begun at `latest`.
    pub(crate) fn correct_future_rows(
        &self,
        rows: &FutureRows,
        latest: Timestamp,
        remembered_for: Duration,
    ) -> Result<(), StoreError> {
        for (table, key) in &rows.keys {
            let times = values![latest.0, ahead_of(latest, table.lead)];
            self.execute(table.correct, &[&times, key.as_slice()].concat())?;
        }
        for id in &rows.sessions {
            let found = self.find(
                "SELECT id, device, device_id, created_at, token_issued_at, last_used_at, remember_hash, device_key, bound_at, account_id
                 FROM sessions WHERE id = ?1 AND (created_at > ?2 OR token_issued_at > ?2 OR last_used_at > ?2)",
                &values![id, ahead_of(latest, 0)],
                |row| read_session(row, 0, row.get(9)?),
            )?;
            let Some(mut session) = found else { continue };
            // A session that was used must not look unused.
            session.created_at = session.created_at.min(latest.minus_seconds(1));
            session.token_issued_at = session.token_issued_at.min(latest);
            session.last_used_at = session.last_used_at.min(latest);
            self.execute(
                "UPDATE sessions SET created_at = ?2, token_issued_at = ?3, last_used_at = ?4, expires_at = ?5 WHERE id = ?1",
                &values![
                    &session.id,
                    session.created_at.0,
                    session.token_issued_at.0,
                    session.last_used_at.0,
                    session.expires_at(remembered_for).0
                ],
            )?;
        }
        Ok(())
    }

    /// Finds some of the batches of a chain after the id `after` that are not marked, up to 100, by
    /// their first ids.
    pub(crate) fn unmarked_batches(&self, chain: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.list(
            "SELECT first_id FROM ledger_batches WHERE chain = ?1 AND first_id > ?2 AND written_before IS NULL
             ORDER BY first_id LIMIT 100",
            &values![chain, after],
            |row| row.get(0),
        )
    }

    /// Marks a batch as written before `latest`, unless it is marked.
    pub(crate) fn mark_batch_written_before(
        &self,
        chain: &str,
        first_id: &str,
        latest: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE ledger_batches SET written_before = ?3 WHERE chain = ?1 AND first_id = ?2 AND written_before IS NULL",
            &values![chain, first_id, latest.0],
        )
        .map(drop)
    }
}

/// The latest acceptable time of a column that may lie `lead` seconds ahead of the clock.
fn ahead_of(latest: Timestamp, lead: u64) -> i64 {
    latest.plus_seconds(LEEWAY.as_secs()).plus_seconds(lead).0
}
