//! The tables, and the steps that lead to them. A step that has been released is never edited.

use rusqlite::Connection;

use super::StoreError;

/// Each step once, in order. `PRAGMA user_version` holds how many were taken; SQLite writes it with the step itself, so
/// an interrupted step was never taken.
const STEPS: [&str; 1] = ["
    CREATE TABLE views (
        day    TEXT    NOT NULL,
        page   TEXT    NOT NULL,
        device TEXT    NOT NULL,
        visit  TEXT    NOT NULL,
        views  INTEGER NOT NULL CHECK (views > 0),
        PRIMARY KEY (day, page, device, visit)
    ) STRICT;
"];

/// Takes the steps that are still to be taken.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (step, number) in STEPS.iter().zip(1..).skip(usize::try_from(found).unwrap_or(0)) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_newer_harmony_is_refused() -> Result<(), StoreError> {
        let mut connection = Connection::open_in_memory()?;
        bring_up_to_date(&mut connection)?;
        bring_up_to_date(&mut connection)?;
        connection.pragma_update(None, "user_version", 99)?;
        assert!(matches!(bring_up_to_date(&mut connection), Err(StoreError::Newer { found: 99, known: 1 })));
        Ok(())
    }
}
