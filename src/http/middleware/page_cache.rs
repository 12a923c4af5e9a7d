//! Answers pages from the page cache, renders the others, and stores what looks the same for many
//! visitors.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{locale, request_telemetry, security_headers};
use crate::{
    app::request_context::{RequestContext, RequestLocale},
    domain::{
        cookies::{
            declaration::{FirstPartyCookie, FirstPartyCookies},
            purpose::PerPurpose,
            request_header::RequestCookies,
        },
        web::{error::AppError, flash::Flash, page::Page},
    },
    http::{
        content_errors,
        request::is_read,
        state::{
            HttpState, page_cache,
            page_cache::{CacheKey, PageVariant},
        },
    },
    pages::html_cleanup,
};

/// The largest page, in bytes.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// The longest names of foreign cookies, together, with which a page is cached.
const MAX_NAME_BYTES: usize = 1_024;

/// The variant of a page that this visitor gets, and what its slots get, if the page can be cached.
fn variant(http: &HttpState, page: Page, context: &RequestContext) -> Option<(PageVariant, Vec<String>)> {
    let RequestContext { consent, outcome, .. } = context;
    let is_cacheable = page.shows_policy()
        || matches!(page, Page::Services | Page::Transparency)
        || page == Page::Preferences && shows_only_common(context);
    // These messages are for one visitor only.
    let is_personal = outcome.receipt.is_some()
        || outcome.session_ended
        || !outcome.deleted_cookies.is_empty()
        || !outcome.flash.is_none_or(Flash::follows_banner);
    // Only the table of cookies says which of them the browser has.
    let has_table = matches!(page, Page::Policy | Page::Edition(_) | Page::Preferences);
    if !is_cacheable || is_personal {
        return None;
    }
    // Elsewhere nothing depends on foreign cookies, and only the questions and the grants depend on
    // signal and decision.
    let (signal, decided, foreign) = match page {
        Page::Preferences => (consent.signal, consent.decided.as_ref(), foreign_names(&context.cookies.received)?),
        _ => (None, None, Vec::new()),
    };
    let asks = consent.needs_prompt() || decided.is_some();
    let variant = PageVariant {
        page,
        locale: RequestLocale { locale: context.locale, in_path: context.locale_in_path },
        effective: http.app.current_version().effective,
        prompts: consent.prompts.clone(),
        // Only what asks says why a question is asked again.
        reconsent: if asks { consent.reconsent.clone() } else { PerPurpose::new() },
        previous: if asks { consent.previous.clone() } else { PerPurpose::new() },
        granted: consent.granted.clone(),
        decided: match decided {
            Some(decided) => Some(decided.without_times_of_day()?),
            None => None,
        },
        is_own: decided.is_some() && consent.is_own,
        has_record: decided.is_some() && consent.record.is_some(),
        signal,
        held: if has_table { context.cookies.held } else { FirstPartyCookies::default() },
        held_formerly: if has_table { context.cookies.held_formerly } else { FirstPartyCookies::default() },
        to_set: if has_table { context.cookies.to_set.iter().copied().collect() } else { FirstPartyCookies::default() },
        foreign,
        blocked: context.cookies.blocked,
        signed_in: context.identity.signed_in,
        appearance: context.appearance,
        flash: outcome.flash,
    };
    let texts = page_cache::personal_texts(decided, consent.record);
    let lengths = |texts: &[String]| texts.iter().map(String::len).collect::<Vec<_>>();
    (lengths(&texts) == lengths(&variant.placeholders())).then_some((variant, texts))
}

/// Whether the preferences page shows nothing of this visitor but what many have in common, and
/// what slots take: they are a guest or a member, and have made no decision, or one that is valid.
fn shows_only_common(context: &RequestContext) -> bool {
    let RequestContext { consent, identity, .. } = context;
    let has_expired = consent.decided.is_none() && consent.record_ref.is_some();
    let is_known = identity.signed_in == identity.is_member();
    !has_expired && is_known
}

/// The names of the cookies that are not this site's, as a `Cookie` header without values, unless
/// they are too long.
fn foreign_names(received: &RequestCookies) -> Option<Vec<u8>> {
    let is_foreign = |name: &&[u8]| FirstPartyCookie::from_name(name).is_none();
    let foreign = received.iter().map(|cookie| cookie.name).filter(is_foreign);
    let names: Vec<_> = foreign.flat_map(|name| [name, b"=;"]).flatten().copied().collect();
    (names.len() <= MAX_NAME_BYTES).then_some(names)
}

