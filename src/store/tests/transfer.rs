//! Copying a database to another engine.

use tempfile::TempDir;

use super::{
    super::{
        Database, Store, TransferError,
        engine::Engine,
        transfer::{first_rows, rows_after, table_schemas, transfer},
        values::Value,
    },
    NOON, TestStore, account, cluster, postgres, session, sqlite,
};
use crate::{
    domain::{
        account::{
            mail::MailKind,
            security_event::{SecurityEvent, SecurityEventKind},
        },
        policy::version::Version,
    },
    store::{
        CodeHolder, ConnectedChoice, Identity, LedgerBatch, LedgerHead, LinkAction, NewMail, StampedHead, StoreError,
        StoredPasskey, Subscription, Tx,
        engine::{postgres::Postgres, sqlite::Sqlite},
    },
};

/// A passkey of the account with that id, with a name and a use or without both.
fn passkey(id: &str, is_used: bool) -> StoredPasskey {
    StoredPasskey {
        id: id.into(),
        account: id.into(),
        name: is_used.then(|| "Größe 🍪".into()),
        credential: "{}".into(),
        created_at: NOON,
        last_used_at: is_used.then_some(NOON),
    }
}

/// An identity of the account with that id.
fn identity(id: &str) -> Identity {
    let (issuer, subject) = ("https://login.example".into(), format!("Größe 🍪 {id}"));
    Identity { id: id.into(), account: id.into(), issuer, subject, created_at: NOON }
}

/// A passkey and an identity of the account with that id, a used token, and a count of attempts.
fn add_credentials(tx: &Tx<'_>, id: &str, is_used: bool) -> Result<(), StoreError> {
    tx.consume_token(id, NOON)?;
    tx.set_rate_limit(id, NOON)?;
    tx.add_passkey(&passkey(id, is_used))?;
    tx.add_identity(&identity(id)).map(drop)
}

/// A subscriber who was told of a version, which it returns.
fn add_subscriber(tx: &Tx<'_>, number: usize) -> Result<Version, StoreError> {
    let id = number.to_string();
    let (email, locale) = (account(&id).email, "pl".parse().unwrap());
    tx.add_subscription(&Subscription { id, email, locale, confirmed_at: NOON })?;
    let version = Version { major: 2, minor: u16::try_from(number).unwrap() };
    tx.take_subscribers(version, NOON, 1)?;
    Ok(version)
}

