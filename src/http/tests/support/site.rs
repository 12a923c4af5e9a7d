//! A site for one test: the shipped content, a database in a temporary folder, and a fake clock.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{Request, Response},
};
use tempfile::TempDir;
use time::macros::date;
use tower::ServiceExt;
use uuid::Uuid;

use super::browser::Browser;
use crate::{
    app::{AppState, AppStateParts, mail::Outbox},
    config::{Config, CountrySource, hsts::Hsts, identity_providers::SignInConfig, rate_limits::RateLimits},
    content::{
        Content, lock_file,
        reload::ContentStore,
        tests::{copy_settled_content, inventory_of, write_strings},
    },
    domain::{
        Timestamp,
        consent::decision::{AnswerContext, CollectedVia},
        cookies::declaration::FirstPartyCookie,
        ledger::record::RecordRef,
        web::{host::Hosts, security_txt::SecurityTxt},
    },
    http::{
        middleware, service,
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

/// Start time of every test: 22 November 2026, noon, while edition 1.1 is current.
pub(in crate::http::tests) const NOON: i64 = 1_795_348_800;

/// The record that decisions made by hand refer to.
pub(in crate::http::tests) const FILED: RecordRef =
    RecordRef { record: Uuid::from_u128(0xA), subject: Uuid::from_u128(0xB) };

/// The label under which the server authenticates decisions.
pub(in crate::http::tests) const CONSENT_LABEL: &str = FirstPartyCookie::Consent.label();

/// One day in seconds.
pub(in crate::http::tests) const DAY: i64 = 86_400;

/// What a test may change before the site serves.
pub(in crate::http::tests) struct SiteParts {
    pub app: AppState,
    pub settings: HttpSettings,
    pub page_cache: PageCache,
    pub load_shed: Option<LoadShed>,
}

/// A running site. Clones share their state.
#[derive(Clone)]
pub(in crate::http::tests) struct Site {
    pub state: Arc<AppState>,
    pub http: Arc<HttpState>,
    service: middleware::SiteService,
    now: Arc<AtomicI64>,
    folder: Arc<TempDir>,
    /// The content folder, unless it is the shipped one.
    content: Option<Arc<TempDir>>,
}

/// Returns a new site.
pub(in crate::http::tests) fn setup() -> Site {
    site_with(|_| ())
}

/// Returns a new site whose state `change` has altered.
pub(in crate::http::tests) fn site_with(change: impl FnOnce(&mut SiteParts)) -> Site {
    serve(None, KEY, change)
}

/// Returns a new site with all shipped editions, whose state `change` has altered.
pub(in crate::http::tests) fn site_with_newest_edition(change: impl FnOnce(&mut SiteParts)) -> Site {
    serve(Some(&shipped()), KEY, change)
}

/// Returns a new site with another ledger key.
pub(in crate::http::tests) fn site_with_key(key: [u8; SECRET_BYTES]) -> Site {
    serve(None, key, |_| ())
}

/// The default ledger key.
const KEY: [u8; SECRET_BYTES] = [9; SECRET_BYTES];

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content")
}

/// The shipped editions that are effective when a test begins.
const EDITIONS: [&str; 2] = ["1.0", "1.1"];

/// Returns a site with another edition 1.2 than the shipped one, effective the next day.
/// `inventory` is added to the declarations of the earlier editions.
pub(in crate::http::tests) fn site_with_edition(inventory: &str, change: impl FnOnce(&mut SiteParts)) -> Site {
    site_with_edition_and_services(inventory, "", change)
}

/// Like [`site_with_edition`], with an edition 1.2 of that day that subscribers are told of 14 days
/// before. `database` is that of [`site_on`].
pub(in crate::http::tests) fn site_with_notice(
    effective: time::Date,
    (database, number): (Option<&Database>, u64),
    change: impl FnOnce(&mut SiteParts),
) -> Site {
    let content = content_with("", "");
    let edition = content.path().join("policy/en/1.2.md");
    let text = fs::read_to_string(&edition).unwrap();
    let head = format!("effective = {effective}\nnotify = true\n");
    fs::write(&edition, text.replace("effective = 2026-11-23\n", &head)).unwrap();
    lock(content.path());
    let folder = tempfile::tempdir().unwrap();
    let own = Database::File(folder.path().join("harmony.db"));
    let place = Place {
        content: Some(content.path()),
        database: database.unwrap_or(&own),
        key: KEY,
        first_token: (number << 32) + 1,
    };
    let mut site = build(folder, place, change);
    site.content = Some(Arc::new(content));
    site
}

/// Like [`site_with_edition`], with a list of partner services.
pub(in crate::http::tests) fn site_with_edition_and_services(
    inventory: &str,
    services: &str,
    change: impl FnOnce(&mut SiteParts),
) -> Site {
    let folder = content_with(inventory, services);
    let mut site = serve(Some(folder.path()), KEY, change);
    site.content = Some(Arc::new(folder));
    site
}

/// Writes the content of [`site_with_edition_and_services`].
fn content_with(inventory: &str, services: &str) -> TempDir {
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
    lock(folder.path());
    folder
}

/// Returns a site whose copy of the content `change` has edited.
pub(in crate::http::tests) fn site_with_content(change: impl FnOnce(&Path)) -> Site {
    let folder = tempfile::tempdir().unwrap();
    copy_settled_content(folder.path()).unwrap();
    change(folder.path());
    lock(folder.path());
    let mut site = serve(Some(folder.path()), KEY, |_| ());
    site.content = Some(Arc::new(folder));
    site
}

/// Returns a site with additional static files.
pub(in crate::http::tests) fn site_with_files(add: impl FnOnce(&Path)) -> Site {
    let mut site = setup();
    add(site.folder.path());
    // The router reads the folder when it is built.
    site.service = service(&site.http);
    site
}

/// Returns a site with other English messages.
pub(in crate::http::tests) fn site_with_english(strings: &str) -> Site {
    site_with_content(|content| fs::write(content.join("strings/en.toml"), strings).unwrap())
}

/// Writes a new lock file for all editions, including published ones.
pub(in crate::http::tests) fn lock(content: &Path) {
    let _ = fs::remove_file(content.join(lock_file::FILE));
    lock_file::lock(content, &Content::load(content).unwrap(), Timestamp(NOON).day()).unwrap();
}

fn serve(content: Option<&Path>, key: [u8; SECRET_BYTES], change: impl FnOnce(&mut SiteParts)) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::File(folder.path().join("harmony.db"));
    build(folder, Place { content, database: &database, key, first_token: 1 }, change)
}

