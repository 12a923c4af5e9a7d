//! A site of its own for each test: the real content, a database in a temporary folder, a clock that stands still.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Request, Response},
};
use tempfile::TempDir;
use time::macros::date;
use tower::ServiceExt;
use uuid::Uuid;

use super::browser::Browser;
use crate::{
    model::{Timestamp, record::Filed},
    server::{
        Parts, State,
        accounts::guessing::Limits,
        chance::Chance,
        clock::Clock,
        http::{
            gate::{KEY_BYTES, Seal},
            router,
        },
        ledger::{
            Ledger,
            key::{Key, SECRET_BYTES},
        },
        store::ViewCount,
    },
};

/// When every test begins: 22 November 2026, noon, three weeks into the edition 1.1.
pub(super) const NOON: i64 = 1_795_348_800;

/// Where the decisions are filed that tests make by hand.
pub(super) const FILED: Filed = Filed { record: Uuid::from_u128(0xA), subject: Uuid::from_u128(0xB) };

/// A day, in seconds.
pub(super) const DAY: i64 = 86_400;

/// One running site. Clones are the same site.
#[derive(Clone)]
pub(super) struct Site {
    pub state: Arc<State>,
    router: Router,
    now: Arc<AtomicI64>,
    folder: Arc<TempDir>,
}

/// A site that nobody has visited yet.
pub(super) fn setup() -> Site {
    setup_with(|_| ())
}

/// A site that nobody has visited yet, changed in some way before it serves.
pub(super) fn setup_with(change: impl FnOnce(&mut State)) -> Site {
    build([9; SECRET_BYTES], change)
}

/// A site that nobody has visited yet, with another key for its ledger.
pub(super) fn setup_with_key(key: [u8; SECRET_BYTES]) -> Site {
    build(key, |_| ())
}

fn build(key: [u8; SECRET_BYTES], alter: impl FnOnce(&mut State)) -> Site {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pkg")).unwrap();
    for name in ["harmony.css", "harmony.js", "harmony_bg.wasm", "harmony.wasm"] {
        fs::write(folder.path().join("pkg").join(name), "").unwrap();
    }
    fs::write(folder.path().join("favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let now = Arc::new(AtomicI64::new(NOON));
    let clock = Arc::clone(&now);
    let tokens = AtomicU64::new(1);
    let chance = Chance::from_fn(move |bytes| {
        let token = tokens.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(token).for_each(|(byte, part)| *byte = part);
    });
    let ledger = Ledger::new(Key::new(&key));
    let mut state = State::new(Parts {
        content: Path::new(env!("CARGO_MANIFEST_DIR")).join("content"),
        site: folder.path().to_owned(),
        clock: Clock::from_fn(move || Timestamp(clock.load(Ordering::Relaxed))),
        store: ledger.open(&folder.path().join("harmony.db"), chance.clone()).unwrap(),
        chance,
        ledger,
        seal: Seal::new(&[7; KEY_BYTES]),
        limits: Limits::default(),
        address_header: None,
    })
    .unwrap();
    alter(Arc::get_mut(&mut state).unwrap());
    Site { router: router(&state), state, now, folder: Arc::new(folder) }
}

impl Site {
    /// A browser that was never here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }

    /// A file of the built site.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The site's answer and its body. The gate must have found nothing to put right.
    pub async fn answer(&self, request: Request<Body>) -> (Response<()>, Bytes) {
        let asked = format!("{} {}", request.method(), request.uri());
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(self.state.gate_faults.load(Ordering::Relaxed), 0, "the gate had to step in at {asked}");
        (Response::from_parts(parts, ()), bytes)
    }

    /// The site as a service, for a real connection.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The time at the site.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Lets so many seconds pass, or sets the clock back by so many.
    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Everything that was counted.
    pub async fn views(&self) -> Vec<ViewCount> {
        self.state.store.flush().await.unwrap();
        self.state.store.read(|tables| tables.views_since(date!(1970 - 01 - 01))).await.unwrap()
    }

    /// How many views were counted.
    pub async fn views_in_all(&self) -> u64 {
        self.views().await.iter().map(|row| row.views).sum()
    }
}
