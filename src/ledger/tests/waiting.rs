//! A database server that starts after Harmony.

use std::{fs, future::pending, sync::Arc};

use tokio::{
    sync::{mpsc, oneshot},
    task::{JoinHandle, spawn_blocking},
};

use crate::{
    ledger::{
        Ledger,
        key::{Key, SECRET_BYTES},
    },
    store::{Database, Store, StoreError, tests::cluster::Cluster},
    system::rng::Rng,
};

/// The result of opening.
type Change = fn(&Cluster);

type Opened = Result<Option<Store>, StoreError>;

/// Opens the ledger when the server can be reached, until it stops. Also returns the reported
/// reasons.
fn open(
    database: Database,
    stop: impl Future<Output = ()> + Unpin + Send + 'static,
) -> (JoinHandle<Opened>, mpsc::UnboundedReceiver<String>) {
    let ledger = Ledger::new(Key::new(&[9; SECRET_BYTES]), Vec::new());
    let (tell, told) = mpsc::unbounded_channel();
    let wait = move |error: &StoreError| tell.send(error.to_string()).unwrap();
    (tokio::spawn(async move { ledger.open_when_reachable(&database, &Rng::system(), stop, wait).await }), told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_later_is_waited_for_which_is_said_once() {
    let cluster = Arc::new(Cluster::start(&[]));
    let changes: [(Change, Change); 2] = [(Cluster::stop, Cluster::start_again), (Cluster::hold, Cluster::go_on)];
    for (go, come) in changes {
        let database = cluster.database();
        go(&cluster);
        let (opening, mut told) = open(database, pending());
        let said = told.recv().await.unwrap();
        assert!(said.starts_with("the database cannot be reached: "), "{said}");
        let coming = Arc::clone(&cluster);
        spawn_blocking(move || come(&coming)).await.unwrap();
        let store = opening.await.unwrap().unwrap().unwrap();
        store.flush().await.unwrap();
        assert_eq!(told.recv().await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_stops_when_they_are_told_to() {
    let cluster = Cluster::start(&[]);
    let database = cluster.database();
    cluster.stop();
    let (stop, stopped) = oneshot::channel::<()>();
    let (opening, mut told) = open(database, Box::pin(async move { drop(stopped.await) }));
    told.recv().await.unwrap();
    stop.send(()).unwrap();
    assert!(opening.await.unwrap().unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_server_that_turns_them_away() {
    let access = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    let cluster =
        Cluster::start_with_port(&[], |cluster| fs::write(cluster.data().join("pg_hba.conf"), access).unwrap());
    cluster.run("ALTER USER harmony PASSWORD 'geheim'");
    let (port, host) = (cluster.port(), cluster.host());
    for (url, why) in [
        (format!("postgres://harmony:falsch@127.0.0.1:{port}/postgres"), "28P01"),
        (format!("postgres://harmony:geheim@127.0.0.1:{port}/nowhere"), "3D000"),
        (format!("postgres:///postgres?user=nobody&port={port}&host={host}"), "28000"),
        (format!("postgres://harmony:geheim@127.0.0.1:{port}/postgres?sslmode=require"), "does not support TLS"),
    ] {
        let (opening, mut told) = open(Database::parse(&url).unwrap(), pending());
        let error = opening.await.unwrap().unwrap_err();
        assert!(error.to_string().contains(why) && !error.to_string().contains("falsch"), "{error}");
        assert!(error.is_transient(), "a server that runs goes on asking: {error}");
        assert_eq!(told.recv().await, None);
    }
}
