//! Pages as bytes: what is equal for everybody is rendered once, compressed once, and answered from memory.
//!
//! The policy's pages, the list of services and the report on the site depend on little: the edition, what the banner asks and why it asks again, what is granted, the
//! appearance, and the notice. Each such face is rendered when it is first asked for, once for all who ask for it meanwhile, and at most as many at once as there are processors: so nobody who asks for
//! one is turned away, however much is asked. What is asked for least goes first. A debug build keeps nothing, so that a publisher sees what was just saved.

mod cached_response;

use std::{sync::Arc, thread::available_parallelism};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, SemaphorePermit};

pub(crate) use crate::http::middleware::page_cache::cached_response::CachedResponse;
use crate::{
    app::AppState,
    domain::{
        consent::decision::ReconsentReason,
        cookies::purpose::PerPurpose,
        i18n::locale::Locale,
        policy::version::Version,
        web::{
            appearance::Appearance,
            error::AppError,
            flash::{Blocked, Flash},
            page::Page,
        },
    },
    http::{
        html_cleanup,
        middleware::{locale, request_telemetry},
        request_context::RequestContext,
        routes::{feeds, schemas::Schema},
    },
};

/// No page of ours is larger, in bytes.
const LARGEST_PAGE: usize = 4 << 20;

/// No more is kept, in bytes: whoever asks for each page in each of its faces cannot fill the memory.
const LARGEST_MEMORY: u64 = 64 << 20;

/// For no more faces does anybody wait at once.
const MOST_TURNS: u64 = 10_000;

/// What can make one rendering of a page differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PageKey {
    /// A page of the policy, the list of services, or the report on the site.
    Page {
        page: Page,
        locale: Locale,
        says_locale: bool,
        in_force: Version,
        asked: PerPurpose<bool>,
        reopened: PerPurpose<Option<ReconsentReason>>,
        granted: PerPurpose<bool>,
        blocked: Option<Blocked>,
        signed_in: bool,
        appearance: Appearance,
        notice: Option<Flash>,
    },
    /// A document for machines.
    Data(Data),
    /// What is not a page and says the same to everybody, while an edition is in force.
    Document(Document, Version),
}

/// What readers' programs fetch of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Document {
    /// `/policy/feed.xml`
    Feed,
    /// `/sitemap.xml`
    Sitemap,
    /// `/policy/1.0/print.css`
    Print(Version, Locale),
}

/// What can make one rendering of a document for machines differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Data {
    /// The cookies as of an edition.
    Cookies(Version),
    /// An edition, seen while one is in force.
    Edition { version: Version, in_force: Version },
    /// The form of another document.
    Schema(Schema),
    /// The description of all routes for machines.
    OpenApi,
}

/// The pages that were rendered so far.
#[derive(Debug)]
pub(crate) struct PageCache {
    keeps: bool,
    kept: Cache<PageKey, Arc<CachedResponse>>,
    /// Who renders a face, while others who ask for it wait.
    turns: Cache<PageKey, Arc<Mutex<()>>>,
    /// How many are rendered at once.
    places: Semaphore,
}

/// The turn to render a face, for as long as it is held.
struct RenderTurn<'p> {
    _alone: OwnedMutexGuard<()>,
    _place: Option<SemaphorePermit<'p>>,
}

impl Default for PageCache {
    fn default() -> Self {
        Self::within(LARGEST_MEMORY)
    }
}

impl PageCache {
    /// Pages in so many bytes of memory.
    fn within(bytes: u64) -> Self {
        let weigher = |_: &PageKey, kept: &Arc<CachedResponse>| kept.bytes();
        Self {
            keeps: !cfg!(debug_assertions),
            kept: Cache::builder().max_capacity(bytes).weigher(weigher).build(),
            turns: Cache::new(MOST_TURNS),
            places: Semaphore::new(available_parallelism().map_or(1, usize::from)),
        }
    }

    /// Keeps pages in a debug build too.
    #[cfg(test)]
    pub(crate) fn keeping() -> Self {
        Self { keeps: true, ..Self::default() }
    }

    /// A document for machines, made by `make` when it is first asked for.
    pub(crate) async fn data(&self, data: Data, make: impl FnOnce() -> Vec<u8>) -> Arc<CachedResponse> {
        match self.find(PageKey::Data(data)) {
            Some(kept) => kept,
            None => self.keep(PageKey::Data(data), make().into()).await,
        }
    }

