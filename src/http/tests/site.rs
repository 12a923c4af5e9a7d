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
    app::{AppState, AppStateParts},
    config::{Config, hsts::Hsts, rate_limits::RateLimits},
    content::{
        Content, lock_file,
        tests::{inventory_of, write_strings},
    },
    domain::{
        Timestamp,
        consent::decision::{AnswerContext, CollectedVia},
        ledger::record::RecordRef,
        web::{host::Hosts, security_txt::SecurityTxt},
    },
    http::{
        service,
        state::{HttpSettings, HttpState, load_shed::LoadShed, page_cache::PageCache},
    },
    ledger::{
        Ledger,
        key::{Key, SECRET_BYTES},
    },
    store::{Database, PageViewCount},
    system::{
        clock::Clock,
        consent_jwt,
        consent_jwt::ConsentTokenSigner,
        cookie_signer::{CookieSigner, KEY_BYTES},
        rng::Rng,
    },
    telemetry::Telemetry,
};

/// When every test begins: 22 November 2026, noon, three weeks into the edition 1.1.
pub(super) const NOON: i64 = 1_795_348_800;

/// Where the decisions are filed that tests make by hand.
pub(super) const FILED: RecordRef = RecordRef { record: Uuid::from_u128(0xA), subject: Uuid::from_u128(0xB) };

/// A day, in seconds.
pub(super) const DAY: i64 = 86_400;

/// What a test may change before the site serves.
pub(super) struct SiteParts {
    pub app: AppState,
    pub settings: HttpSettings,
    pub page_cache: PageCache,
    pub load_shed: Option<LoadShed>,
}

/// One running site. Clones are the same site.
#[derive(Clone)]
pub(super) struct Site {
    pub state: Arc<AppState>,
    pub http: Arc<HttpState>,
    router: Router,
    now: Arc<AtomicI64>,
    folder: Arc<TempDir>,
    /// The folder of its content, if it is not the shipped one.
    content: Option<Arc<TempDir>>,
}

/// A site that nobody has visited yet.
pub(super) fn setup() -> Site {
    setup_with(|_| ())
}

/// A site that nobody has visited yet, changed in some way before it serves.
pub(super) fn setup_with(change: impl FnOnce(&mut SiteParts)) -> Site {
    serve(&shipped(), KEY, change)
}

/// A site that nobody has visited yet, with another key for its ledger.
pub(super) fn setup_with_key(key: [u8; SECRET_BYTES]) -> Site {
    serve(&shipped(), key, |_| ())
}

/// The key of the ledger, where a test sets no other.
const KEY: [u8; SECRET_BYTES] = [9; SECRET_BYTES];

/// The content that is shipped.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content")
}

/// The editions that are shipped and not announced when every test begins.
const EDITIONS: [&str; 2] = ["1.0", "1.1"];

/// A site whose next edition is another one than is shipped: 1.2, in force from the day after every test begins. These
/// lines come behind those of the inventory that the editions before it have.
pub(super) fn setup_with_edition(inventory: &str, change: impl FnOnce(&mut SiteParts)) -> Site {
    setup_with_edition_and_services(inventory, "", change)
}

/// The same, with that as the list of services under the policy.
pub(super) fn setup_with_edition_and_services(
    inventory: &str,
    services: &str,
    change: impl FnOnce(&mut SiteParts),
) -> Site {
    let shipped = shipped();
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy/en");
    fs::create_dir_all(&policy).unwrap();
    for edition in EDITIONS.map(|version| format!("{version}.md")) {
        fs::copy(shipped.join("policy/en").join(&edition), policy.join(&edition)).unwrap();
    }
    write_strings(folder.path()).unwrap();
    fs::write(folder.path().join("services.toml"), services).unwrap();
    let head = "+++\nversion = \"1.2\"\neffective = 2026-11-23\nsummary = [\"The third edition.\"]\n+++\n";
    let text = "# Cookies\n\n## Which {#which}\n\n{{ cookie-table }}\n\n## Why {#why}\n\n{{ purposes }}\n";
    fs::write(policy.join("1.2.md"), format!("{head}{text}")).unwrap();
    let cookies = inventory_of(&EDITIONS);
    fs::write(folder.path().join("cookies.toml"), format!("{cookies}\n{inventory}")).unwrap();
    stamp(folder.path());
    let mut site = serve(folder.path(), KEY, change);
    site.content = Some(Arc::new(folder));
    site
}

/// A site with the shipped content, changed in some way before it is read.
pub(super) fn setup_with_content(change: impl FnOnce(&Path)) -> Site {
    let folder = tempfile::tempdir().unwrap();
    copy(&shipped(), folder.path());
    change(folder.path());
    stamp(folder.path());
    let mut site = serve(folder.path(), KEY, |_| ());
    site.content = Some(Arc::new(folder));
    site
}

/// A site with the shipped content, with these files beside those that every test has.
pub(super) fn setup_with_files(add: impl FnOnce(&Path)) -> Site {
    let mut site = setup();
    add(site.folder.path());
    // What is in the folder is looked at when the router is made.
    site.router = service(&site.http);
    site
}

