//! The cache of rendered pages and documents, in memory.
//!
//! Handlers and `middleware::page_cache` fill it and read it. A debug build stores nothing, so that
//! a publisher sees each saved file at once.

use std::{sync::Arc, thread::available_parallelism};

use axum::{body::Bytes, http::HeaderMap};
use foldhash::quality::RandomState;
use moka::sync::Cache;
use tokio::{
    sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    app::request_context::{ConsentState, CookieState, FormOutcome, Identity, RequestContext, RequestLocale},
    domain::{
        analytics::Week,
        consent::{
            decision::{AnswerState, Answers, EffectiveConsent, ReconsentReason},
            signal::Signal,
        },
        cookies::{
            declaration::{FirstPartyCookie, FirstPartyCookies},
            purpose::{PerPurpose, Purposes},
            request_header::RequestCookies,
        },
        i18n::locale::Locale,
        policy::version::Version,
        web::{
            appearance::Appearance,
            flash::{Blocked, Flash},
            page::Page,
        },
    },
    http::state::cached_response::{CachedResponse, Effort},
};

/// The largest size of the cache, in bytes. A client that requests every variant of every page
/// cannot fill the memory.
const MAX_BYTES: u64 = 64 << 20;

/// The largest number of entries that are rendered, or waited for, at once.
const MAX_RENDERING: u64 = 10_000;

/// What a cached response is stored under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CacheKey {
    /// A page that looks the same for many visitors.
    Page(PageVariant),
    /// A document that is the same for every client, while an edition is effective.
    Document(Document, Option<Version>),
}

/// All that can make one rendering of a cached page differ from another, but for the keys of forms
/// and [`personal_texts`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageVariant {
    pub page: Page,
    pub locale: RequestLocale,
    pub effective: Option<Version>,
    pub prompts: Purposes,
    pub reconsent: PerPurpose<ReconsentReason>,
    pub previous: Answers,
    pub granted: Purposes,
    /// The valid decision, without its times of day.
    pub decided: Option<EffectiveConsent>,
    /// Whether that decision was made in this browser.
    pub is_own: bool,
    /// Whether the page links to the record of that decision. The id of the record is in a slot.
    pub has_record: bool,
    pub signal: Option<Signal>,
    pub held: FirstPartyCookies,
    pub held_formerly: FirstPartyCookies,
    pub to_set: FirstPartyCookies,
    /// The names of the foreign cookies that the browser sent, as a `Cookie` header without values.
    pub foreign: Vec<u8>,
    pub blocked: Option<Blocked>,
    pub signed_in: bool,
    pub appearance: Appearance,
    pub flash: Option<Flash>,
}

/// A document that programs fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Document {
    /// `/policy/feed.xml`
    Feed,
    /// `/sitemap.xml`
    Sitemap,
    /// `/policy/1.0/print.css`
    PrintSheet(Version, Locale),
    /// `/cookies.json`
    Cookies,
    /// `/policy.json`, and `/policy/1.0.json` of each edition
    Edition(Version),
    /// `/schemas/…`, by its file name
    Schema(&'static str),
    /// `/statistics.json`, by the newest week in it
    StatisticsJson(Week),
    /// `/statistics.csv`, by the newest week in it
    StatisticsCsv(Week),
    /// `/openapi.json`
    OpenApi,
    /// `/logo.svg`
    Logo,
    /// `/logo-dark.svg`
    LogoDark,
    /// `/accent.css`
    AccentSheet,
}

/// The cache of rendered pages and documents.
///
/// A missing entry is rendered once for all requests that wait for it, and as many entries at once
/// as there are processors. So no load makes the server reject a request for a cached page, except
/// that a request with a session cookie needs a permit for its lookup. The first visitor gets the
/// page before it is compressed for the others. The least used entries are evicted first.
#[derive(Debug)]
pub(crate) struct PageCache {
    is_enabled: bool,
    entries: Cache<CacheKey, Arc<CachedResponse>, RandomState>,
    /// One lock for each entry that is rendered.
    rendering: Cache<CacheKey, Arc<Mutex<()>>>,
    /// How many are rendered at once.
    permits: Arc<Semaphore>,
}

