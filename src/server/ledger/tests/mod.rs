//! The ledger as a whole: what it keeps, what it finds, and what it forgets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

mod backup;
mod chain;
mod tampering;

use std::{path::Path, sync::Arc};

use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Ledger,
    key::{Key, SECRET_BYTES},
    verify::{Sound, Unsound, verify},
};
use crate::{
    model::{
        Timestamp,
        decision::{Act, Answer, Choices, Decision, Way},
        purpose::PerPurpose,
        record::{Draft, Kind, Text},
        shown::Fingerprint,
        version::Version,
    },
    server::{
        chance::Chance,
        digest::sha256_hex,
        store::{Database, Store, StoreError},
    },
};

/// When the first record is made.
const BEGIN: i64 = 1_795_348_800;

/// A ledger in a file of its own.
struct Kept {
    ledger: Ledger,
    store: Store,
    folder: TempDir,
}

impl Kept {
    /// A ledger that holds nothing yet.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(1);
        let store = ledger.open(&Database::File(folder.path().join("harmony.db")), Chance::system()).unwrap();
        ledger.begin(&store).await.unwrap();
        Self { ledger, store, folder }
    }

    /// What is found in it.
    async fn verify(&self) -> Result<Sound, Unsound> {
        let own = self.ledger.key.chain().to_owned();
        self.store.read_at_once(move |tables| verify(tables, Some(&own))).await.unwrap()
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("harmony.db")
    }
}

/// The ledger of that server.
fn ledger(server: u8) -> Ledger {
    Ledger::new(Key::new(&[server; SECRET_BYTES]))
}

/// A decision of that moment.
pub(super) fn draft(at: i64) -> Draft {
    let (version, made_at) = (Version { major: 1, minor: 1 }, Timestamp(at));
    let answer = if at % 2 == 0 { Answer::Yes } else { Answer::No };
    let act = Act { version, shown: PerPurpose::all(Fingerprint(7)), made_at, way: Way::Banner, signal: None };
    let text = "what was shown".to_owned();
    Draft {
        subject: Uuid::from_u128(u128::try_from(at).unwrap()),
        decision: Decision::new(Choices::all(answer), act),
        ends_at: made_at.plus_seconds(180 * 86_400),
        signal: None,
        kind: Kind::of(None, Choices::all(answer)),
        replaces: None,
        origin: None,
        locale: "en",
        shown: Some(Arc::new(Text { hash: sha256_hex(&text), text, original: None })),
    }
}

/// What is found in a file, whoever wrote it.
async fn found(file: &Path) -> Result<Result<Sound, Unsound>, StoreError> {
    let own = ledger(1).key.chain().to_owned();
    Store::open(file)?.read_at_once(move |tables| verify(tables, Some(&own))).await
}

/// What comes of all these, which are begun at one moment, in their order.
async fn all<T: Send + 'static>(begun: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let begun: Vec<_> = begun.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for each in begun {
        done.push(each.await.unwrap());
    }
    done
}
