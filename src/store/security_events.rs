//! The audit log of each account.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::{
    Timestamp,
    account::security_event::{MAX_STORED, NEWEST, RETENTION_SECONDS, SecurityEvent, SecurityEventKind},
};

/// The earliest time that is retained at `now`.
fn oldest(now: Timestamp) -> i64 {
    now.minus_seconds(RETENTION_SECONDS).0
}

impl Tx<'_> {
    /// Records an event. Wrong passwords of one day share a row. When the log is full, the oldest
    /// routine event goes first, and then the oldest wrong password, so that neither sign-ins nor
    /// guesses displace an event that the user should see.
    pub(crate) fn record_security_event(&self, account: &str, activity: &SecurityEvent) -> Result<(), StoreError> {
        let SecurityEvent { event, at, device, ref device_id, count: _ } = *activity;
        let device_id = device_id.as_deref();
        let device = device.map(|device| device.into_str());
        if event == SecurityEventKind::Failed {
            let day = at.start_of_day().0;
            let counted = self.execute(
                "UPDATE security_events SET count = count + 1, at = ?3, device = ?4, device_id = ?6
                 WHERE account_id = ?1 AND event = ?2 AND at >= ?5",
                &values![account, event.into_str(), at.0, device, day, device_id],
            )?;
            if counted > 0 {
                return Ok(());
            }
        }
        self.execute(
            "INSERT INTO security_events (account_id, seq, event, at, device, device_id, count)
             SELECT CAST(?1 AS TEXT), COALESCE(MAX(seq), 0) + 1, CAST(?2 AS TEXT), CAST(?3 AS BIGINT), CAST(?4 AS TEXT),
                    CAST(?5 AS TEXT), 1
             FROM security_events WHERE account_id = ?1",
            &values![account, event.into_str(), at.0, device, device_id],
        )?;
        let [first, second, third, fourth, fifth, sixth, last] =
            SecurityEventKind::ROUTINE.map(|event| event.into_str());
        self.execute(
            "DELETE FROM security_events
             WHERE account_id = ?1 AND (SELECT COUNT(*) FROM security_events WHERE account_id = ?1) > ?2
             AND seq = (
                 SELECT seq FROM security_events
                 WHERE account_id = ?1
                 AND seq <= (SELECT MAX(seq) FROM security_events WHERE account_id = ?1) - ?3
                 ORDER BY CASE WHEN event IN (?4, ?5, ?6, ?7, ?8, ?9, ?10) THEN 0 WHEN event = ?11 THEN 1 ELSE 2 END, seq
                 LIMIT 1
             )",
            &values![
                account,
                i64::from(MAX_STORED),
                i64::from(NEWEST),
                first,
                second,
                third,
                fourth,
                fifth,
                sixth,
                last,
                SecurityEventKind::Failed.into_str(),
            ],
        )
        .map(drop)
    }

    /// Deletes some of the events of all accounts that are older than the retention time. Returns
    /// their number.
    pub(crate) fn delete_old_security_events(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("security_events", "account_id, seq", "at < ?1"), &values![oldest(now)])
    }

    /// The retained events of an account, newest first.
    pub(crate) fn security_events_of(&self, account: &str, now: Timestamp) -> Result<Vec<SecurityEvent>, StoreError> {
        let rows = self.list(
            "SELECT event, at, device, device_id, count FROM security_events WHERE account_id = ?1 AND at >= ?2
             ORDER BY at DESC, seq DESC",
            &values![account, oldest(now)],
            |row| {
                Ok((
                    row.get::<String>(0)?,
                    Timestamp(row.get(1)?),
                    row.get::<Option<String>>(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            },
        )?;
        let activity = |(event, at, device, device_id, count): (String, _, Option<String>, _, _)| {
            let event = event.parse().map_err(|_| StoreError::Unknown(event))?;
            Ok(SecurityEvent { event, at, device: device.and_then(|device| device.parse().ok()), device_id, count })
        };
        rows.into_iter().map(activity).collect()
    }
}
