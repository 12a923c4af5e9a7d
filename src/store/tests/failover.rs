//! Failover: several servers in one URL, and sessions that the server ends.

use std::time::Duration;

use super::{account, cluster, cluster::Cluster};
use crate::store::{Database, Store, StoreError, Tx};

fn name(database: &Database) -> String {
    database.to_string().rsplit('/').next().unwrap().to_owned()
}

async fn add(store: &Store, id: &'static str) -> Result<bool, StoreError> {
    store.write(move |tx| tx.add_account(&account(id))).await
}

async fn is_there(store: &Store, id: &'static str) -> bool {
    store.read(move |tx| tx.account(id)).await.unwrap().is_some()
}

/// The process id of the backend of the writer's connection.
async fn backend(store: &Store) -> i64 {
    let asked = "SELECT CAST(pg_backend_pid() AS BIGINT)";
    store.write(move |tx| tx.find(asked, &[], |row| row.get(0))).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_standby_is_skipped_until_it_accepts_writes() {
    let primary = Cluster::start(&[]);
    let standby = Cluster::standby_of(&primary);
    let url = |hosts: &[&Cluster], more: &str| {
        let hosts: Vec<_> = hosts.iter().map(|cluster| cluster.host()).collect();
        Database::parse(&format!("postgres:///postgres?user=harmony{more}&host={}", hosts.join(","))).unwrap()
    };
    let refused = Store::open(&url(&[&standby], "")).map_err(|error| error.to_string());
    assert_eq!(refused.unwrap_err(), "the database cannot be reached: it is a standby, which takes no writes");
    for attributes in ["&target_session_attrs=read-write", "&target_session_attrs=primary", ""] {
        let store = Store::open(&url(&[&standby, &primary], attributes)).unwrap();
        store.flush().await.unwrap();
        let asked = "SELECT CAST(pg_is_in_recovery() AS TEXT)";
        let found = store.read(|tx| tx.find(asked, &[], |row| row.get::<String>(0))).await.unwrap();
        assert_eq!(found.as_deref(), Some("false"));
    }
    let store = Store::open(&url(&[&primary, &standby], "")).unwrap();
    add(&store, "before").await.unwrap();
    assert!(is_there(&store, "before").await);
    let caught_up = "DO $$ BEGIN
        WHILE (SELECT replay_lsn < pg_current_wal_lsn() FROM pg_stat_replication) LOOP PERFORM pg_sleep(0.01); END LOOP;
        END $$";
    primary.run(caught_up);
    primary.stop();
    standby.run("SELECT pg_promote()");
    assert!(is_there(&store, "before").await, "the readers have found it");
    add(&store, "after").await.unwrap();
    assert!(is_there(&store, "after").await);
}

#[tokio::test]
async fn idle_sessions_that_the_server_ended_are_replaced() {
    let shared = cluster::shared();
    if shared.version() < 14 {
        return println!("skipped: PostgreSQL {} ends no session for being idle", shared.version());
    }
    let database = shared.database();
    let name = name(&database);
    shared.run(&format!("ALTER DATABASE {name} SET idle_session_timeout = 50"));
    let store = Store::open(&database).unwrap();
    let wait = format!(
        "DO $$ BEGIN
            WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = '{name}') LOOP
                PERFORM pg_stat_clear_snapshot(); PERFORM pg_sleep(0.01);
            END LOOP;
        END $$"
    );
    // The runtime does not run meanwhile, so that only the first statement can notice.
    add(&store, "a").await.unwrap();
    assert!(is_there(&store, "a").await);
    shared.run(&wait);
    assert!(is_there(&store, "a").await);
    shared.run(&wait);
    let read =
        store.read_snapshot_with_timeout(|tx| Ok(tx.account("a")?.is_some() && tx.account("b")?.is_none())).await;
    assert!(read.unwrap());
    shared.run(&wait);
    add(&store, "b").await.unwrap();
}

#[tokio::test]
async fn a_session_that_has_become_read_only_is_closed() {
    let store = Store::open(&cluster::shared().database()).unwrap();
    add(&store, "before").await.unwrap();
    let first = backend(&store).await;
    assert_eq!(first, backend(&store).await);
    let refused = |tx: &Tx<'_>| {
        tx.execute("SET TRANSACTION READ ONLY", &[])?;
        tx.add_account(&account("lost"))
    };
    let refused = store.write(refused).await;
    assert!(refused.as_ref().is_err_and(StoreError::is_transient), "{refused:?}");
    add(&store, "after").await.unwrap();
    assert_ne!(first, backend(&store).await);
}

#[tokio::test]
async fn a_read_that_panics_leaves_no_open_snapshot_to_the_next() {
    let store = Store::open(&cluster::shared().database()).unwrap();
    assert!(!is_there(&store, "a").await);
    let read = |tx: &Tx<'_>| -> Result<(), StoreError> {
        tx.account("a")?;
        panic!("a reading that panics, on purpose");
    };
    assert!(matches!(store.read_snapshot_with_timeout(read).await, Err(StoreError::ThreadGone)));
    add(&store, "a").await.unwrap();
    assert!(is_there(&store, "a").await);
}

#[tokio::test]
async fn a_database_migrated_by_a_newer_harmony_is_no_longer_written() {
    let shared = cluster::shared();
    let database = shared.database();
    let name = name(&database);
    let store = Store::open(&database).unwrap();
    add(&store, "before").await.unwrap();
    shared.run_in(&name, "INSERT INTO schema_migrations VALUES (99, '0099_later', '')");
    shared.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    assert!(add(&store, "refused").await.is_err());
    assert!(!store.is_ready().await);
    shared.run_in(&name, "DELETE FROM schema_migrations WHERE version = 99");
    add(&store, "after").await.unwrap();
    assert!(!is_there(&store, "refused").await && is_there(&store, "after").await);
}

#[tokio::test]
async fn opening_a_database_read_only_changes_nothing() {
    for opened in [super::sqlite, super::postgres].map(|open| open(None)) {
        add(&opened.store, "a").await.unwrap();
        let store = Store::open_read_only(&opened.database).unwrap();
        assert!(is_there(&store, "a").await);
        assert!(add(&store, "b").await.is_err());
        assert!(!is_there(&opened.store, "b").await);
    }
    let empty = cluster::shared().database();
    for _ in 0..2 {
        let refused = Store::open_read_only(&empty).map(drop);
        assert!(matches!(refused, Err(StoreError::Older { found: 0, .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_request_waits_no_longer_if_every_server_is_silent() {
    let cluster = Cluster::start(&[]);
    let host = cluster.host();
    let several = format!("postgres:///postgres?user=harmony&host={host},{host},{host}");
    let store = Store::open(&Database::parse(&several).unwrap()).unwrap();
    assert!(!is_there(&store, "a").await);
    cluster.hold();
    let began = std::time::Instant::now();
    let (read, written) = tokio::join!(store.read(|tx| tx.account("a")), add(&store, "a"));
    let took = began.elapsed();
    cluster.go_on();
    assert!(read.is_err() && written.is_err() && took < Duration::from_secs(2), "{took:?}");
}
