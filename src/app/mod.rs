//! The use cases, and the state of one running server.
//!
//! - [`accounts`]: sign up, sign in, sessions, export and erasure.
//! - [`consent`], [`appearance`], [`language`]: what a visitor decides.
//! - [`analytics`]: counts page views and publishes the counts.
//! - [`consent_jwt`]: signs what partner services verify by themselves.
//! - [`comparison`]: finds what changed from one edition to another, word by word.
//! - [`rate_limit`], [`concurrency_limit`]: limits per account, per network and for all together.
//! - [`retention`], [`time_stamping`]: the hourly task.

pub mod accounts;
pub(crate) mod analytics;
pub(crate) mod appearance;
pub mod comparison;
pub(crate) mod concurrency_limit;
pub(crate) mod consent;
pub(crate) mod cookie_jar;
pub(crate) mod form_context;
pub(crate) mod form_result;
pub(crate) mod idempotency_key;
pub(crate) mod language;
pub mod rate_limit;
pub(crate) mod receipt_ticket;
pub(crate) mod request_context;
pub mod retention;
pub mod time_stamping;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use leptos::config::LeptosOptions;

use self::accounts::passwords::{PasswordError, Passwords};
use crate::{
    app::{concurrency_limit::ConcurrencyLimit, rate_limit::Limiter},
    config::{asset_manifest::Assets, rate_limits::RateLimits},
    content::{Content, Diagnostic, i18n::Messages, reload::ContentStore},
    domain::{
        Timestamp,
        cookies::{declaration::FirstPartyCookie, inventory::Inventory},
        i18n::locale::Locale,
        policy::{document::Edition, version::Version},
        web::{page::Page, security_txt::SecurityTxt},
    },
    ledger::Ledger,
    store::{Store, StoreError},
    system::{clock::Clock, consent_jwt::ConsentTokenSigner, cookie_signer::CookieSigner, rng::Rng},
    telemetry::Telemetry,
};

/// All that one running server holds.
#[derive(Debug)]
pub struct AppState {
    content: ContentStore,
    pub(crate) assets: Assets,
    pub(crate) clock: Clock,
    pub(crate) chance: Rng,
    pub(crate) seal: Arc<CookieSigner>,
    /// Where everything is kept.
    pub store: Store,
    /// What signs records.
    pub ledger: Ledger,
    pub(crate) tokens: ConsentTokenSigner,
    /// The origin under which this site is reached.
    pub(crate) origin: String,
    pub(crate) security_txt: Option<SecurityTxt>,
    pub(crate) passwords: Passwords,
    pub(crate) limiter: Limiter,
    /// The time that was seen to pass, in seconds, once it is known.
    pub(crate) seen: AtomicI64,
    /// The places for those who take their data away.
    pub(crate) exports: ConcurrencyLimit,
    pub(crate) leptos: LeptosOptions,
    /// Whoever watches.
    pub observers: Telemetry,
    /// How often the gate withheld a cookie or put one right. Anything but 0 is a mistake in the code.
    pub gate_faults: AtomicU64,
}

/// What a [`State`] is made of.
#[derive(Debug)]
pub struct AppStateParts {
    /// The folder of the policy and the inventory.
    pub content: PathBuf,
    /// The folder of the built site: style, scripts, icons.
    pub site: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub chance: Rng,
    /// What marks consent cookies.
    pub seal: CookieSigner,
    /// Where accounts, records and counts are kept.
    pub store: Store,
    /// What signs records.
    pub ledger: Ledger,
    /// What signs the statements for sibling services.
    pub tokens: ConsentTokenSigner,
    /// The origin under which the site is reached, such as `https://cookies.example`.
    pub origin: String,
    /// Whom to tell of a hole in the site, if somebody is set.
    pub security_txt: Option<SecurityTxt>,
    /// The rate limits.
    pub limits: RateLimits,
    /// Whoever watches.
    pub observers: Telemetry,
}

/// Why a server cannot be made of its parts.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// Every mistake in the content, a line each.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Content(Vec<Diagnostic>),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
}

/// So many are written at once: a long one must not hold up everybody who reads.
const MOST_EXPORTS: usize = 2;

