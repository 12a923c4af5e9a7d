//! Deletes, swaps and truncates at every row of a ledger, and alters every byte of a record:
//! verification detects each.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{BEGIN, LedgerFixture, draft, found, key, trusting};
use crate::{
    ledger::{
        checkpoint::Checkpoint,
        verify::{Division, Tampered, verify, verify_in_parts},
    },
    store::{Tx, compress, decompress},
};

/// The number of rows of the ledger.
const ROWS: usize = 200;

/// The number of alterations, each of another byte; more than a record is long.
const ALTERATIONS: usize = 1_000;

/// An attack on a row; the number says which, and which byte is altered.
type Tamper = fn(&Connection, &[String], usize) -> rusqlite::Result<()>;

/// Rewrites the records of a batch.
pub(super) fn rewrite(rows: &Connection, page: &str, how: impl FnOnce(String) -> String) -> rusqlite::Result<()> {
    let records: Vec<u8> =
        rows.query_row("SELECT records FROM ledger_batches WHERE first_id = ?1", [page], |found| found.get(0))?;
    let rewritten = compress(&how(decompress(&records).unwrap()));
    rows.execute("UPDATE ledger_batches SET records = ?2 WHERE first_id = ?1", params![page, rewritten]).map(drop)
}

fn alter(rows: &Connection, ids: &[String], number: usize) -> rusqlite::Result<()> {
    rewrite(rows, &ids[number % ids.len()], |records| {
        // The step is coprime to the length of a record, so that it reaches every byte.
        assert!(records.len() <= ALTERATIONS * records.lines().count(), "{}", records.len());
        let at = number * 37 % records.len();
        let mut altered = records.into_bytes();
        altered[at] = if altered[at] == b'1' { b'2' } else { b'1' };
        String::from_utf8(altered).unwrap()
    })
}

fn remove(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rows.execute("DELETE FROM ledger_batches WHERE first_id = ?1", [&ids[row]]).map(drop)
}

/// Swaps the records of this row and the next.
fn swap(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    let (one, other) = (&ids[row], &ids[(row + 1) % ids.len()]);
    rows.execute("UPDATE ledger_batches SET first_id = 'x', last_id = 'x' WHERE first_id = ?1", [one])?;
    rows.execute("UPDATE ledger_batches SET first_id = ?1, last_id = ?1 WHERE first_id = ?2", [one, other])?;
    rows.execute("UPDATE ledger_batches SET first_id = ?1, last_id = ?1 WHERE first_id = 'x'", [other]).map(drop)
}

fn cut(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rows.execute("DELETE FROM ledger_batches WHERE first_id >= ?1", [&ids[row]]).map(drop)
}