    /// A document while that edition is in force, made by `make` when it is first asked for.
    pub(crate) async fn document(
        &self,
        document: Document,
        in_force: Version,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Arc<CachedResponse> {
        let face = PageKey::Document(document, in_force);
        match self.find(face) {
            Some(kept) => kept,
            None => self.keep(face, make().into()).await,
        }
    }

    fn find(&self, face: PageKey) -> Option<Arc<CachedResponse>> {
        self.kept.get(&face)
    }

    /// What was kept of a face, or the turn to render it, once nobody else has it.
    async fn find_or_turn(&self, face: PageKey) -> Result<Arc<CachedResponse>, RenderTurn<'_>> {
        let alone = self.turns.get_with(face, Arc::default).lock_owned().await;
        match self.find(face) {
            Some(kept) => Ok(kept),
            None => Err(RenderTurn { _alone: alone, _place: self.places.acquire().await.ok() }),
        }
    }

    /// The rendering, kept and in each coding if pages are kept, and else as it is.
    async fn keep(&self, face: PageKey, plain: Bytes) -> Arc<CachedResponse> {
        if !self.keeps {
            return Arc::new(CachedResponse::plain(plain));
        }
        let page = plain.clone();
        let compressed = tokio::task::spawn_blocking(move || CachedResponse::new(page)).await;
        let kept = Arc::new(compressed.ok().flatten().unwrap_or_else(|| CachedResponse::plain(plain)));
        self.kept.insert(face, Arc::clone(&kept));
        kept
    }
}

/// The face that a page has for this visitor, if it is one of those that are kept.
fn face(site: &AppState, page: Page, visitor: &RequestContext) -> Option<PageKey> {
    // What is gone is told to one visitor only.
    let is_common = visitor.notice.is_none_or(Flash::follows_banner);
    let is_anyones = visitor.receipt.is_none()
        && !visitor.session_over
        && (page.shows_policy() || matches!(page, Page::Services | Page::Transparency))
        && is_common
        && visitor.gone.is_empty();
    is_anyones.then(|| PageKey::Page {
        page,
        locale: visitor.locale,
        says_locale: visitor.says_locale,
        in_force: site.current_version().version,
        asked: visitor.asked,
        // Without a banner these pages do not speak of it.
        reopened: if visitor.is_asked() { visitor.reopened } else { PerPurpose::default() },
        granted: visitor.granted,
        blocked: visitor.blocked,
        signed_in: visitor.signed_in,
        appearance: visitor.appearance,
        notice: visitor.notice,
    })
}

/// The answer from memory, if the page is kept and was rendered before.
pub(crate) fn find(site: &AppState, request: &Request, visitor: &RequestContext) -> Option<Response> {
    let page = visitor.page.filter(|_| is_read(request))?;
    let kept = site.cached_pages.find(face(site, page, visitor)?)?;
    let answer = kept.answer_with_key(request.headers(), &site.chance);
    Some(as_page(answer, (visitor.locale, visitor.says_locale), shows_a_choice(visitor)))
}

/// Whether a page for this visitor says what they chose or asks them to: a copy of it would say so when it is no longer so.
fn shows_a_choice(visitor: &RequestContext) -> bool {
    visitor.is_asked() || visitor.signed_in || visitor.granted != PerPurpose::all(false)
}

/// Whether what is asked for is kept once it is rendered: nobody is turned away from it.
pub(crate) fn would_keep(site: &AppState, request: &Request) -> bool {
    let visitor =
        request.extensions().get::<Arc<RequestContext>>().filter(|_| site.cached_pages.keeps && is_read(request));
    visitor.and_then(|visitor| face(site, visitor.page?, visitor)).is_some()
}

