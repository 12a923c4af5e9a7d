//! `PgBouncer` between Harmony and PostgreSQL. Without it these tests print a message and pass.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{account, cluster, cluster::Cluster};
use crate::store::{Database, Store};

/// Stops the pooler at the end of the input.
const KEEPER: &str = "pgbouncer -q \"$1\" & pooler=$!; read -r word; kill -TERM \"$pooler\"; wait \"$pooler\"";

/// A pooler in front of the shared cluster.
struct Pooler {
    keeper: Child,
    url: String,
}

impl Pooler {
    /// Starts the pooler, if it is installed.
    fn start(cluster: &Cluster, database: &Database, mode: &str) -> Option<Self> {
        if Command::new("pgbouncer").arg("--version").stdout(Stdio::null()).status().is_err() {
            println!("skipped: PgBouncer is not installed");
            return None;
        }
        let name = database.to_string().rsplit('/').next().unwrap().to_owned();
        let folder = cluster.path().join(format!("pooler-{name}"));
        assert!(cluster.command(Path::new("mkdir")).arg(&folder).status().unwrap().success());
        let settings = format!(
            "[databases]\n{name} = host={} port={} user=harmony\n[pgbouncer]\nauth_type = any\npool_mode = {mode}\n\
             unix_socket_dir = {}\nlisten_port = 6432\n",
            cluster.path().display(),
            cluster.port(),
            folder.display(),
        );
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut keeper = cluster.command(Path::new("/bin/sh"));
        keeper.args(["-c", KEEPER, "keeper"]).arg(&file).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let keeper = keeper.spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(folder.join(".s.PGSQL.6432")).is_err() {
            let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "no pooler: {}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
        let host = folder.display().to_string().replace('/', "%2F");
        Some(Self { keeper, url: format!("postgres://harmony@{host}:6432/{name}") })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_rejected() {
    for mode in ["transaction", "statement"] {
        let database = cluster::shared().database();
        let Some(pooler) = Pooler::start(cluster::shared(), &database, mode) else { return };
        for _ in 0..3 {
            let refused = Store::open(&Database::parse(&pooler.url).unwrap()).map(drop);
            let said = refused.unwrap_err().to_string();
            assert!(said.contains("set PgBouncer's pool_mode = session"), "{mode}: {said}");
        }
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_works() {
    let database = cluster::shared().database();
    let Some(pooler) = Pooler::start(cluster::shared(), &database, "session") else { return };
    let store = Store::open(&Database::parse(&pooler.url).unwrap()).unwrap();
    for id in ["a", "b"] {
        store.write(move |tx| tx.add_account(&account(id))).await.unwrap();
        assert!(store.read(move |tx| tx.account(id)).await.unwrap().is_some());
    }
    let asked = "SELECT current_setting('default_transaction_read_only') || current_setting('statement_timeout')";
    let found = store.read(|tx| tx.find(asked, &[], |row| row.get::<String>(0))).await.unwrap();
    assert_eq!(found.as_deref(), Some("on1200ms"));
}
