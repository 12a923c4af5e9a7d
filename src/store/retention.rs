//! The clock of the retention job, and the correction of times that a wrong clock wrote.

use std::time::Duration;

use super::{StoreError, Tx, sessions::read_session, values::values};
use crate::domain::{Timestamp, retention::LEEWAY};

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

    /// Sets times of accounts that are ahead of `latest` to `latest`. Such a session then ends as
    /// if it had begun at `latest`.
    pub(crate) fn correct_future_account_times(
        &self,
        latest: Timestamp,
        remembered_for: Duration,
    ) -> Result<(), StoreError> {
        let ahead = latest.plus_seconds(LEEWAY.as_secs()).0;
        for sql in [
            "UPDATE accounts SET created_at = ?1 WHERE created_at > ?2",
            "UPDATE accounts SET disabled_at = ?1 WHERE disabled_at > ?2",
            "UPDATE accounts SET confirmed_at = ?1 WHERE confirmed_at > ?2",
            "UPDATE devices SET last_seen_at = ?1 WHERE last_seen_at > ?2",
            "UPDATE security_events SET at = ?1 WHERE at > ?2",
            // A password reset token is valid for a day at most.
            "UPDATE password_reset_tokens SET expires_at = ?1 WHERE expires_at > ?2 + 86400",
            // A one-use code is valid for a minute.
            "UPDATE connect_codes SET expires_at = ?1 WHERE expires_at > ?2 + 60",
            // A link in a message is valid for seven days at most.
            "UPDATE one_time_links SET expires_at = ?1 WHERE expires_at > ?2 + 604800",
            "UPDATE passkeys SET created_at = ?1 WHERE created_at > ?2",
            "UPDATE passkeys SET last_used_at = ?1 WHERE last_used_at > ?2",
            "UPDATE identities SET created_at = ?1 WHERE created_at > ?2",
            // A challenge is valid for 15 minutes, the others for less.
            "UPDATE used_tokens SET expires_at = ?1 WHERE expires_at > ?2 + 900",
            "UPDATE subscriptions SET confirmed_at = ?1 WHERE confirmed_at > ?2",
            "UPDATE mails SET created_at = ?1 WHERE created_at > ?2",
            // The longest pause between two attempts is four hours.
            "UPDATE mails SET due_at = ?1 WHERE due_at > ?2 + 14400",
        ] {
            self.execute(sql, &values![latest.0, ahead])?;
        }
        let sessions = self.list(
            "SELECT id, device, device_id, created_at, token_issued_at, last_used_at, remember_hash, device_key, bound_at, account_id
             FROM sessions
             WHERE created_at > ?1 OR token_issued_at > ?1 OR last_used_at > ?1",
            &values![ahead],
            |row| read_session(row, 0, row.get(9)?),
        )?;
        for mut session in sessions {
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

    /// Marks the batches of a chain after the id `after` as written before `latest`.
    pub(crate) fn mark_batches_written_before(
        &self,
        chain: &str,
        after: &str,
        latest: Timestamp,
    ) -> Result<usize, StoreError> {
        self.execute(
            "UPDATE ledger_batches SET written_before = ?3 WHERE chain = ?1 AND first_id > ?2 AND written_before IS NULL",
            &values![chain, after, latest.0],
        )
    }
}
