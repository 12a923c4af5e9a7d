//! Pages as bytes: what is equal for everybody is rendered once, compressed once, and answered from memory.
//!
//! The policy's pages, the list of services and the report on the site depend on little: the edition, what the banner asks and why it asks again, what is granted, the
//! appearance, and the notice. Each such face is rendered when it is first asked for. A debug build keeps nothing, so that a publisher sees what was just saved.

use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{documents, languages, markup, observation, schemas::Schema, visitor::Visitor};
use crate::{
    model::{
        appearance::Appearance, decision::Reopened, locale::Locale, notice::Notice, page::Page, purpose::PerPurpose,
        refusal::Refusal, version::Version,
    },
    server::State as Site,
};

/// No page of ours is larger, in bytes.
const LARGEST_PAGE: usize = 4 << 20;

/// No more renderings are kept, some tens of megabytes: whoever asks for each page in each of its faces cannot fill the memory.
const MOST_KEPT: usize = 512;

/// What can make one rendering of a page differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Face {
    /// A page of the policy, the list of services, or the report on the site.
    Page {
        page: Page,
        locale: Locale,
        says_locale: bool,
        in_force: Version,
        asked: PerPurpose<bool>,
        reopened: PerPurpose<Option<Reopened>>,
        granted: PerPurpose<bool>,
        blocked: bool,
        signed_in: bool,
        appearance: Appearance,
        notice: Option<Notice>,
    },
    /// A document for machines.
    Data(Data),
    /// What is not a page and says the same to everybody, while an edition is in force.
    Document(Document, Version),
}

/// What readers' programs fetch of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Document {
    /// `/policy/feed.xml`
    Feed,
    /// `/sitemap.xml`
    Sitemap,
    /// `/policy/1.0/print.css`
    Print(Version),
}

/// What can make one rendering of a document for machines differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Data {
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
pub(crate) struct CachedPages {
    keeps: bool,
    kept: RwLock<HashMap<Face, Arc<Kept>>>,
}

impl Default for CachedPages {
    fn default() -> Self {
        Self { keeps: !cfg!(debug_assertions), kept: RwLock::default() }
    }
}

/// One rendering, in each encoding.
#[derive(Debug)]
pub(crate) struct Kept {
    plain: Bytes,
    brotli: Bytes,
    gzip: Bytes,
    tag: HeaderValue,
}

impl CachedPages {
    /// Keeps pages in a debug build too.
    #[cfg(test)]
    pub(crate) fn keeping() -> Self {
        Self { keeps: true, ..Self::default() }
    }

    /// A document for machines, made by `make` when it is first asked for.
    pub(super) async fn data(&self, data: Data, make: impl FnOnce() -> Vec<u8>) -> Arc<Kept> {
        match self.find(Face::Data(data)) {
            Some(kept) => kept,
            None => self.keep(Face::Data(data), make().into()).await,
        }
    }

    /// A document while that edition is in force, made by `make` when it is first asked for.
    pub(super) async fn document(
        &self,
        document: Document,
        in_force: Version,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Arc<Kept> {
        let face = Face::Document(document, in_force);
        match self.find(face) {
            Some(kept) => kept,
            None => self.keep(face, make().into()).await,
        }
    }

    fn find(&self, face: Face) -> Option<Arc<Kept>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&face).cloned()
    }

    /// The rendering, kept and in each coding if pages are kept, and else as it is.
    async fn keep(&self, face: Face, plain: Bytes) -> Arc<Kept> {
        if !self.keeps {
            return Arc::new(Kept::plain(plain));
        }
        let page = plain.clone();
        let compressed = tokio::task::spawn_blocking(move || Kept::new(page)).await;
        let kept = Arc::new(compressed.ok().flatten().unwrap_or_else(|| Kept::plain(plain)));
        let mut all = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Those of editions that were in force before go with the rest.
        if all.len() >= MOST_KEPT {
            all.clear();
        }
        all.insert(face, Arc::clone(&kept));
        drop(all);
        kept
    }
}

impl Kept {
    /// A rendering in each encoding, if it can be compressed.
    pub(super) fn new(plain: Bytes) -> Option<Self> {
        let mut brotli = Vec::new();
        let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut plain.as_ref(), &mut brotli, &settings).ok()?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&plain).ok()?;
        Some(Self { brotli: brotli.into(), gzip: gzip.finish().ok()?.into(), ..Self::plain(plain) })
    }

    /// A rendering that could not be compressed.
    pub(super) fn plain(plain: Bytes) -> Self {
        let digest = Sha256::digest(&plain).iter().take(12).fold(0, |digest, byte| digest << 8 | u128::from(*byte));
        // Weak, since every encoding bears it (RFC 9110, 8.8.1).
        let tag = HeaderValue::try_from(format!("W/\"{digest:024x}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""));
        Self { plain, brotli: Bytes::new(), gzip: Bytes::new(), tag }
    }

    /// Whether that tag is ours, as weak tags compare (RFC 9110, 8.8.3.2), or stands for any.
    fn bears(&self, tag: &str) -> bool {
        fn opaque(tag: &[u8]) -> &[u8] {
            tag.strip_prefix(b"W/").unwrap_or(tag)
        }
        tag == "*" || opaque(tag.as_bytes()) == opaque(self.tag.as_bytes())
    }

    /// The bytes in the best encoding that the client takes, or 304 if it has them.
    pub(super) fn answer(&self, headers: &HeaderMap) -> Response {
        let has_it = headers
            .get(header::IF_NONE_MATCH)
            .is_some_and(|tags| tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| self.bears(tag.trim()))));
        let mut response = if has_it {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let accepts = |coding| accepts(headers, coding);
            let (coding, bytes) = if !self.brotli.is_empty() && accepts("br") {
                (Some("br"), &self.brotli)
            } else if !self.gzip.is_empty() && accepts("gzip") {
                (Some("gzip"), &self.gzip)
            } else {
                (None, &self.plain)
            };
            let mut response = Response::new(Body::from(bytes.clone()));
            if let Some(coding) = coding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            response
        };
        response.headers_mut().insert(header::ETAG, self.tag.clone());
        response
    }
}