fn first_ids(rows: &Connection) -> Vec<String> {
    let mut ids = rows.prepare("SELECT first_id FROM ledger_batches ORDER BY first_id").unwrap();
    ids.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Attacks copies of a file that often. Returns the number of detected attacks.
fn found_after(file: &Path, copy: &Path, (tamper, times): (Tamper, usize)) -> usize {
    std::fs::copy(file, copy).unwrap();
    let mut rows = Connection::open(copy).unwrap();
    let ids = first_ids(&rows);
    assert_eq!(ids.len(), ROWS);
    let is_sound = |rows: &Connection| verify(&Tx::from_sqlite(rows), &trusting(&[]), None).unwrap().is_ok();
    assert!(is_sound(&rows));
    let mut found = 0;
    for number in 0..times {
        let undone = rows.transaction().unwrap();
        tamper(&undone, &ids, number).unwrap();
        found += usize::from(!is_sound(&undone));
    }
    found
}

#[tokio::test]
async fn tampering_with_any_row_or_byte_is_found() {
    let fixture = LedgerFixture::new().await;
    for row in 0..ROWS {
        // One after the other, so that each gets its own commit and row.
        fixture.store.append(draft(BEGIN + i64::try_from(row).unwrap())).await.unwrap();
    }
    fixture.store.checkpoint_wal().await.unwrap();
    let ways: [(&str, Tamper, usize); 4] =
        [("altered", alter, ALTERATIONS), ("removed", remove, ROWS), ("swapped", swap, ROWS), ("cut off", cut, ROWS)];
    for (way, tamper, times) in ways {
        let copy = fixture.folder.path().join(way);
        assert_eq!(found_after(&fixture.file(), &copy, (tamper, times)), times, "{way}");
    }
    assert!(found(&fixture.file()).await.unwrap().is_ok());
}

#[tokio::test]
async fn whatever_else_is_altered_is_found() {
    let fixture = LedgerFixture::new().await;
    for at in 0..3 {
        fixture.store.append(draft(BEGIN + at)).await.unwrap();
    }
    fixture.store.checkpoint_wal().await.unwrap();
    let mut rows = Connection::open(fixture.file()).unwrap();
    for change in [
        "UPDATE ledger_heads SET chain = 'x'",
        "UPDATE ledger_heads SET key = REPLACE(key, 'a', 'b')",
        "UPDATE ledger_heads SET records = records + 1",
        "UPDATE ledger_heads SET records = records - 1",
        "UPDATE ledger_heads SET last_id = ''",
        "UPDATE ledger_heads SET last_hash = CASE WHEN last_hash LIKE '0%' THEN '1' ELSE '0' END || SUBSTR(last_hash, 2)",
        "UPDATE ledger_heads SET pruned = 1",
        "UPDATE ledger_heads SET pruned_hash = REPLACE(pruned_hash, '0', '1')",
        "UPDATE ledger_heads SET signature = CASE WHEN signature LIKE '0%' THEN '1' ELSE '0' END || SUBSTR(signature, 2)",
        "UPDATE ledger_heads SET signature = ''",
        "DELETE FROM ledger_heads",
        "UPDATE ledger_batches SET chain = 'x'",
        "UPDATE ledger_batches SET last_id = 'x' WHERE first_id = (SELECT MIN(first_id) FROM ledger_batches)",
        "UPDATE ledger_batches SET records = CAST(records || x'00' AS BLOB)",
        "UPDATE ledger_batches SET records = x''",
        "UPDATE ledger_batches SET records = x'ffffffff'",
        "INSERT INTO ledger_batches (chain, first_id, last_id, records) SELECT chain, 'zzz', 'zzz', records FROM ledger_batches LIMIT 1",
        "UPDATE prompt_snapshots SET text = text || ' '",
        "UPDATE prompt_snapshots SET hash = 'x'",
        "DELETE FROM prompt_snapshots",
    ] {
        let undone = rows.transaction().unwrap();
        assert!(undone.execute(change, []).unwrap() > 0, "{change}");
        assert!(verify(&Tx::from_sqlite(&undone), &trusting(&[]), None).unwrap().is_err(), "{change}");
        drop(undone);
        assert!(verify(&Tx::from_sqlite(&rows), &trusting(&[]), None).unwrap().is_ok());
    }
    let first: String = rows.query_row("SELECT MIN(first_id) FROM ledger_batches", [], |found| found.get(0)).unwrap();
    for how in [|records: String| format!("{records}\n{records}"), |records| records + "\n", |_| String::new()] {
        let undone = rows.transaction().unwrap();
        rewrite(&undone, &first, how).unwrap();
        assert!(verify(&Tx::from_sqlite(&undone), &trusting(&[]), None).unwrap().is_err());
    }
}

/// The batches of the test below.
const BATCHES: usize = 12;

/// Attacks on the batch of that index, beside those above.
fn cut_line(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rewrite(rows, &ids[row], |records| records.rsplit_once('\n').map(|(rest, _)| rest.to_owned()).unwrap_or_default())
}

fn name_wrongly(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rows.execute("UPDATE ledger_batches SET last_id = 'x' WHERE first_id = ?1", [&ids[row]]).map(drop)
}

fn respell(rows: &Connection, ids: &[String], row: usize) -> rusqlite::Result<()> {
    rewrite(rows, &ids[row], |records| records.replacen("banner", "preferences", 1))
}

#[tokio::test]
async fn the_first_altered_record_is_named_however_the_chain_is_divided() {
    let fixture = LedgerFixture::new().await;
    for batch in 0..BATCHES {
        let count = i64::try_from(batch % 3 + 1).unwrap();
        let at = BEGIN + i64::try_from(batch).unwrap();
        fixture.store.write(move |tx| (0..count).try_for_each(|_| tx.append(draft(at)).map(drop))).await.unwrap();
    }
    let head = fixture.store.read(|tx| Ok(tx.heads()?.remove(0))).await.unwrap();
    fixture.store.checkpoint_wal().await.unwrap();
    let mut rows = Connection::open(fixture.file()).unwrap();
    let ids = first_ids(&rows);
    assert_eq!(ids.len(), BATCHES);
    let divided = |rows: &Connection, parts, batches, against: Option<&Checkpoint>| {
        verify_in_parts(&Tx::from_sqlite(rows), &trusting(&[]), against, Division { parts, batches }).unwrap()
    };
    let divisions = [(2, 99), (3, 99), (5, 7), (99, 99), (2, 2), (1, 1)];
    let mut named = Vec::<Tampered>::new();
    for tamper in [alter, remove, swap, cut, cut_line, name_wrongly, respell] {
        for row in 0..BATCHES {
            let undone = rows.transaction().unwrap();
            tamper(&undone, &ids, row).unwrap();
            let whole = divided(&undone, 1, 99, None).unwrap_err();
            for (parts, batches) in divisions {
                assert_eq!(divided(&undone, parts, batches, None), Err(whole.clone()), "{parts} {batches} {row}");
            }
            named.push(whole);
        }
    }
    assert!(named.iter().filter(|tampered| tampered.number.is_some()).count() > 6 * BATCHES, "{named:?}");
    // A checkpoint at each number, on both sides of each boundary.
    for records in 1..=head.records {
        let hash = "0".repeat(64);
        let other = Checkpoint { chain: key(1).chain().into(), records, hash };
        for (parts, batches) in divisions {
            let tampered = divided(&rows, parts, batches, Some(&other)).unwrap_err();
            assert_eq!(tampered.number, Some(records), "{parts} {batches}");
            assert!(divided(&rows, parts, batches, None).is_ok());
        }
    }
}
