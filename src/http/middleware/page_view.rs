//! Counts page views, and sets the cookies that viewing a page sets.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};

use super::request_context::{counted_country, device};
use crate::{
    app::{AppState, cookie_jar::Jar, measurement, request_context::RequestContext},
    domain::{
        analytics::{PageView, Visit, on_view, on_view::VISIT},
        cookies::declaration::{EssentialCookie, FirstPartyCookie, OptionalCookie},
    },
    http::{request::text, state::HttpState},
};

/// Notes in the context what viewing the requested page counts and sets.
pub(super) fn plan(http: &HttpState, request: &Request, jar: &Jar, context: &mut RequestContext) {
    let Some(page) = context.page else { return };
    // A prefetched page is not viewed yet (W3C, Sec-Purpose).
    let is_prefetch = text(request.headers(), &HeaderName::from_static("sec-purpose")).contains("prefetch");
    if !is_prefetch && on_view::is_countable(context.consent.effective.as_ref(), context.outcome.flash) {
        let visit = if jar.carries(FirstPartyCookie::Analytics.into_str()) { Visit::Returning } else { Visit::First };
        let device = device(request.headers());
        let day = http.app.now().day();
        context.page_view = Some(PageView { day, page, device, country: counted_country(http, request), visit });
    }
    context.cookies.to_set =
        on_view::cookies_set_on_view(|own| jar.carries(own.into_str()), context.page_view.is_some());
}

/// Counts the page view and sets its cookies, if the response shows the page.
pub(crate) fn record(site: &AppState, jar: &Jar, context: &RequestContext, response: &mut Response) {
    if !matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
        return;
    }
    if context.page.is_some() {
        jar.remove_ungranted();
    }
    set_cookies(jar, &context.cookies.to_set);
    if let Some(view) = context.page_view {
        site.store.record_page_view(view);
        if measurement::is_measured(site, context) {
            measure(site, response);
        }
    }
}

/// Gives the script of the page the token of its measurement.
fn measure(site: &AppState, response: &mut Response) {
    // The script reads it from the performance entry of the page (W3C Server Timing).
    if let Ok(timing) = HeaderValue::try_from(format!("token;desc=\"{}\"", measurement::token(site))) {
        response.headers_mut().insert(HeaderName::from_static("server-timing"), timing);
    }
}

fn set_cookies(jar: &Jar, cookies: &[FirstPartyCookie]) {
    for cookie in cookies {
        match cookie {
            FirstPartyCookie::Visit => jar.set(EssentialCookie::Visit, VISIT.into()),
            FirstPartyCookie::Analytics => {
                let effective = jar.in_force();
                let grant = effective.as_ref().and_then(|consent| consent.grant(OptionalCookie::Analytics.purpose()));
                // The same value for every browser: it says that the browser was counted before,
                // not which one it is.
                let result = grant.map(|grant| jar.set_optional(OptionalCookie::Analytics, "seen".into(), &grant));
                if !matches!(result, Some(Ok(()))) {
                    tracing::error!("the analytics cookie was wanted without a grant");
                }
            }
            FirstPartyCookie::Consent
            | FirstPartyCookie::Appearance
            | FirstPartyCookie::Language
            | FirstPartyCookie::Session
            | FirstPartyCookie::Remember
            | FirstPartyCookie::Device => {}
        }
    }
}
