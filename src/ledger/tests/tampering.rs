//! Tampering: every row of a ledger is altered, removed, swapped with the next, or cut off with all
//! rows after it. Verification finds each case.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{BEGIN, Kept, draft, found, trusting};
use crate::{
    ledger::verify::verify,
    store::{Tx, pack, unpack},
};

/// Number of rows, each of which is tampered with in four ways.
const ROWS: usize = 1_000;

/// Tampers with one row, given the IDs of all rows.
type Tamper = fn(&Connection, &[String], usize) -> rusqlite::Result<()>;

/// Replaces the records of a batch.
pub(super) fn rewrite(rows: &Connection, page: &str, how: impl FnOnce(String) -> String) -> rusqlite::Result<()> {
    let records: Vec<u8> =
        rows.query_row("SELECT records FROM pages WHERE first_id = ?1", [page], |found| found.get(0))?;
    let rewritten = pack(&how(unpack(&records).unwrap()));
    rows.execute("UPDATE pages SET records = ?2 WHERE first_id = ?1", params![page, rewritten]).map(drop)
}

/// Replaces one character of a record.
fn alter(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rewrite(rows, &ids[row], |records| {
        // The step shares no factor with the length of a record, so that every part of a record is
        // altered once.
        let at = row * 37 % records.len();
        let mut altered = records.into_bytes();
        altered[at] = if altered[at] == b'1' { b'2' } else { b'1' };
        String::from_utf8(altered).unwrap()
    })
}

fn remove(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rows.execute("DELETE FROM pages WHERE first_id = ?1", [&ids[row]]).map(drop)
}

/// Swaps the records of this row and the next.
fn swap(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    let (one, other) = (&ids[row], &ids[(row + 1) % ids.len()]);
    rows.execute("UPDATE pages SET first_id = 'x', last_id = 'x' WHERE first_id = ?1", [one])?;
    rows.execute("UPDATE pages SET first_id = ?1, last_id = ?1 WHERE first_id = ?2", [one, other])?;
    rows.execute("UPDATE pages SET first_id = ?1, last_id = ?1 WHERE first_id = 'x'", [other]).map(drop)
}

fn cut(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rows.execute("DELETE FROM pages WHERE first_id >= ?1", [&ids[row]]).map(drop)
}

/// Returns how many cases of tampering with a copy verification finds.
fn found_after(file: &Path, copy: &Path, tamper: Tamper) -> usize {
    std::fs::copy(file, copy).unwrap();
    let mut rows = Connection::open(copy).unwrap();
    let ids: Vec<String> = rows
        .prepare("SELECT first_id FROM pages ORDER BY first_id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(ids.len(), ROWS);
    let is_sound = |rows: &Connection| verify(&Tx::of_sqlite(rows), &trusting(&[]), None).unwrap().is_ok();
    assert!(is_sound(&rows));
    let mut found = 0;
    for row in 0..ROWS {
        let undone = rows.transaction().unwrap();
        tamper(&undone, &ids, row).unwrap();
        found += usize::from(!is_sound(&undone));
    }
    found
}

#[tokio::test]
async fn four_thousand_of_four_thousand_tamperings_are_found() {
    let kept = Kept::new().await;
    for row in 0..ROWS {
        // Waits for each append, so that each is a commit and a row of its own.
        kept.store.append(draft(BEGIN + i64::try_from(row).unwrap())).await.unwrap();
    }
    kept.store.checkpoint_wal().await.unwrap();
    let ways: [(&str, Tamper); 4] = [("altered", alter), ("removed", remove), ("swapped", swap), ("cut off", cut)];
    std::thread::scope(|scope| {
        let looking = ways.map(|(way, tamper)| {
            let (file, copy) = (kept.file(), kept.folder.path().join(way));
            (way, scope.spawn(move || found_after(&file, &copy, tamper)))
        });
        for (way, found) in looking {
            assert_eq!(found.join().unwrap(), ROWS, "{way}");
        }
    });
    assert!(found(&kept.file()).await.unwrap().is_ok());
}

#[tokio::test]
async fn whatever_else_is_altered_is_found() {
    let kept = Kept::new().await;
    for at in 0..3 {
        kept.store.append(draft(BEGIN + at)).await.unwrap();
    }
    kept.store.checkpoint_wal().await.unwrap();
    let mut rows = Connection::open(kept.file()).unwrap();
    for change in [
        "UPDATE chains SET chain = 'x'",
        "UPDATE chains SET key = REPLACE(key, 'a', 'b')",
        "UPDATE chains SET records = records + 1",
        "UPDATE chains SET records = records - 1",
        "UPDATE chains SET last_id = ''",
        "UPDATE chains SET last_hash = REPLACE(last_hash, '1', '2')",
        "UPDATE chains SET pruned = 1",
        "UPDATE chains SET pruned_hash = REPLACE(pruned_hash, '0', '1')",
        "UPDATE chains SET signature = REPLACE(signature, '1', '2')",
        "UPDATE chains SET signature = ''",
        "DELETE FROM chains",
        "UPDATE pages SET chain = 'x'",
        "UPDATE pages SET last_id = 'x' WHERE first_id = (SELECT MIN(first_id) FROM pages)",
        "UPDATE pages SET records = CAST(records || x'00' AS BLOB)",
        "UPDATE pages SET records = x''",
        "UPDATE pages SET records = x'ffffffff'",
        "INSERT INTO pages (chain, first_id, last_id, records) SELECT chain, 'zzz', 'zzz', records FROM pages LIMIT 1",
        "UPDATE shown SET text = text || ' '",
        "UPDATE shown SET hash = 'x'",
        "DELETE FROM shown",
    ] {
        let undone = rows.transaction().unwrap();
        assert!(undone.execute(change, []).unwrap() > 0, "{change}");
        assert!(verify(&Tx::of_sqlite(&undone), &trusting(&[]), None).unwrap().is_err(), "{change}");
        drop(undone);
        assert!(verify(&Tx::of_sqlite(&rows), &trusting(&[]), None).unwrap().is_ok());
    }
    let first: String = rows.query_row("SELECT MIN(first_id) FROM pages", [], |found| found.get(0)).unwrap();
    for how in [|records: String| format!("{records}\n{records}"), |records| records + "\n", |_| String::new()] {
        let undone = rows.transaction().unwrap();
        rewrite(&undone, &first, how).unwrap();
        assert!(verify(&Tx::of_sqlite(&undone), &trusting(&[]), None).unwrap().is_err());
    }
}
