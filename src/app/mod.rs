//! The use cases, and the state of one running server.
//!
//! - [`accounts`]: sign-up, sign-in, sessions, export and erasure.
//! - [`consent`], [`appearance`], [`language`]: what a visitor decides.
//! - [`browser_export`]: what the cookies of a browser hold and lead to, as a file.
//! - [`connect`]: hands a decision on to a partner service on another domain.
//! - [`cookie_jar`]: the cookies of one request and its response.
//! - [`measurement`], [`analytics`]: count how fast pages are, and publish all counts.
//! - [`findings`]: counts what pages of partner services find and the policy does not say.
//! - [`comparison`]: finds what changed from one edition to another, word by word.
//! - [`statement`]: what a receipt states beside its record.
//! - [`mail`]: messages to users and subscribers.
//! - [`subscriptions`]: who is told by mail when the policy changes.
//! - [`rate_limit`], [`concurrency_limit`]: limits per account, per network and for the whole
//!   server.
//! - [`retention`], [`time_stamping`]: the hourly task.

pub mod accounts;
pub(crate) mod analytics;
pub(crate) mod appearance;
pub(crate) mod browser_export;
pub mod comparison;
pub(crate) mod concurrency_limit;
pub(crate) mod connect;
pub(crate) mod consent;
pub(crate) mod cookie_jar;
pub mod findings;
pub(crate) mod form_context;
pub(crate) mod form_result;
pub(crate) mod fragment_cache;
pub(crate) mod idempotency_key;
pub(crate) mod language;
pub mod mail;
pub(crate) mod measurement;
pub mod rate_limit;
pub(crate) mod receipt_ticket;
pub(crate) mod request_context;
pub mod retention;
pub mod statement;
pub mod subscriptions;
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
use webauthn_rs::Webauthn;

use self::accounts::{
    passkeys,
    passwords::{PasswordError, Passwords},
    providers::IdentityProviders,
};
use crate::{
    app::{
        analytics::StatisticsCache, concurrency_limit::ConcurrencyLimit, fragment_cache::FragmentCache, mail::Outbox,
        measurement::MeasurementFilter, rate_limit::Limiter,
    },
    config::{asset_manifest::Assets, identity_providers::SignInConfig, rate_limits::RateLimits},
    content::{Content, Diagnostic, i18n::Messages, reload::ContentStore},
    domain::{
        Timestamp,
        cookies::{
            declaration::EssentialCookie,
            inventory::Inventory,
            purpose::{Optional, Purpose},
        },
        i18n::locale::Locale,
        policy::{document::Edition, version::Version},
        web::{page::Page, security_txt::SecurityTxt},
    },
    ledger::Ledger,
    store::{Store, StoreError},
    system::{clock::Clock, consent_jwt::ConsentTokenSigner, cookie_signer::CookieSigner, rng::Rng},
    telemetry::Telemetry,
};

/// The state of one running server.
#[derive(Debug)]
pub struct AppState {
    content: ContentStore,
    pub(crate) assets: Assets,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) cookie_signer: Arc<CookieSigner>,
    /// The store of accounts, records and counts.
    pub store: Store,
    /// Appends, signs and reads records.
    pub ledger: Ledger,
    pub(crate) tokens: ConsentTokenSigner,
    /// The origin of this site.
    pub(crate) origin: String,
    pub(crate) security_txt: Option<SecurityTxt>,
    /// Whether a header names the country of a client, and not the table in the program.
    pub(crate) has_country_header: bool,
    /// Hashes passwords, unless they are switched off: a form for one does not exist then.
    pub(crate) passwords: Option<Passwords>,
    /// The relying party of passkeys, if browsers have passkeys for the origin.
    pub(crate) passkeys: Option<Webauthn>,
    pub(crate) identity_providers: IdentityProviders,
    /// Whether sessions are bound to a key of the device, in browsers that can.
    pub(crate) binds_sessions: bool,
    pub(crate) limiter: Limiter,
    pub(crate) mail: Outbox,
    /// The observed time (`domain::retention`), as a Unix timestamp. `i64::MIN` until the task has
    /// run.
    pub(crate) seen: AtomicI64,
    /// Limits how many exports the server writes at the same time.
    pub(crate) exports: ConcurrencyLimit,
    pub(crate) leptos: LeptosOptions,
    /// The published counts of page views.
    pub(crate) statistics: StatisticsCache,
    /// Which measurements were counted.
    pub(crate) measurements: MeasurementFilter,
    /// Parts of pages that look the same for every visitor.
    pub(crate) fragments: FragmentCache,
    /// Metrics, traces and their counters.
    pub observers: Telemetry,
    /// How often the gate blocked or corrected a cookie. Any value but 0 is a bug.
    pub gate_violations: AtomicU64,
}

