//! Outages: a database that breaks or fills up, and what remains of it.

use super::{account, cluster, cluster::Cluster, sqlite};
use crate::store::{Database, Store, StoreError, Tx};

fn name(database: &Database) -> String {
    database.to_string().rsplit('/').next().unwrap().to_owned()
}

/// Ends the sessions of a database that are in the given state.
fn terminate(cluster: &Cluster, database: &str, state: &str) {
    cluster.run(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND state = '{state}'"
    ));
}

async fn is_there(store: &Store, id: &'static str) -> bool {
    store.read(move |tx| tx.account(id)).await.unwrap().is_some()
}

#[tokio::test]
async fn broken_idle_connections_are_reopened() {
    let database = cluster::shared().database();
    let store = Store::open(&database).unwrap();
    store.write(|tx| tx.add_account(&account("a"))).await.unwrap();
    assert!(is_there(&store, "a").await);
    terminate(cluster::shared(), &name(&database), "idle");
    assert!(store.write(|tx| tx.add_account(&account("b"))).await.unwrap());
    assert!(is_there(&store, "b").await);
}

#[tokio::test]
async fn a_connection_that_breaks_within_a_transaction_loses_it_and_nothing_else() {
    let database = cluster::shared().database();
    let store = Store::open(&database).unwrap();
    store.write(|tx| tx.add_account(&account("before"))).await.unwrap();
    let name = name(&database);
    let broken = move |tx: &Tx<'_>| {
        tx.add_account(&account("lost"))?;
        terminate(cluster::shared(), &name, "idle in transaction");
        Ok(())
    };
    let answer = store.write(broken).await;
    assert!(matches!(answer, Err(StoreError::NotCommitted)), "{answer:?}");
    store.write(|tx| tx.add_account(&account("after"))).await.unwrap();
    let found = [is_there(&store, "before").await, is_there(&store, "lost").await, is_there(&store, "after").await];
    assert_eq!(found, [true, false, true]);
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_crash() {
    let cluster = Cluster::start(&[]);
    let store = Store::open(&cluster.database()).unwrap();
    let mut acknowledged = Vec::new();
    let writers: Vec<_> = (0..200)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let id = format!("{number}");
                let added = id.clone();
                store.write(move |tx| tx.add_account(&account(&added))).await.map(|_| id)
            })
        })
        .collect();
    for (number, writer) in writers.into_iter().enumerate() {
        if number == 20 {
            cluster.stop();
        }
        acknowledged.extend(writer.await.unwrap().ok());
    }
    cluster.start_again();
    assert!(acknowledged.len() >= 20);
    for id in acknowledged {
        assert!(store.read(move |tx| tx.account(&id)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_full_disk_is_reported_and_writes_resume_when_there_is_space() {
    let opened = sqlite(None);
    let store = &opened.store;
    store.write(|tx| tx.add_account(&account("before"))).await.unwrap();
    // SQLite reports the same error as on a full disk.
    let fill = |tx: &Tx<'_>| tx.find("PRAGMA max_page_count = 1", &[], |_| Ok(()));
    store.write(fill).await.unwrap();
    let large = |id: &'static str| {
        let mut large = account(id);
        large.password_hash = Some("x".repeat(1_000_000));
        store.write(move |tx| tx.add_account(&large))
    };
    let (one, two, small) =
        tokio::join!(large("one"), large("two"), store.write(|tx| tx.add_account(&account("small"))));
    for answer in [&one, &two] {
        assert!(answer.as_ref().is_err_and(StoreError::is_transient), "{answer:?}");
    }
    assert_eq!(is_there(store, "small").await, small.is_ok());
    assert!(is_there(store, "before").await && !is_there(store, "one").await);
    let make_room = |tx: &Tx<'_>| tx.find("PRAGMA max_page_count = 1000000", &[], |_| Ok(()));
    store.write(make_room).await.unwrap();
    assert!(large("three").await.unwrap());
    assert!(store.is_ready().await && is_there(store, "three").await);
}

#[tokio::test]
async fn another_writer_that_holds_the_lock_too_long_causes_a_timeout() {
    let opened = sqlite(None);
    let Database::File(file) = &opened.database else { panic!("a file") };
    // Another program locks the file.
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = opened.store.write(|tx| tx.add_account(&account("a"))).await;
    assert!(matches!(answer, Err(StoreError::Timeout)), "{answer:?}");
    assert!(!opened.store.is_ready().await);
    other.execute_batch("COMMIT").unwrap();
    opened.store.flush().await.unwrap();
    assert!(!is_there(&opened.store, "a").await, "what was told as not done in time was not done later");
}
