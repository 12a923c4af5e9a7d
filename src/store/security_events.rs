//! What happened to the security of accounts.

use super::{StoreError, Tx, values::values};
use crate::domain::{
    Timestamp,
    account::security_event::{MAX_STORED, NEWEST, RETENTION_SECONDS, SecurityEvent, SecurityEventKind},
};

/// The earliest moment that is kept at `now`.
fn oldest(now: Timestamp) -> i64 {
    now.minus_seconds(RETENTION_SECONDS).0
}

impl Tx<'_> {
    /// Notes what happened. Wrong passwords are counted by the day, and the oldest of what is routine makes room first: neither
    /// guessing nor signing in and out pushes out what a member should see.
    pub(crate) fn note_activity(&self, account: &str, activity: &SecurityEvent) -> Result<(), StoreError> {
        let SecurityEvent { event, at, device, times: _ } = *activity;
        let device = device.map(|device| device.into_str());
        if event == SecurityEventKind::Failed {
            let day = at.0.div_euclid(86_400) * 86_400;
            let counted = self.execute(
                "UPDATE activity SET times = times + 1, at = ?3, device = ?4
                 WHERE account_id = ?1 AND event = ?2 AND at >= ?5",
                &values![account, event.into_str(), at.0, device, day],
            )?;
            if counted > 0 {
                return Ok(());
            }
        }
        self.execute(
            "INSERT INTO activity (account_id, number, event, at, device, times)
             SELECT CAST(?1 AS TEXT), COALESCE(MAX(number), 0) + 1, CAST(?2 AS TEXT), CAST(?3 AS BIGINT), CAST(?4 AS TEXT), 1
             FROM activity WHERE account_id = ?1",
            &values![account, event.into_str(), at.0, device],
        )?;
        let [first, second, third, fourth] = SecurityEventKind::ROUTINE.map(|event| event.into_str());
        self.execute(
            "DELETE FROM activity
             WHERE account_id = ?1 AND (SELECT COUNT(*) FROM activity WHERE account_id = ?1) > ?2
             AND number = (
                 SELECT number FROM activity
                 WHERE account_id = ?1
                 AND number <= (SELECT MAX(number) FROM activity WHERE account_id = ?1) - ?3
                 ORDER BY CASE WHEN event IN (?4, ?5, ?6, ?7) THEN 0 ELSE 1 END, number LIMIT 1
             )",
            &values![account, i64::from(MAX_STORED), i64::from(NEWEST), first, second, third, fourth],
        )
        .map(drop)
    }

    /// Forgets the activity of everybody that is older than it is kept.
    pub(crate) fn forget_old_activity(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute("DELETE FROM activity WHERE at < ?1", &values![oldest(now)])
    }

    /// What happened to an account in the time that activity is kept for, newest first.
    pub(crate) fn activity_of(&self, account: &str, now: Timestamp) -> Result<Vec<SecurityEvent>, StoreError> {
        let rows = self.list(
            "SELECT event, at, device, times FROM activity WHERE account_id = ?1 AND at >= ?2
             ORDER BY at DESC, number DESC",
            &values![account, oldest(now)],
            |row| {
                Ok((row.get::<String>(0)?, Timestamp(row.get(1)?), row.get::<Option<String>>(2)?, row.get::<u32>(3)?))
            },
        )?;
        let activity = |(event, at, device, times): (String, _, Option<String>, _)| {
            let event = event.parse().map_err(|_| StoreError::Unknown(event))?;
            Ok(SecurityEvent { event, at, device: device.and_then(|device| device.parse().ok()), times })
        };
        rows.into_iter().map(activity).collect()
    }
}