/// The dependencies of an [`AppState`].
#[derive(Debug)]
pub struct AppStateParts {
    /// The policy, the inventory and the texts of the interface.
    pub content: ContentStore,
    /// The folder of the built site: styles, scripts, icons.
    pub site: PathBuf,
    /// The source of the current time.
    pub clock: Clock,
    /// The source of random bytes.
    pub rng: Rng,
    /// Signs consent cookies.
    pub cookie_signer: CookieSigner,
    /// The store of accounts, records and counts.
    pub store: Store,
    /// Appends, signs and reads records.
    pub ledger: Ledger,
    /// Signs the consent tokens for partner services.
    pub tokens: ConsentTokenSigner,
    /// The origin of this site, such as `https://cookies.example`.
    pub origin: String,
    /// The contact for vulnerability reports, if the operator set one.
    pub security_txt: Option<SecurityTxt>,
    /// Whether a header names the country of a client, and not the table in the program.
    pub has_country_header: bool,
    /// How users sign in.
    pub sign_in: SignInConfig,
    /// Whether sessions are bound to a key of the device, in browsers that can.
    pub binds_sessions: bool,
    /// The rate limits.
    pub limits: RateLimits,
    /// The mail server.
    pub mail: Outbox,
    /// Metrics, traces and their counters.
    pub observers: Telemetry,
}

/// The limit of concurrent exports. A long export must not delay other reads of the store.
const MAX_EXPORTS: usize = 2;

impl AppState {
    /// Builds the state from its dependencies.
    ///
    /// # Errors
    /// [`PasswordError`] if the server cannot hash passwords.
    pub fn new(parts: AppStateParts) -> Result<Arc<Self>, PasswordError> {
        let assets = Assets::read();
        parts.observers.watch(&parts.store);
        let leptos = LeptosOptions::builder()
            .output_name("harmony")
            .site_root(parts.site.to_string_lossy().into_owned())
            .hash_files(assets.are_hashed())
            .build();
        let name = &parts.content.current(parts.clock.now().day()).publisher.name;
        let passkeys = passkeys::relying_party(&parts.origin, name);
        Ok(Arc::new(Self {
            passkeys,
            content: parts.content,
            assets,
            identity_providers: IdentityProviders::new(parts.sign_in.providers),
            binds_sessions: parts.binds_sessions,
            limiter: Limiter::new(parts.limits, &parts.clock),
            mail: parts.mail,
            seen: AtomicI64::new(i64::MIN),
            exports: ConcurrencyLimit::new(MAX_EXPORTS, "exports"),
            passwords: parts.sign_in.passwords.then(|| Passwords::new(&parts.rng)).transpose()?,
            clock: parts.clock,
            rng: parts.rng,
            cookie_signer: Arc::new(parts.cookie_signer),
            store: parts.store,
            ledger: parts.ledger,
            tokens: parts.tokens,
            origin: parts.origin,
            security_txt: parts.security_txt,
            has_country_header: parts.has_country_header,
            leptos,
            statistics: StatisticsCache::default(),
            measurements: MeasurementFilter::default(),
            fragments: FragmentCache::default(),
            observers: parts.observers,
            gate_violations: AtomicU64::new(0),
        }))
    }

    /// The current content.
    pub(crate) fn content(&self) -> Arc<Content> {
        self.content.current(self.now().day())
    }

    /// The errors of the content, which a debug build shows.
    pub(crate) fn content_errors(&self) -> Arc<[Diagnostic]> {
        self.content.errors(self.now().day())
    }