impl AppState {
    /// A server made of these parts.
    ///
    /// # Errors
    /// [`StartupError`] if the content has mistakes, or passwords cannot be hashed.
    pub fn new(parts: AppStateParts) -> Result<Arc<Self>, StartupError> {
        let library = ContentStore::open(parts.content, parts.clock.now().day()).map_err(StartupError::Content)?;
        let assets = Assets::read();
        parts.observers.watch(&parts.store);
        let leptos = LeptosOptions::builder()
            .output_name("harmony")
            .site_root(parts.site.to_string_lossy().into_owned())
            .hash_files(assets.are_hashed())
            .build();
        Ok(Arc::new(Self {
            content: library,
            assets,
            limiter: Limiter::new(parts.limits, &parts.clock),
            seen: AtomicI64::new(i64::MIN),
            exports: ConcurrencyLimit::new(MOST_EXPORTS, "exports"),
            passwords: Passwords::new(&parts.chance)?,
            clock: parts.clock,
            chance: parts.chance,
            seal: Arc::new(parts.seal),
            store: parts.store,
            ledger: parts.ledger,
            tokens: parts.tokens,
            origin: parts.origin,
            security_txt: parts.security_txt,
            leptos,
            observers: parts.observers,
            gate_faults: AtomicU64::new(0),
        }))
    }

    /// The content as it stands now.
    pub(crate) fn content(&self) -> Arc<Content> {
        self.content.current(self.now().day())
    }

    /// The texts of the interface in a language.
    pub(crate) fn strings(&self, locale: Locale) -> Arc<Messages> {
        Arc::clone(self.content().strings(locale))
    }

    /// The edition in force now. Before the first edition's day, the first.
    pub(crate) fn current_version(&self) -> CurrentVersion {
        let content = self.content();
        let version = content.in_force(self.now().day());
        CurrentVersion { content, version }
    }

    /// Whether a page exists: the page of an edition only if the edition is published, a comparison
    /// only of two different ones.
    pub(crate) fn has_page(&self, page: Page) -> bool {
        match page {
            Page::Edition(version) => self.content().edition(version).is_some(),
            Page::Comparison(from, to) => {
                let content = self.content();
                from != to && [from, to].into_iter().all(|version| content.edition(version).is_some())
            }
            _ => true,
        }
    }

    /// What is declared as of the edition in force.
    pub(crate) fn inventory(&self) -> Arc<Inventory> {
        self.current_version().inventory()
    }

    /// The same in the words of a language.
    pub(crate) fn inventory_in(&self, locale: Locale) -> Arc<Inventory> {
        self.current_version().inventory_in(locale)
    }

    /// How long a browser is kept signed in without a visit: as long as the remember cookie is declared to live.
    pub(crate) fn remembered_for(&self) -> Duration {
        self.inventory().own(FirstPartyCookie::Remember).lifetime.duration()
    }

    /// Since when a browser must have signed in to be known: as long as the device cookie is declared to live.
    pub(crate) fn devices_known_since(&self) -> Timestamp {
        self.now().minus_seconds(self.device_lifetime().as_secs())
    }

    /// How long a browser is known without a sign-in.
    pub(crate) fn device_lifetime(&self) -> Duration {
        self.inventory().own(FirstPartyCookie::Device).lifetime.duration()
    }

    /// The latest time that is believed: what the clock says, or that which was seen to pass before it was set back.
    pub(crate) fn latest(&self) -> Timestamp {
        self.now().max(Timestamp(self.seen.load(Ordering::Relaxed)))
    }

    /// Finds out what the passwords that are stored cost to compare, before anybody is answered: an account that is not there costs
    /// as much.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
    pub async fn learn_costs(&self) -> Result<(), StoreError> {
        for stored in self.store.read_snapshot(|tables| tables.passwords_by_cost()).await? {
            self.passwords.reckon_with(&stored);
        }
        Ok(())
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The content, with the version of the edition that is in force.
pub(crate) struct CurrentVersion {
    /// All content.
    pub content: Arc<Content>,
    /// Which edition is in force.
    pub version: Version,
}

impl CurrentVersion {
    /// The edition itself.
    pub fn edition(&self) -> Option<&Edition> {
        self.content.edition(self.version)
    }

    /// What it declares.
    pub fn inventory(&self) -> Arc<Inventory> {
        Arc::clone(self.content.inventory(self.version))
    }

    /// The same in the words of a language.
    pub fn inventory_in(&self, locale: Locale) -> Arc<Inventory> {
        Arc::clone(self.content.inventory_in(self.version, locale))
    }
}
