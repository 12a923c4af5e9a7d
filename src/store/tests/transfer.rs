//! Copying everything from one database to another.

use tempfile::TempDir;

use super::{
    super::{
        Database, Store, TransferError,
        engine::Engine,
        transfer::{behind, first, shapes, transfer},
        values::Value,
    },
    Kept, NOON, account, cluster, postgres, session, sqlite,
};
use crate::{
    domain::account::security_event::{SecurityEvent, SecurityEventKind},
    store::{
        LedgerBatch, LedgerHead, StampedHead, Tx,
        engine::{postgres::Postgres, sqlite::Sqlite},
    },
};

/// Something of everything, more of some than is carried at once, and values at every edge.
async fn fill(store: &Store) {
    let work = |tables: &Tx<'_>| {
        for number in 0..120 {
            let id = format!("{number}");
            let mut account = account(&id);
            account.password = ["", "Größe 🍪", "\u{7f}'\"\\?1$1", "x"][number % 4].into();
            account.disabled_at = (number % 3 == 0).then_some(crate::domain::Timestamp(i64::MIN + 1));
            tables.add_account(&account)?;
            tables.add_session(&session(&id, &id))?;
            tables.note_device(&id, "device", NOON)?;
            tables.note_activity(
                &id,
                &SecurityEvent { event: SecurityEventKind::SignedUp, at: NOON, device: None, times: 1 },
            )?;
            tables.put_reset_token(&id, &id, crate::domain::Timestamp(i64::MAX))?;
            tables.link_record(&id, "record")?;
            tables.execute(
                "INSERT INTO views (day, page, device, visit, views) VALUES (?1, '/', 'phone', 'first', ?2)",
                &[Value::from(id.as_str()), Value::from(i64::MAX)],
            )?;
            tables.add_stamped_head(&StampedHead {
                chain: "c1".into(),
                day: id.clone(),
                checkpoint: "harmony-ledger/c1\n1\n\u{2014}".into(),
                reply: vec![0, b'\\', 0xFF, u8::try_from(number).unwrap()],
            })?;
            let records = "line\n".repeat(number * 100);
            tables.add_page(&LedgerBatch {
                chain: format!("c{}", number % 2),
                first_id: id.clone(),
                last_id: id,
                records,
                written_by: None,
            })?;
        }
        tables.keep_shown("hash", "text")?;
        tables.put_seen_at(NOON)?;
        tables.put_timestamp_asked_at("c1", NOON)?;
        let empty = String::new;
        tables.put_head(&LedgerHead {
            chain: "c1".into(),
            key: empty(),
            records: 60,
            last_id: empty(),
            last_hash: empty(),
            pruned: 0,
            pruned_hash: empty(),
            signature: empty(),
        })
    };
    store.write(work).await.unwrap();
}

/// Every row of every table.
fn content(database: &Database) -> Vec<(String, Vec<Vec<Value<'static>>>)> {
    let engine: Box<dyn Engine> = match database {
        Database::File(file) => Box::new(Sqlite::open_read_only(file).unwrap()),
        Database::Server(address) => {
            Box::new(Postgres::open_read_only(address, std::time::Duration::from_mins(1)).unwrap())
        }
    };
    let connection = engine.connection().unwrap();
    let rows = |shape: &super::super::transfer::TableSchema| {
        let mut all = first(connection, shape).unwrap();
        while let Some(last) = all.last() {
            let more = behind(connection, shape, last).unwrap();
            if more.is_empty() {
                break;
            }
            all.extend(more);
        }
        all
    };
    shapes().unwrap().iter().map(|shape| (shape.table.clone(), rows(shape))).collect()
}

/// The database of a server that has stopped, and the folder that it lies in.
fn stop(kept: Kept) -> (Database, Option<TempDir>) {
    let Kept { store, database, _folder: folder } = kept;
    drop(store);
    (database, folder)
}

fn empty_file(database: &Database) -> Database {
    let Database::File(file) = database else { panic!("a file") };
    Database::File(file.with_file_name("copy.sqlite"))
}

fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

#[tokio::test]
async fn everything_is_copied_row_for_row_and_back() {
    let kept = sqlite(None);
    fill(&kept.store).await;
    let kept = stop(kept);
    let before = on_a_thread(|| content(&kept.0));
    assert!(before.iter().all(|(table, rows)| !rows.is_empty() || panic!("{table} is not tried")));
    assert_eq!(before.len(), 13);
    let server = cluster::shared().database();
    let copied = on_a_thread(|| transfer(&kept.0, &server)).unwrap();
    let sizes = |content: &[(String, Vec<_>)]| {
        content.iter().map(|(table, rows)| (table.clone(), i64::try_from(rows.len()).unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(copied.into_iter().map(|copied| (copied.table, copied.rows)).collect::<Vec<_>>(), sizes(&before));
    assert_eq!(on_a_thread(|| content(&server)), before);
    let store = Store::of(&server).unwrap();
    assert!(store.read(|tables| tables.session_by_token("token of 7")).await.unwrap().is_some());

    let file = empty_file(&kept.0);
    on_a_thread(|| transfer(&server, &file)).unwrap();
    assert_eq!(on_a_thread(|| content(&file)), before);
}

#[tokio::test]
async fn nothing_is_copied_from_a_file_while_a_server_has_it_open() {
    let kept = sqlite(None);
    fill(&kept.store).await;
    let to = empty_file(&kept.database);
    let refused = on_a_thread(|| transfer(&kept.database, &to)).unwrap_err();
    assert!(matches!(&refused, TransferError::InUse(from) if *from == kept.database), "{refused}");
    let Database::File(file) = &to else { panic!("a file") };
    assert!(!file.exists());
    kept.store.write(|tables| tables.keep_shown("another", "text")).await.unwrap();
    let kept = stop(kept);
    on_a_thread(|| transfer(&kept.0, &to)).unwrap();
    assert_eq!(on_a_thread(|| content(&to)), on_a_thread(|| content(&kept.0)));
}

#[tokio::test]
async fn nothing_is_copied_over_what_is_there() {
    for kept in [sqlite, postgres] {
        let (from, to) = (sqlite(None), kept(None));
        fill(&from.store).await;
        let from = stop(from);
        to.store.write(|tables| tables.keep_shown("hash", "there before")).await.unwrap();
        let refused = on_a_thread(|| transfer(&from.0, &to.database)).unwrap_err();
        assert!(matches!(&refused, TransferError::NotEmpty { table, .. } if table == "shown"), "{refused}");
        let (accounts, shown) = to.store.read(|tables| Ok((tables.accounts(NOON)?, tables.shown()?))).await.unwrap();
        assert_eq!((accounts.len(), shown), (0, vec![("hash".into(), "there before".into())]));
    }
}

#[test]
fn a_database_that_is_not_there_or_is_no_harmony_s_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Database::File(folder.path().join("nowhere.sqlite"));
    let to = cluster::shared().database();
    assert!(matches!(transfer(&nowhere, &to), Err(TransferError::Store { .. })));
    let blank = cluster::shared().database();
    let refused = transfer(&blank, &nowhere).unwrap_err().to_string();
    assert!(refused.contains("older Harmony or by none"), "{refused}");
    assert!(matches!(transfer(&to, &to), Err(TransferError::Same(_))));
}
