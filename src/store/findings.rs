//! Counts of what pages of partner services found and the policy does not say.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::{
    analytics::week::parse_day,
    cookies::inventory::finding::{CountedFinding, MAX_NAMES_PER_DAY},
};

/// How often something was found since a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingSum {
    /// The id of the service.
    pub service: String,
    /// The kind of storage; empty, as `name`, for findings that were dropped.
    pub kind: String,
    pub name: String,
    pub finding: String,
    /// The number of days on which it was found.
    pub days: u64,
    pub count: u64,
    pub last_day: time::Date,
}

impl Tx<'_> {
    /// Adds to a count. Returns `false` if the service has as many names of that day as are stored.
    ///
    /// Two servers may add a last name each at the same time.
    pub(super) fn add_finding(&self, found: &CountedFinding, count: i64) -> Result<bool, StoreError> {
        let rows = self.execute(
            "INSERT INTO findings (day, service, kind, name, finding, count)
             SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?4 AS TEXT), CAST(?5 AS TEXT),
                    CAST(?6 AS BIGINT)
             WHERE EXISTS (SELECT 1 FROM findings WHERE day = ?1 AND service = ?2 AND kind = ?3 AND name = ?4)
                OR ?7 > (SELECT COUNT(*) FROM
                         (SELECT DISTINCT kind, name FROM findings WHERE day = ?1 AND service = ?2 AND kind <> '') AS names)
             ON CONFLICT (day, service, kind, name, finding) DO UPDATE SET count = findings.count + excluded.count",
            &values![
                found.day.to_string(),
                &found.service,
                found.finding.kind.into_str(),
                &found.finding.name,
                found.finding.finding.into_str(),
                count,
                MAX_NAMES_PER_DAY
            ],
        )?;
        Ok(rows > 0)
    }

    /// Adds to the number of dropped findings.
    pub(super) fn add_dropped_findings(&self, day: time::Date, service: &str, count: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO findings (day, service, kind, name, finding, count) VALUES (?1, ?2, '', '', 'dropped', ?3)
             ON CONFLICT (day, service, kind, name, finding) DO UPDATE SET count = findings.count + excluded.count",
            &values![day.to_string(), service, count],
        )?;
        Ok(())
    }

    /// The findings since a day, by service, the most frequent of each first.
    pub(crate) fn findings_since(&self, day: time::Date) -> Result<Vec<FindingSum>, StoreError> {
        self.list(
            "SELECT service, kind, name, finding, COUNT(*), CAST(SUM(count) AS BIGINT), MAX(day) FROM findings
             WHERE day >= ?1 GROUP BY service, kind, name, finding
             ORDER BY service, SUM(count) DESC, kind, name, finding",
            &values![day.to_string()],
            |row| {
                Ok(FindingSum {
                    service: row.get(0)?,
                    kind: row.get(1)?,
                    name: row.get(2)?,
                    finding: row.get(3)?,
                    days: row.get::<i64>(4)?.try_into().unwrap_or(0),
                    count: row.get::<i64>(5)?.try_into().unwrap_or(0),
                    last_day: parse_day(&row.get::<String>(6)?).unwrap_or(time::Date::MIN),
                })
            },
        )
    }

    /// Deletes some of the findings of the days before `day`. Returns the number of deleted rows.
    pub(crate) fn delete_old_findings(&self, day: time::Date) -> Result<usize, StoreError> {
        self.execute(
            delete_some!("findings", "day, service, kind, name, finding", "day < ?1"),
            &values![day.to_string()],
        )
    }
}