/// The parameters that differ between sites.
struct Place<'p> {
    /// Another content folder than that of most tests.
    content: Option<&'p Path>,
    database: &'p Database,
    key: [u8; SECRET_BYTES],
    first_token: u64,
}

/// Returns a site that uses this database. Sites that share one need different numbers.
pub(in crate::http::tests) fn site_on(database: &Database, number: u64) -> Site {
    let place = Place { content: None, database, key: KEY, first_token: number << 32 };
    build(tempfile::tempdir().unwrap(), place, |_| ())
}

/// Like [`site_on`], with all shipped editions, and a state that `change` has altered.
pub(in crate::http::tests) fn site_on_with_newest_edition(
    database: &Database,
    number: u64,
    change: impl FnOnce(&mut SiteParts),
) -> Site {
    let shipped = shipped();
    let place = Place { content: Some(&shipped), database, key: KEY, first_token: number << 32 };
    build(tempfile::tempdir().unwrap(), place, change)
}

/// Like [`site_on`], with a list of partner services.
pub(in crate::http::tests) fn site_on_with_services(database: &Database, number: u64, services: &str) -> Site {
    let folder = content_with("", services);
    let place = Place { content: Some(folder.path()), database, key: KEY, first_token: number << 32 };
    let mut site = build(tempfile::tempdir().unwrap(), place, |_| ());
    site.content = Some(Arc::new(folder));
    site
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
    let rng = Rng::from_fn(move |bytes| {
        let token = tokens.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(token).for_each(|(byte, part)| *byte = part);
    });
    let ledger = Ledger::new(Key::new(&place.key), Vec::new());
    let store = ledger.open(place.database, rng.clone()).unwrap();
    // The timeout for a database server is under test; a local file needs none.
    let store = if matches!(place.database, Database::File(_)) { store.with_test_timeout() } else { store };
    let app = AppState::new(AppStateParts {
        content: content_store(place.content),
        site: folder.path().to_owned(),
        clock: Clock::from_fn(move || Timestamp(clock.load(Ordering::Relaxed))),
        store,
        rng,
        ledger,
        tokens: ConsentTokenSigner::new(&[5; consent_jwt::SECRET_BYTES]),
        origin: super::browser::ORIGIN.into(),
        security_txt: SecurityTxt::new("mailto:security@harmony.example", date!(2027 - 06 - 01)).ok(),
        has_country_header: false,
        cookie_signer: CookieSigner::new(&[7; KEY_BYTES]),
        limits: RateLimits::default(),
        sign_in: SignInConfig::default(),
        binds_sessions: false,
        mail: Outbox::default(),
        observers: Telemetry::default(),
    })
    .unwrap();
    let mut parts = SiteParts {
        app: Arc::into_inner(app).unwrap(),
        settings: HttpSettings {
            limits: Config::load(None, []).unwrap().limits.http,
            hosts: Hosts::from_origin(&super::browser::ORIGIN.parse().unwrap()),
            hsts: Hsts::default(),
            client_ip_header: None,
            country_source: CountrySource::Table,
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
    Site { service: service(&http), state, http, now, folder: Arc::new(folder), content: None }
}

/// The content of a folder. The content of most tests is loaded once for all of them.
fn content_store(folder: Option<&Path>) -> ContentStore {
    static SETTLED: LazyLock<Arc<Content>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        copy_settled_content(folder.path()).unwrap();
        lock(folder.path());
        Arc::new(Content::load(folder.path()).unwrap())
    });
    let today = Timestamp(NOON).day();
    match folder {
        Some(folder) => ContentStore::load(folder.to_owned(), today).unwrap(),
        None => ContentStore::fixed(Arc::clone(&SETTLED)),
    }
}

