//! Counts page views, and sets the cookies that viewing a page sets.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};

use super::request_context::{counted_country, device};
use crate::{
    app::{AppState, analytics, cookie_jar::Jar, measurement, request_context::RequestContext},
    domain::{
        analytics::{PageView, ViewedPage, on_view, on_view::VISIT, page_load::CacheState},
        cookies::declaration::{EssentialCookie, FirstPartyCookie},
    },
    http::{request::text, state::HttpState},
};

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// Notes in the context what viewing the requested page counts and sets.
pub(super) fn plan(http: &HttpState, request: &Request, jar: &Jar, context: &mut RequestContext) {
    let Some(page) = context.page else { return };
    // A prefetched page is not viewed yet (W3C, Sec-Purpose).
    let is_prefetch = text(request.headers(), &SEC_PURPOSE).contains("prefetch");
    if !is_prefetch && on_view::is_countable(context.consent.effective.as_ref(), context.outcome.flash) {
        context.page_view = Some(PageView {
            day: http.app.now().day(),
            page: ViewedPage::Own(page),
            device: device(request.headers()),
            country: counted_country(http, request),
            visit: analytics::visit(jar),
        });
    }
    context.cookies.to_set = on_view::cookies_set_on_view(|own| jar.carries(own), context.page_view.is_some());
}

/// Counts the page view and sets its cookies, if the response shows the page. `started` is when the
/// server began to respond.
pub(crate) fn record(
    site: &AppState,
    jar: &Jar,
    context: &RequestContext,
    (started, cache): (Instant, CacheState),
    response: &mut Response,
) {
    if !matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
        return;
    }
    if context.page.is_some() {
        jar.remove_ungranted();
    }
    set_cookies(jar, &context.cookies.to_set);
    if let Some(view) = &context.page_view {
        site.store.record_page_view(view.clone());
        if measurement::is_measured(site, context) {
            add_server_timing(site, (started, cache), response);
        }
    }
}

/// Gives the script of the page the token of its measurement, and what the server knows of the
/// response. The script reads them from the performance entry of the page (W3C Server Timing).
fn add_server_timing(site: &AppState, (started, cache): (Instant, CacheState), response: &mut Response) {
    let token = measurement::token(site);
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    let timing = format!("token;desc=\"{token}\", server;dur={milliseconds:.3}, cache;desc={}", cache.into_str());
    if let Ok(timing) = HeaderValue::try_from(timing) {
        response.headers_mut().insert(HeaderName::from_static("server-timing"), timing);
    }
}

fn set_cookies(jar: &Jar, cookies: &[FirstPartyCookie]) {
    for cookie in cookies {
        match cookie {
            FirstPartyCookie::Visit => jar.set(EssentialCookie::Visit, VISIT.into()),
            FirstPartyCookie::Analytics => analytics::mark_as_counted(jar),
            FirstPartyCookie::Consent
            | FirstPartyCookie::Appearance
            | FirstPartyCookie::Language
            | FirstPartyCookie::Session
            | FirstPartyCookie::Remember
            | FirstPartyCookie::Device
            | FirstPartyCookie::SignIn
            | FirstPartyCookie::Bound => {}
        }
    }
}
