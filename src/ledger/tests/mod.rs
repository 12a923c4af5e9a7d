//! Tests of the ledger as a whole.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there and then")]

mod backup;
mod chain;
mod forgery;
mod receipts;
mod tampering;
pub(crate) mod timestamps;
mod waiting;

use std::{path::Path, sync::Arc};

use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Ledger,
    key::{Key, SECRET_BYTES, TrustedKeys},
    verify::{Tampered, Verified, verify},
};
use crate::{
    domain::{
        Timestamp,
        analytics::choices::ChoiceDimension,
        consent::{
            decision::{
                Answer, AnswerContext, CollectedVia, Decision,
                tests::{TWO, both},
            },
            snapshot::Fingerprint,
        },
        cookies::purpose::Purposes,
        ledger::{
            receipt::Issue,
            record::{NewRecord, Record, RecordText},
            statement::Statement,
        },
        policy::version::Version,
    },
    store::{Database, Store, StoreError},
    system::{digest::sha256_hex, rng::Rng},
};

/// The time of the first record.
const BEGIN: i64 = 1_795_348_800;

/// A ledger in a SQLite file.
struct LedgerFixture {
    ledger: Ledger,
    store: Store,
    folder: TempDir,
}

impl LedgerFixture {
    /// Creates an empty ledger.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(1);
        let store = ledger.open(&Database::File(folder.path().join("harmony.db")), Rng::system()).unwrap();
        ledger.begin(&store).await.unwrap();
        Self { ledger, store, folder }
    }

    /// Verifies the ledger.
    async fn verify(&self) -> Result<Verified, Tampered> {
        found_by(&self.store, self.ledger.trusted_keys().clone()).await.unwrap()
    }

    /// The counted decisions.
    async fn counted(&self) -> u64 {
        let (day, dimension) = (Timestamp(BEGIN).day(), ChoiceDimension::Version);
        let counts = self.store.read(move |tx| tx.choices_by(dimension, day, day)).await.unwrap();
        counts.iter().map(|row| row.count).sum()
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("harmony.db")
    }
}

/// The ledger of a server that trusts no other key.
fn ledger(server: u8) -> Ledger {
    Ledger::new(key(server), Vec::new())
}

fn key(server: u8) -> Key {
    Key::new(&[server; SECRET_BYTES])
}

/// Trusts the keys of the first server and of the given ones.
fn trusting(others: &[u8]) -> TrustedKeys {
    TrustedKeys::new(Some(&key(1)), others.iter().map(|&other| key(other).public().into()).collect())
}

/// A decision at that time.
pub(super) fn draft(at: i64) -> NewRecord {
    let (version, decided_at) = (Version { major: 1, minor: 1 }, Timestamp(at));
    let answer = if at % 2 == 0 { Answer::Yes } else { Answer::No };
    let act = AnswerContext {
        version,
        shown: Arc::new(both(Fingerprint(7))),
        decided_at,
        collected_via: CollectedVia::Banner,
        signal: None,
    };
    let text = "what was shown".to_owned();
    NewRecord {
        controller: "Harmony".into(),
        subject: Uuid::from_u128(u128::try_from(at).unwrap()),
        decision: Decision::answering(None, &both(answer), &act),
        expires_at: decided_at.plus_seconds(180 * 86_400),
        signal: None,
        asked: TWO.into(),
        granted_before: Purposes::new(),
        replaces: None,
        origin: None,
        locale: "en".to_owned(),
        shown: Some(Arc::new(RecordText { hash: sha256_hex(&text), text, original: None })),
    }
}

/// The issue of a receipt by a site that states little.
fn issue(_: &Record) -> Issue {
    let site = "https://cookies.example".to_owned();
    let statement = Statement {
        notice: format!("{site}/policy/1.1"),
        withdrawal: format!("{site}/preferences"),
        site,
        rights: Vec::new(),
        controller: None,
        jurisdiction: Vec::new(),
        storage_location: Vec::new(),
        purposes: Vec::new(),
    };
    Issue { id: Uuid::from_u128(1), created_at: Timestamp(BEGIN), statement }
}

/// Verifies a file, with the key of the first server.
async fn found(file: &Path) -> Result<Result<Verified, Tampered>, StoreError> {
    found_by(&Store::open_file(file)?, trusting(&[])).await
}

/// Verifies a store, with the given trusted keys.
async fn found_by(store: &Store, trusted: TrustedKeys) -> Result<Result<Verified, Tampered>, StoreError> {
    store.read_snapshot(move |tx| verify(tx, &trusted, None)).await
}

/// Runs all futures concurrently. Returns their results in order.
async fn all<T: Send + 'static>(begun: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let begun: Vec<_> = begun.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for each in begun {
        done.push(each.await.unwrap());
    }
    done
}