impl Site {
    /// Returns a new browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }

    /// Returns the path of a static file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sends a request and returns the response. Fails if the gate had to block or correct a
    /// cookie.
    pub async fn answer(&self, request: Request<Body>) -> (Response<()>, Bytes) {
        let asked = format!("{} {}", request.method(), request.uri());
        let (parts, body) = self.service.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(self.state.gate_violations.load(Ordering::Relaxed), 0, "the gate had to step in at {asked}");
        (Response::from_parts(parts, ()), bytes)
    }

    /// Returns the service, for tests that serve it over TCP.
    pub fn service(&self) -> middleware::SiteService {
        self.service.clone()
    }

    /// Returns the context of an answer with the banner, given now.
    pub fn act(&self) -> AnswerContext {
        let in_force = self.state.current_version();
        let shown = Arc::clone(in_force.content.fingerprints(in_force.version));
        let decided_at = Timestamp(self.now());
        AnswerContext {
            version: in_force.version,
            shown,
            decided_at,
            collected_via: CollectedVia::Banner,
            signal: None,
        }
    }

    /// Returns the content folder, unless it is the shipped one.
    pub fn content(&self) -> &Path {
        self.content.as_ref().unwrap().path()
    }

    /// Returns the path of `cookies.toml`.
    pub fn inventory(&self) -> PathBuf {
        self.content().join("cookies.toml")
    }

    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Moves the clock forward, or back if `seconds` is negative.
    pub fn advance_clock(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Deletes older records and returns the number of deleted batches.
    pub async fn prune(&self, before: Timestamp) -> usize {
        self.state.store.write(move |tx| tx.prune_ledger(before, Timestamp(i64::MAX))).await.unwrap()
    }

    /// Returns all page view counts.
    pub async fn views(&self) -> Vec<PageViewCount> {
        self.state.store.flush().await.unwrap();
        self.state.store.read(|tx| tx.page_views_since(date!(1970 - 01 - 01))).await.unwrap()
    }

    /// Returns the sum of all page view counts.
    pub async fn views_in_all(&self) -> u64 {
        self.views().await.iter().map(|row| row.count).sum()
    }
}