/// Rows in every table, more than one query reads in some, with extreme values.
async fn fill(store: &Store) {
    let work = |tx: &Tx<'_>| {
        for number in 0..120 {
            let id = format!("{number}");
            let mut account = account(&id);
            account.password_hash =
                [None, Some(""), Some("Größe 🍪"), Some("\u{7f}'\"\\?1$1")][number % 4].map(str::to_owned);
            account.disabled_at = (number % 3 == 0).then_some(crate::domain::Timestamp(i64::MIN + 1));
            tx.add_account(&account)?;
            tx.add_session(&session(&id, &id))?;
            tx.record_device(&id, "device", "1", NOON)?;
            tx.set_device_name(&id, "1", (number % 2 == 0).then_some("Größe 🍪"))?;
            tx.record_security_event(
                &id,
                &SecurityEvent {
                    event: SecurityEventKind::SignedUp,
                    at: NOON,
                    device: None,
                    device_id: None,
                    count: 1,
                },
            )?;
            tx.set_password_reset_token(&id, &id, crate::domain::Timestamp(i64::MAX))?;
            tx.attach_record(&id, "record")?;
            let holder = CodeHolder { code_hash: id.clone(), service: "shop".into(), challenge: "c".into() };
            let choice = ConnectedChoice { decision: None, signal: None, locale: "pl".parse().unwrap() };
            let mail = NewMail {
                id: id.clone(),
                account: Some(id.clone()),
                recipient: account.email.clone(),
                kind: MailKind::NewBrowser,
                locale: "pl".parse().unwrap(),
                token: Some(id.clone()),
                device: None,
                notice: None,
                created_at: NOON,
            };
            let version = add_subscriber(tx, number)?;
            tx.add_mail(&NewMail { notice: (number % 2 == 0).then(|| (id.clone(), version)), ..mail })?;
            let action = LinkAction::ConfirmEmail { account: id.clone() };
            tx.add_one_time_link(&id, &action, crate::domain::Timestamp(i64::MAX))?;
            add_credentials(tx, &id, number % 2 == 0)?;
            tx.add_connect_code(&holder, &choice, (NOON, crate::domain::Timestamp(i64::MAX)), i64::MAX)?;
            tx.execute(
                "INSERT INTO page_views (day, page, device, country, visit, count)
                 VALUES (?1, '/', 'phone', 'DE', 'first', ?2)",
                &[Value::from(id.as_str()), Value::from(i64::MAX)],
            )?;
            tx.execute(
                "INSERT INTO page_performance (day, page, device, country, metric, bucket, count)
                 VALUES (?1, '/', 'phone', 'DE', 'lcp', 100, ?2)",
                &[Value::from(id.as_str()), Value::from(i64::MAX)],
            )?;
            tx.execute(
                "INSERT INTO choice_counts (chain, day, version, service, purpose, outcome, count)
                 VALUES ('c1', ?1, '1.0', '', 'analytics', 'allowed', ?2)",
                &[Value::from(id.as_str()), Value::from(i64::MAX)],
            )?;
            tx.execute(
                "INSERT INTO page_loads (day, navigation, cache, count) VALUES (?1, 'reload', '', ?2)",
                &[Value::from(id.as_str()), Value::from(i64::MAX)],
            )?;
            tx.execute(
                "INSERT INTO findings (day, service, kind, name, finding, count)
                 VALUES (?1, 'shop', 'cookie', '_gid', 'undeclared', ?2)",
                &[Value::from(id.as_str()), Value::from(i64::MAX)],
            )?;
            tx.add_stamped_head(&StampedHead {
                chain: "c1".into(),
                day: id.clone(),
                checkpoint: "harmony-ledger/c1\n1\n\u{2014}".into(),
                reply: vec![0, b'\\', 0xFF, u8::try_from(number).unwrap()],
            })?;
            let records = "line\n".repeat(number * 100);
            tx.insert_batch(&LedgerBatch {
                chain: format!("c{}", number % 2),
                first_id: id.clone(),
                last_id: id,
                records,
                written_before: None,
            })?;
        }
        tx.store_prompt_snapshot("hash", "text")?;
        tx.set_clock(NOON)?;
        tx.set_timestamp_requested_at("c1", NOON)?;
        let empty = String::new;
        tx.put_head(&LedgerHead {
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

fn content(database: &Database) -> Vec<(String, Vec<Vec<Value<'static>>>)> {
    let engine: Box<dyn Engine> = match database {
        Database::File(file) => Box::new(Sqlite::open_read_only(file).unwrap()),
        Database::Server(address) => {
            Box::new(Postgres::open_read_only(address, std::time::Duration::from_mins(1)).unwrap())
        }
    };
    let connection = engine.connection().unwrap();
    let rows = |shape: &super::super::transfer::TableSchema| {
        let mut all = first_rows(connection, shape).unwrap();
        while let Some(last) = all.last() {
            let more = rows_after(connection, shape, last).unwrap();
            if more.is_empty() {
                break;
            }
            all.extend(more);
        }
        all
    };
    table_schemas().unwrap().iter().map(|shape| (shape.table.clone(), rows(shape))).collect()
}

/// The database of a server that has stopped, and its folder.
fn stop(opened: TestStore) -> (Database, Option<TempDir>) {
    let TestStore { store, database, _folder: folder } = opened;
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
async fn every_row_is_copied_to_the_other_engine_and_back() {
    let opened = sqlite(None);
    fill(&opened.store).await;
    let stopped = stop(opened);
    let before = on_a_thread(|| content(&stopped.0));
    assert!(before.iter().all(|(table, rows)| !rows.is_empty() || panic!("{table} is not tried")));
    assert_eq!(before.len(), 26);
    let server = cluster::shared().database();
    let copied = on_a_thread(|| transfer(&stopped.0, &server)).unwrap();
    let sizes = |content: &[(String, Vec<_>)]| {
        content.iter().map(|(table, rows)| (table.clone(), i64::try_from(rows.len()).unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(copied.into_iter().map(|copied| (copied.table, copied.rows)).collect::<Vec<_>>(), sizes(&before));
    assert_eq!(on_a_thread(|| content(&server)), before);
    let store = Store::open(&server).unwrap();
    assert!(store.read(|tx| tx.session_by_token("token of 7")).await.unwrap().is_some());

    let file = empty_file(&stopped.0);
    on_a_thread(|| transfer(&server, &file)).unwrap();
    assert_eq!(on_a_thread(|| content(&file)), before);
}

#[tokio::test]
async fn nothing_is_copied_from_a_file_while_a_server_has_it_open() {
    let opened = sqlite(None);
    fill(&opened.store).await;
    let to = empty_file(&opened.database);
    let refused = on_a_thread(|| transfer(&opened.database, &to)).unwrap_err();
    assert!(matches!(&refused, TransferError::InUse(from) if *from == opened.database), "{refused}");
    let Database::File(file) = &to else { panic!("a file") };
    assert!(!file.exists());
    opened.store.write(|tx| tx.store_prompt_snapshot("another", "text")).await.unwrap();
    let stopped = stop(opened);
    on_a_thread(|| transfer(&stopped.0, &to)).unwrap();
    assert_eq!(on_a_thread(|| content(&to)), on_a_thread(|| content(&stopped.0)));
}

#[tokio::test]
async fn nothing_is_copied_over_existing_data() {
    for open in [sqlite, postgres] {
        let (from, to) = (sqlite(None), open(None));
        fill(&from.store).await;
        let from = stop(from);
        to.store.write(|tx| tx.store_prompt_snapshot("hash", "there before")).await.unwrap();
        let refused = on_a_thread(|| transfer(&from.0, &to.database)).unwrap_err();
        assert!(matches!(&refused, TransferError::NotEmpty { table, .. } if table == "prompt_snapshots"), "{refused}");
        let (accounts, shown) = to.store.read(|tx| Ok((tx.accounts(NOON)?, tx.prompt_snapshots()?))).await.unwrap();
        assert_eq!((accounts.len(), shown), (0, vec![("hash".into(), "there before".into())]));
    }
}

#[test]
fn a_missing_or_foreign_database_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Database::File(folder.path().join("nowhere.sqlite"));
    let to = cluster::shared().database();
    assert!(matches!(transfer(&nowhere, &to), Err(TransferError::Store { .. })));
    let blank = cluster::shared().database();
    let refused = transfer(&blank, &nowhere).unwrap_err().to_string();
    assert!(refused.contains("older Harmony or by none"), "{refused}");
    assert!(matches!(transfer(&to, &to), Err(TransferError::Same(_))));
}