/// Whether the client takes that coding (RFC 9110, 12.5.3); one with a weight of 0 it does not.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding))
                && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

/// The face that a page has for this visitor, if it is one of those that are kept.
fn face(site: &Site, page: Page, visitor: &Visitor) -> Option<Face> {
    // What is gone is told to one visitor only.
    let is_common = visitor.notice.is_none_or(Notice::is_of_the_banner);
    let is_anyones = (page.is_of_the_policy() || matches!(page, Page::Services | Page::Transparency))
        && is_common
        && visitor.gone.is_empty();
    is_anyones.then(|| Face::Page {
        page,
        locale: visitor.locale,
        says_locale: visitor.says_locale,
        in_force: site.edition_in_force().version,
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
pub(super) fn find(site: &Site, request: &Request, visitor: &Visitor) -> Option<Response> {
    let page = visitor.page.filter(|_| is_read(request))?;
    let kept = site.cached_pages.find(face(site, page, visitor)?)?;
    Some(as_page(kept.answer(request.headers()), (visitor.locale, visitor.says_locale)))
}

/// Renders a page, and keeps it if it is equal for everybody.
pub(super) async fn render(site: &Site, mut request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Arc<Visitor>>();
    // Below `/policy/` stand the editions that there are and what is made of them, and nothing else.
    let is_page = visitor.is_some_and(|visitor| visitor.page.is_some());
    let path = request.uri().path();
    if is_read(&request) && !is_page && path.starts_with("/policy/") && !documents::stand_at(path) {
        let compares = path.starts_with("/policy/compare");
        return if compares { Refusal::NoComparison } else { Refusal::NotFound }.into_response();
    }
    let Some((page, visitor)) = visitor.and_then(|known| known.page.zip(Some(known))).filter(|_| is_read(&request))
    else {
        return next.run(request).await;
    };
    let spoken = (visitor.locale, visitor.says_locale);
    let is_private = visitor.signed_in || page.takes_passwords();
    let face = face(site, page, visitor);
    if face.is_some() {
        // Nothing but its face may enter a page that others will see.
        let Visitor { locale, says_locale, asked, reopened, granted, blocked, signed_in, appearance, notice, .. } =
            **visitor;
        let page = Some(page);
        let anyone = Visitor {
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
            ..Visitor::default()
        };
        request.extensions_mut().insert(Arc::new(anyone));
    }
    let headers = request.headers().clone();
    let rendering = observation::of_rendering(site, &request);
    let whole = whole(next.run(request).await, page).await;
    drop(rendering);
    let (mut rendered, bytes) = match whole {
        Ok(whole) => whole,
        Err(refused) => return refused,
    };
    let Some(face) = face else {
        *rendered.body_mut() = Body::from(bytes);
        let mut response = as_page(rendered, spoken);
        if is_private {
            // Nobody finds it by going back.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        return response;
    };
    let mut response = site.cached_pages.keep(face, bytes).await.answer(&headers);
    // While the build tool watches, every page bears a script, and a policy that lets it run.
    if let Some(policy) = rendered.headers_mut().remove(header::CONTENT_SECURITY_POLICY) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    as_page(response, spoken)
}

fn is_read(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The headers that every page has, in its language, which its address says or not.
fn as_page(mut response: Response, (locale, is_said): (Locale, bool)) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // Cookies decide what a page says, so nobody else may keep it; the visitor's own browser asks each time.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, languages::varies(is_said));
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
    let Ok(bytes) = to_bytes(body, LARGEST_PAGE).await else { return Err(Refusal::Inner.into_response()) };
    let Ok(html) = str::from_utf8(&bytes) else { return Err(Refusal::Inner.into_response()) };
    let bytes = markup::finish(html, page == Page::Preferences).into();
    Ok((Response::from_parts(parts, Body::empty()), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_fills_the_memory_by_asking_for_ever_more() {
        let pages = CachedPages::keeping();
        let version = Version { major: 1, minor: 0 };
        for minor in (0..).take(MOST_KEPT * 2 + 5) {
            let document = Document::Print(Version { major: 1, minor });
            pages.document(document, version, || vec![b' '; 10]).await;
            assert!(pages.kept.read().is_ok_and(|kept| kept.len() <= MOST_KEPT));
        }
        assert!(pages.find(Face::Document(Document::Print(version), version)).is_none());
    }
}