    /// The texts of the user interface in a language.
    pub(crate) fn strings(&self, locale: Locale) -> Arc<Messages> {
        Arc::clone(self.content().strings(locale))
    }

    /// The edition that is effective now, or the first edition before its effective date.
    pub(crate) fn current_version(&self) -> CurrentVersion {
        let (content, today) = (self.content(), self.now().day());
        let effective = content.effective_version(today);
        let version = effective.unwrap_or_else(|| content.current_version(today));
        CurrentVersion { content, version, effective }
    }

    /// Whether a page exists. The page of an edition exists if the edition is published, and a
    /// comparison if both of its editions are published and differ.
    pub(crate) fn has_page(&self, page: Page) -> bool {
        match page {
            Page::Edition(version) => self.content().edition(version).is_some(),
            Page::Comparison(from, to) => {
                let content = self.content();
                from != to && [from, to].into_iter().all(|version| content.edition(version).is_some())
            }
            // Without the purpose, nothing is counted or measured.
            Page::Measurement => self.inventory().purpose(Purpose::Optional(Optional::ANALYTICS)).is_some(),
            Page::AddPasskey | Page::RemovePasskey => self.passkeys.is_some(),
            Page::RemovePassword => self.passwords.is_some() && self.passkeys.is_some(),
            Page::SignUp | Page::PasswordReset | Page::ForgottenPassword | Page::Password => self.passwords.is_some(),
            _ => true,
        }
    }

    /// The inventory of the effective edition.
    pub(crate) fn inventory(&self) -> Arc<Inventory> {
        self.current_version().inventory()
    }

    /// The inventory of the effective edition, translated into a language.
    pub(crate) fn localized_inventory(&self, locale: Locale) -> Arc<Inventory> {
        self.current_version().localized_inventory(locale)
    }

    /// How long a remembered browser stays signed in without a visit: the lifetime of the remember
    /// cookie.
    pub(crate) fn remembered_for(&self) -> Duration {
        self.inventory().essential(EssentialCookie::Remember).lifetime.duration()
    }

    /// The start of the period in which a sign-in makes a device known: now minus the lifetime of
    /// the device cookie.
    pub(crate) fn devices_known_since(&self) -> Timestamp {
        self.now().minus_seconds(self.device_lifetime().as_secs())
    }

    /// How long a device stays known without a sign-in: the lifetime of the device cookie.
    pub(crate) fn device_lifetime(&self) -> Duration {
        self.inventory().essential(EssentialCookie::Device).lifetime.duration()
    }

    /// The later of the clock's time and the observed time. A clock that an operator sets back does
    /// not make it earlier.
    pub(crate) fn latest(&self) -> Timestamp {
        self.now().max(Timestamp(self.seen.load(Ordering::Relaxed)))
    }

    /// Raises the cost of the dummy hash to that of the costliest stored hash.
    ///
    /// The server runs this before it answers the first request. A sign-in to an unknown account
    /// then takes as long as one to any account.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
    pub async fn load_hash_costs(&self) -> Result<(), StoreError> {
        let Some(passwords) = &self.passwords else { return Ok(()) };
        for stored in self.store.read_snapshot(|tx| tx.password_hashes_by_cost()).await? {
            passwords.raise_dummy_cost(&stored);
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The content, and the version of the effective edition.
pub(crate) struct CurrentVersion {
    pub content: Arc<Content>,
    /// The version of the effective edition, or of the first before its effective date.
    pub version: Version,
    /// The version of the effective edition, if there is one yet.
    pub effective: Option<Version>,
}

impl CurrentVersion {
    /// The effective edition.
    pub fn edition(&self) -> Option<&Edition> {
        self.content.edition(self.version)
    }

    /// The inventory of the effective edition.
    pub fn inventory(&self) -> Arc<Inventory> {
        Arc::clone(self.content.inventory(self.version))
    }

    /// The inventory of the effective edition, translated into a language.
    pub fn localized_inventory(&self, locale: Locale) -> Arc<Inventory> {
        Arc::clone(self.content.localized_inventory(self.version, locale))
    }
}