/// The right to render and to compress an entry, while others wait for it.
#[derive(Debug)]
pub(crate) struct RenderPermit {
    _lock: OwnedMutexGuard<()>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// What a page shows of one visitor's decision alone: its exact times and its record. They are in
/// slots of the page.
pub(crate) fn personal_texts(decided: Option<&EffectiveConsent>, record: Option<Uuid>) -> Vec<String> {
    let Some(decision) = decided.map(EffectiveConsent::decision) else { return Vec::new() };
    let answered = decision.answers.values().map(|given| AnswerState::Answered(given.answer, given.answered_at));
    let rest = [decision.decided_at.rfc3339(), record.map(|record| record.to_string())];
    answered.map(|state| state.to_string()).chain(rest.into_iter().flatten()).collect()
}

impl PageVariant {
    /// The texts that stand for those of a visitor.
    pub(crate) fn placeholders(&self) -> Vec<String> {
        personal_texts(self.decided.as_ref(), self.has_record.then(Uuid::max))
    }

    /// The context of any visitor to whom the page looks like this, and nothing else of the
    /// request.
    pub(crate) fn context(self) -> RequestContext {
        let formerly = self.held_formerly.iter().map(FirstPartyCookie::label);
        let names = self.held.iter().map(|own| own.into_str()).chain(formerly);
        let own: Vec<_> = names.map(|name| format!("{name}=")).collect();
        let received = own.iter().map(String::as_bytes).chain([&*self.foreign]);
        let decision = self.decided.as_ref().map(EffectiveConsent::decision);
        RequestContext {
            page: Some(self.page),
            locale: self.locale.locale,
            locale_in_path: self.locale.in_path,
            appearance: self.appearance,
            identity: Identity { signed_in: self.signed_in, ..Identity::default() },
            consent: ConsentState {
                prompts: self.prompts,
                reconsent: self.reconsent,
                previous: self.previous,
                granted: self.granted,
                effective: self.decided.clone().and_then(|decided| decided.under_signal(self.signal)),
                overridden: decision.map(|decision| decision.overridden_by(self.signal)).unwrap_or_default(),
                record: self.has_record.then(Uuid::max),
                is_own: self.is_own,
                signal: self.signal,
                decided: self.decided,
                ..ConsentState::default()
            },
            cookies: CookieState {
                received: Arc::new(RequestCookies::parse(received)),
                held: self.held,
                held_formerly: self.held_formerly,
                to_set: self.to_set.iter().collect(),
                blocked: self.blocked,
            },
            outcome: FormOutcome { flash: self.flash, ..FormOutcome::default() },
            is_shared: true,
            ..RequestContext::default()
        }
    }
}

impl Default for PageCache {
    fn default() -> Self {
        Self::with_capacity(MAX_BYTES)
    }
}

impl PageCache {
    fn with_capacity(bytes: u64) -> Self {
        let weigher = |_: &CacheKey, response: &Arc<CachedResponse>| response.bytes();
        Self {
            is_enabled: !cfg!(debug_assertions),
            entries: Cache::builder().max_capacity(bytes).weigher(weigher).build_with_hasher(RandomState::default()),
            rendering: Cache::new(MAX_RENDERING),
            permits: Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))),
        }
    }

    /// A cache that stores responses in a debug build too.
    #[cfg(test)]
    pub(crate) fn enabled() -> Self {
        Self { is_enabled: true, ..Self::default() }
    }

    /// The number of stored responses, once no page is being compressed.
    #[cfg(test)]
    pub(crate) async fn entries(&self) -> u64 {
        let all = available_parallelism().map_or(1, usize::from).try_into().unwrap_or(1);
        let _all = self.permits.acquire_many(all).await;
        self.entries.run_pending_tasks();
        self.entries.entry_count()
    }

    /// Whether responses are stored.
    pub(crate) const fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    /// The response of a document. `render` makes it if the cache does not have it.
    pub(crate) async fn document(
        &self,
        document: Document,
        effective: Option<Version>,
        render: impl FnOnce() -> Vec<u8>,
    ) -> Arc<CachedResponse> {
        let key = CacheKey::Document(document, effective);
        if let Some(response) = self.get(&key) {
            return response;
        }
        let plain = CachedResponse::plain(render().into());
        if !self.is_enabled {
            return Arc::new(plain);
        }
        let compressed = self.compress(key, plain.clone(), Effort::ForAll, None).await;
        compressed.unwrap_or_else(|_| Arc::new(plain))
    }

    /// A rendered page, not compressed. It is stored once it is, unless the cache is disabled.
    pub(crate) fn page(
        &self,
        variant: PageVariant,
        html: &Bytes,
        headers: &HeaderMap,
        permit: Option<RenderPermit>,
    ) -> CachedResponse {
        let placeholders = variant.placeholders();
        let page = CachedResponse::page(html, &placeholders).with_headers(headers);
        if self.is_enabled {
            let is_for_all = placeholders.is_empty() && variant.foreign.is_empty();
            let effort = if is_for_all { Effort::ForAll } else { Effort::ForFew };
            drop(self.compress(CacheKey::Page(variant), page.clone(), effort, permit));
        }
        page
    }

    /// Compresses a response and stores it, and then gives the permit back.
    fn compress(
        &self,
        key: CacheKey,
        plain: CachedResponse,
        effort: Effort,
        permit: Option<RenderPermit>,
    ) -> JoinHandle<Arc<CachedResponse>> {
        let entries = self.entries.clone();
        tokio::task::spawn_blocking(move || {
            let response = Arc::new(plain.compress(effort));
            entries.insert(key, Arc::clone(&response));
            drop(permit);
            response
        })
    }

    /// The stored response.
    pub(crate) fn get(&self, key: &CacheKey) -> Option<Arc<CachedResponse>> {
        self.entries.get(key)
    }

    /// The stored response, or the right to render it once no other request renders it.
    pub(crate) async fn get_or_render(&self, key: &CacheKey) -> Result<Arc<CachedResponse>, RenderPermit> {
        let lock = self.rendering.get_with_by_ref(key, Arc::default).lock_owned().await;
        match self.get(key) {
            Some(response) => Ok(response),
            None => Err(RenderPermit { _lock: lock, _permit: Arc::clone(&self.permits).acquire_owned().await.ok() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const VERSION: Option<Version> = Some(Version { major: 1, minor: 0 });

    fn document(minor: u16) -> Document {
        Document::PrintSheet(Version { major: 1, minor }, Locale::ENGLISH)
    }

    #[tokio::test]
    async fn the_cache_is_bounded_and_the_most_used_entry_stays() {
        const CAPACITY: u64 = 100_000;
        let cache = PageCache { is_enabled: true, ..PageCache::with_capacity(CAPACITY) };
        let used = CacheKey::Document(document(0), VERSION);
        cache.document(document(0), VERSION, || vec![b' '; 10]).await;
        for minor in 1..200 {
            assert!(cache.get(&used).is_some());
            cache.document(document(minor), VERSION, || vec![b' '; 2_000]).await;
        }
        cache.entries.run_pending_tasks();
        assert!(cache.entries.weighted_size() <= CAPACITY, "{}", cache.entries.weighted_size());
        assert!(cache.get(&used).is_some());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_entry_is_rendered_once_for_all_requests_that_wait_for_it() {
        let (cache, rendered) = (Arc::new(PageCache::enabled()), Arc::new(AtomicUsize::new(0)));
        let key = CacheKey::Document(document(0), VERSION);
        let requests: Vec<_> = (0..100)
            .map(|_| {
                let (cache, rendered, key) = (Arc::clone(&cache), Arc::clone(&rendered), key.clone());
                tokio::spawn(async move {
                    if let Err(permit) = cache.get_or_render(&key).await {
                        rendered.fetch_add(1, Ordering::Relaxed);
                        tokio::task::yield_now().await;
                        let response = CachedResponse::plain(vec![b' '; 10].into());
                        drop(cache.compress(key, response, Effort::ForAll, Some(permit)));
                    }
                })
            })
            .collect();
        for request in requests {
            assert!(request.await.is_ok());
        }
        assert_eq!(rendered.load(Ordering::Relaxed), 1);
    }
}
