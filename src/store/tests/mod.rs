//! The conformance suite of the store: every test runs on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there and then")]

mod accounts;
pub(crate) mod cluster;
mod connect_codes;
mod counts;
mod failover;
mod ledger;
mod mails;
mod outage;
mod pooler;
mod servers;
mod tls;
mod transactions;
mod transfer;

use std::sync::Arc;

use tempfile::TempDir;

use super::{Account, Database, LedgerWriter, NewSession, Store, StoreError, Tx};
use crate::domain::{
    Timestamp,
    account::{credentials::Email, session::Session},
    analytics::Device,
    consent::{
        decision::{AnswerContext, CollectedVia, tests::both},
        snapshot::Fingerprint,
    },
    policy::version::Version,
};

/// A store for one test.
pub(super) struct TestStore {
    pub store: Store,
    pub database: Database,
    _folder: Option<TempDir>,
}

/// A store in a SQLite file.
pub(super) fn sqlite(writer: Option<Box<dyn LedgerWriter>>) -> TestStore {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::File(folder.path().join("harmony.sqlite"));
    TestStore { store: Store::open_with_ledger(&database, writer).unwrap(), database, _folder: Some(folder) }
}

/// A store in a PostgreSQL database.
pub(super) fn postgres(writer: Option<Box<dyn LedgerWriter>>) -> TestStore {
    let database = cluster::shared().database();
    TestStore { store: Store::open_with_ledger(&database, writer).unwrap(), database, _folder: None }
}

/// Runs each test on both engines.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($kept:ident) $body:block)*) => {
        $($(#[$meta])* async fn $name($kept: fn(Option<Box<dyn $crate::store::LedgerWriter>>) -> super::TestStore) $body)*
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::super::sqlite).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::super::postgres).await; })* }
    };
}
use on_both;

/// The stored prompt snapshots.
fn shown(tx: &Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    tx.prompt_snapshots()
}

const NOON: Timestamp = Timestamp(1_795_348_800);

fn act() -> AnswerContext {
    let (version, shown) = (Version { major: 1, minor: 1 }, Arc::new(both(Fingerprint(7))));
    AnswerContext { version, shown, decided_at: NOON, collected_via: CollectedVia::Banner, signal: None }
}

fn account(id: &str) -> Account {
    Account {
        id: id.into(),
        email: Email::parse(&format!("{id}@example.org")).unwrap(),
        password_hash: Some("$argon2id$".into()),
        created_at: NOON,
        disabled_at: None,
        decision: None,
        appearance: None,
        confirmed_at: None,
    }
}

fn session(id: &str, account: &str) -> NewSession {
    let session = Session {
        id: id.into(),
        account: account.into(),
        device: Device::Phone,
        device_id: format!("device of {id}"),
        created_at: NOON,
        token_issued_at: NOON,
        last_used_at: NOON,
        is_persistent: true,
        binding: None,
    };
    let (token_hash, remember_hash) = (format!("token of {id}"), Some(format!("remember of {id}")));
    NewSession { session, token_hash, remember_hash, expires_at: NOON.plus_seconds(60) }
}