/// A site with the shipped content, whose English says this instead.
pub(super) fn setup_with_english(strings: &str) -> Site {
    setup_with_content(|content| fs::write(content.join("strings/en.toml"), strings).unwrap())
}

/// Copies what lies in a folder into another.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Stamps every edition in a folder as it is, published or not, as only a publisher who knows what they do would.
pub(super) fn stamp(content: &Path) {
    let _ = fs::remove_file(content.join(lock_file::FILE));
    lock_file::stamp(content, &Content::load(content).unwrap(), Timestamp(NOON).day()).unwrap();
}

fn serve(content: &Path, key: [u8; SECRET_BYTES], change: impl FnOnce(&mut SiteParts)) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::File(folder.path().join("harmony.db"));
    build(folder, Place { content, database: &database, key, first_token: 1 }, change)
}

/// Where a site stands.
struct Place<'p> {
    content: &'p Path,
    database: &'p Database,
    key: [u8; SECRET_BYTES],
    first_token: u64,
}

/// A site that keeps everything in that database. Of several that share one, each has its own `number`.
pub(super) fn setup_on(database: &Database, number: u64) -> Site {
    let place = Place { content: &shipped(), database, key: KEY, first_token: number << 32 };
    build(tempfile::tempdir().unwrap(), place, |_| ())
}

fn build(folder: TempDir, place: Place<'_>, alter: impl FnOnce(&mut SiteParts)) -> Site {
    fs::create_dir(folder.path().join("pkg")).unwrap();
    for name in ["harmony.css", "harmony.js", "harmony_bg.wasm", "harmony.wasm"] {
        fs::write(folder.path().join("pkg").join(name), "").unwrap();
    }
    fs::write(folder.path().join("favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let now = Arc::new(AtomicI64::new(NOON));
    let clock = Arc::clone(&now);
    let tokens = AtomicU64::new(place.first_token);
    let chance = Rng::from_fn(move |bytes| {
        let token = tokens.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(token).for_each(|(byte, part)| *byte = part);
    });
    let ledger = Ledger::new(Key::new(&place.key), Vec::new());
    let store = ledger.open(place.database, chance.clone()).unwrap();
    // How long a server of a database is waited for is tried; a file is there or not.
    let store = if matches!(place.database, Database::File(_)) { store.patient() } else { store };
    let app = AppState::new(AppStateParts {
        content: place.content.to_owned(),
        site: folder.path().to_owned(),
        clock: Clock::from_fn(move || Timestamp(clock.load(Ordering::Relaxed))),
        store,
        chance,
        ledger,
        tokens: ConsentTokenSigner::new(&[5; consent_jwt::SECRET_BYTES]),
        origin: super::browser::ORIGIN.into(),
        security_txt: SecurityTxt::new("mailto:security@harmony.example", date!(2027 - 06 - 01)).ok(),
        seal: CookieSigner::new(&[7; KEY_BYTES]),
        limits: RateLimits::default(),
        observers: Telemetry::default(),
    })
    .unwrap();
    let mut parts = SiteParts {
        app: Arc::into_inner(app).unwrap(),
        settings: HttpSettings {
            limits: Config::default().bounds().unwrap(),
            hosts: Hosts::of(&super::browser::ORIGIN.parse().unwrap()),
            hsts: Hsts::default(),
            client_ip_header: None,
        },
        page_cache: PageCache::default(),
        load_shed: None,
    };
    alter(&mut parts);
    let state = Arc::new(parts.app);
    let mut http = HttpState::new(Arc::clone(&state), parts.settings);
    let changed = Arc::get_mut(&mut http).unwrap();
    changed.page_cache = parts.page_cache;
    if let Some(load_shed) = parts.load_shed {
        changed.load_shed = load_shed;
    }
    Site { router: service(&http), state, http, now, folder: Arc::new(folder), content: None }
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

    /// The act of pressing one of the banner's buttons now.
    pub fn act(&self) -> AnswerContext {
        let in_force = self.state.current_version();
        let shown = in_force.content.fingerprints(in_force.version);
        let made_at = Timestamp(self.now());
        AnswerContext { version: in_force.version, shown, made_at, way: CollectedVia::Banner, signal: None }
    }

    /// The folder of its content, if it is not the shipped one.
    pub fn content(&self) -> &Path {
        self.content.as_ref().unwrap().path()
    }

    /// The file of what is declared.
    pub fn inventory(&self) -> PathBuf {
        self.content().join("cookies.toml")
    }

    /// The time at the site.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Lets so many seconds pass, or sets the clock back by so many.
    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Removes the records that are older than that. Returns how many pages.
    pub async fn prune(&self, before: Timestamp) -> usize {
        self.state.store.write(move |tables| tables.prune_ledger(before, Timestamp(i64::MAX))).await.unwrap()
    }

    /// Everything that was counted.
    pub async fn views(&self) -> Vec<PageViewCount> {
        self.state.store.flush().await.unwrap();
        self.state.store.read(|tables| tables.views_since(date!(1970 - 01 - 01))).await.unwrap()
    }

    /// How many views were counted.
    pub async fn views_in_all(&self) -> u64 {
        self.views().await.iter().map(|row| row.views).sum()
    }
}