/// Renders a page, and keeps it if it is equal for everybody.
pub(crate) async fn render(site: &AppState, mut request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Arc<RequestContext>>();
    // Below `/policy/` stand the editions that there are and what is made of them, and nothing else.
    let is_page = visitor.is_some_and(|visitor| visitor.page.is_some());
    let path = request.uri().path();
    if is_read(&request) && !is_page && path.starts_with("/policy/") && !feeds::stand_at(path) {
        let compares = path.starts_with("/policy/compare");
        return if compares { AppError::NoComparison } else { AppError::NotFound }.into_response();
    }
    let Some((page, visitor)) = visitor.and_then(|known| known.page.zip(Some(known))).filter(|_| is_read(&request))
    else {
        return next.run(request).await;
    };
    let spoken = (visitor.locale, visitor.says_locale);
    let face = face(site, page, visitor);
    // What is made for one visitor alone is not found by going back.
    let is_momentary = face.is_none() || shows_a_choice(visitor);
    if face.is_some() {
        // Nothing but its face may enter a page that others will see.
        let RequestContext {
            locale,
            says_locale,
            asked,
            reopened,
            granted,
            blocked,
            signed_in,
            appearance,
            notice,
            ..
        } = **visitor;
        let page = Some(page);
        let anyone = RequestContext {
            page,
            locale,
            says_locale,
            asked,
            reopened,
            granted,
            appearance,
            notice,
            blocked,
            signed_in,
            is_shared: true,
            ..RequestContext::default()
        };
        request.extensions_mut().insert(Arc::new(anyone));
    }
    let headers = request.headers().clone();
    // Held until the page is kept.
    let _turn = match face.filter(|_| site.cached_pages.keeps) {
        Some(face) => match site.cached_pages.find_or_turn(face).await {
            Ok(kept) => return as_page(kept.answer_with_key(&headers, &site.chance), spoken, is_momentary),
            Err(turn) => Some(turn),
        },
        None => None,
    };
    let rendering = request_telemetry::of_rendering(site, &request);
    let whole = whole(next.run(request).await, page).await;
    drop(rendering);
    let (mut rendered, bytes) = match whole {
        Ok(whole) => whole,
        Err(refused) => return refused,
    };
    let Some(face) = face else {
        *rendered.body_mut() = Body::from(bytes);
        return as_page(rendered, spoken, is_momentary);
    };
    let mut response = site.cached_pages.keep(face, bytes).await.answer_with_key(&headers, &site.chance);
    // While the build tool watches, every page bears a script, and a policy that lets it run.
    if let Some(policy) = rendered.headers_mut().remove(header::CONTENT_SECURITY_POLICY) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    as_page(response, spoken, is_momentary)
}

fn is_read(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The headers that every page has, in its language, which its address says or not.
fn as_page(mut response: Response, (locale, is_said): (Locale, bool), is_momentary: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // Cookies decide what a page says, so nobody else may keep it; the visitor's own browser asks each time, and keeps no copy of
    // what says how they chose (RFC 9111, 5.2.2.5).
    let kept = if is_momentary { "no-store" } else { "private, no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::VARY, locale::varies(is_said));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    response
}

/// The page's answer and its bytes.
///
/// What the framework leaves in it for scripts is for a page with an island.
async fn whole(response: Response, page: Page) -> Result<(Response, Bytes), Response> {
    if response.status() != StatusCode::OK {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_PAGE).await else { return Err(AppError::Inner.into_response()) };
    let Ok(html) = str::from_utf8(&bytes) else { return Err(AppError::Inner.into_response()) };
    let bytes = html_cleanup::finish(html, page == Page::Preferences).into();
    Ok((Response::from_parts(parts, Body::empty()), bytes))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const VERSION: Version = Version { major: 1, minor: 0 };

    fn document(minor: u16) -> Document {
        Document::Print(Version { major: 1, minor }, Locale::English)
    }

    #[tokio::test]
    async fn nobody_fills_the_memory_or_drives_out_what_is_read_most() {
        const MEMORY: u64 = 100_000;
        let pages = PageCache { keeps: true, ..PageCache::within(MEMORY) };
        let read = PageKey::Document(document(0), VERSION);
        pages.document(document(0), VERSION, || vec![b' '; 10]).await;
        for minor in 1..200 {
            assert!(pages.find(read).is_some());
            pages.keep(PageKey::Document(document(minor), VERSION), vec![b' '; 2_000].into()).await;
        }
        pages.kept.run_pending_tasks();
        assert!(pages.kept.weighted_size() <= MEMORY, "{}", pages.kept.weighted_size());
        assert!(pages.find(read).is_some());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_face_is_rendered_once_for_all_who_ask_for_it() {
        let (pages, rendered) = (Arc::new(PageCache::keeping()), Arc::new(AtomicUsize::new(0)));
        let face = PageKey::Document(document(0), VERSION);
        let asked: Vec<_> = (0..100)
            .map(|_| {
                let (pages, rendered) = (Arc::clone(&pages), Arc::clone(&rendered));
                tokio::spawn(async move {
                    let found = pages.find_or_turn(face).await;
                    if found.is_err() {
                        rendered.fetch_add(1, Ordering::Relaxed);
                        tokio::task::yield_now().await;
                        pages.keep(face, vec![b' '; 10].into()).await;
                    }
                })
            })
            .collect();
        for one in asked {
            assert!(one.await.is_ok());
        }
        assert_eq!(rendered.load(Ordering::Relaxed), 1);
    }
}