/// The errors of the content in place of a page. A debug build alone has any while it runs, and it
/// alone caches nothing.
pub(super) fn content_errors(http: &HttpState, request: &Request, context: &RequestContext) -> Option<Response> {
    let is_page = context.page.is_some() && is_read(request.method());
    let errors = (is_page && !http.page_cache.is_enabled()).then(|| http.app.content_errors())?;
    (!errors.is_empty()).then(|| content_errors::response(&errors))
}

/// The response from memory, if the page was rendered before.
pub(super) fn find(http: &HttpState, request: &Request, context: &RequestContext) -> Option<Response> {
    let page = context.page.filter(|_| is_read(request.method()))?;
    let (variant, texts) = variant(http, page, context)?;
    let cached = http.page_cache.get(&CacheKey::Page(variant))?;
    Some(cached.to_page(request.headers(), &http.key_rng, &texts))
}

/// Whether the page shows a decision, or asks for one. A copy of it would be wrong after the next.
fn shows_decision(context: &RequestContext) -> bool {
    let RequestContext { consent, identity, page, .. } = context;
    let asks = consent.needs_prompt() || *page == Some(Page::Preferences);
    asks || identity.signed_in || !consent.granted.is_empty()
}

/// Whether the response is stored once it is rendered, and one of few. Such a request needs no
/// permit, except for the lookup of a session (`load_shed`). The names of foreign cookies make any
/// number of different responses.
pub(super) fn is_cacheable(http: &HttpState, request: &Request) -> bool {
    let context = request.extensions().get::<Arc<RequestContext>>();
    let context = context.filter(|_| http.page_cache.is_enabled() && is_read(request.method()));
    let variant = context.and_then(|context| variant(http, context.page?, context));
    variant.is_some_and(|(variant, _)| variant.foreign.is_empty())
}

/// Renders the page, and stores it if it looks the same for many visitors.
pub(super) async fn render(http: &HttpState, mut request: Request, next: Next) -> Response {
    let Some(context) = request.extensions().get::<Arc<RequestContext>>().cloned() else {
        return next.run(request).await;
    };
    let Some(page) = context.page.filter(|_| is_read(request.method())) else {
        return next.run(request).await;
    };
    let (variant, texts) = variant(http, page, &context).unzip();
    let texts = texts.unwrap_or_default();
    // The browser's history must not show a page that was rendered for one visitor.
    let no_store = variant.is_none() || shows_decision(&context);
    if let Some(variant) = &variant {
        // Nothing but the variant may enter a page that others get.
        request.extensions_mut().insert(Arc::new(variant.clone().context()));
    }
    let headers = request.headers().clone();
    let permit = match variant.clone().filter(|_| http.page_cache.is_enabled()) {
        Some(variant) => match http.page_cache.get_or_render(&CacheKey::Page(variant)).await {
            Ok(cached) => return cached.to_page(&headers, &http.key_rng, &texts),
            Err(permit) => Some(permit),
        },
        None => None,
    };
    let span = request_telemetry::rendering(&http.app, &request);
    let rendered = buffer(next.run(request).await).await;
    drop(span);
    let (mut rendered, bytes) = match rendered {
        Ok(rendered) => rendered,
        Err(response) => return response,
    };
    let Some(variant) = variant else {
        *rendered.body_mut() = Body::from(bytes);
        add_headers(rendered.headers_mut(), &context, no_store);
        return rendered;
    };
    let mut shared = HeaderMap::new();
    // That of the page's scripts, if it has any.
    let policy = rendered.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
    shared.extend(policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    add_headers(&mut shared, &context, no_store);
    security_headers::add(http.hsts.clone(), &mut shared);
    let rendered = http.page_cache.page(variant, &bytes, &shared, permit);
    rendered.to_page(&headers, &http.key_rng, &texts)
}

/// Adds the headers that every page has. They are the same for each response of a variant.
fn add_headers(headers: &mut HeaderMap, context: &RequestContext, no_store: bool) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A page depends on cookies, so shared caches must not store it. The browser revalidates it, or
    // stores nothing if it shows a decision (RFC 9111, 5.2.2.5).
    let cache_control = if no_store { "no-store" } else { "private, no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
    headers.insert(header::VARY, locale::vary(context.locale_in_path));
    if let Ok(language) = HeaderValue::from_str(context.locale.tag()) {
        headers.insert(header::CONTENT_LANGUAGE, language);
    }
}

/// The rendered page in one buffer, as valid HTML.
async fn buffer(response: Response) -> Result<(Response, Bytes), Response> {
    if response.status() != StatusCode::OK {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_PAGE_BYTES).await else { return Err(AppError::Inner.into_response()) };
    let Ok(html) = str::from_utf8(&bytes) else { return Err(AppError::Inner.into_response()) };
    let bytes = html_cleanup::finish(html).into();
    Ok((Response::from_parts(parts, Body::empty()), bytes))
}
