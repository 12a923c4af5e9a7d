//! Negotiates the language of a response: from the path, else the visitor's choice, else
//! `Accept-Language`.
//!
//! A path with a language prefix has that language for every visitor, so it can be linked to,
//! cached and indexed. Each page also has a path without one. The forms of a page are sent to paths
//! with the page's prefix (`/de/api/…`), so their redirects and errors are in its language too.

use axum::{
    extract::Request,
    http::{HeaderValue, Uri, header, uri::PathAndQuery},
};

use crate::{
    app::{cookie_jar::Jar, request_context::RequestLocale},
    domain::{
        cookies::declaration::{FirstPartyCookie, OptionalCookie},
        i18n::{accept_language, languages::Languages, locale::Locale, locale_path},
        web::path,
    },
};

/// The language prefix of the requested path.
#[derive(Clone, Copy)]
struct PathLocale(Locale);

/// Takes the language prefix off the path, so that each page has one route.
///
/// Files and the API have one path each. They do not exist below a prefix.
pub(super) fn strip_locale_prefix(request: &mut Request, languages: &Languages) {
    let (Some(locale), path) = locale_path::split(request.uri().path(), languages) else { return };
    if path::is_localized(path) {
        let path = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(path).ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request.extensions_mut().insert(PathLocale(locale));
}

/// The language of the response, else that of the original policy.
pub(super) fn negotiate(request: &Request, jar: &Jar) -> RequestLocale {
    requested(request, jar.languages(), || chosen(jar))
}

/// The language of an error before the cookies are read, else that of the original policy.
pub(super) fn negotiate_without_cookies(request: &Request, languages: &Languages) -> RequestLocale {
    requested(request, languages, || None)
}

fn requested(request: &Request, languages: &Languages, chosen: impl FnOnce() -> Option<Locale>) -> RequestLocale {
    let accepted = || accepted(request.headers().get_all(header::ACCEPT_LANGUAGE), languages);
    let locale = || chosen().or_else(accepted).unwrap_or_else(|| languages.original());
    from_path(request).unwrap_or_else(|| RequestLocale { locale: locale(), in_path: false })
}

fn from_path(request: &Request) -> Option<RequestLocale> {
    let PathLocale(locale) = *request.extensions().get()?;
    Some(RequestLocale { locale, in_path: true })
}

/// The language that the visitor chose, if the site still speaks it, while the purpose that stores
/// it is granted.
fn chosen(jar: &Jar) -> Option<Locale> {
    let language = jar.languages().find(jar.value(FirstPartyCookie::Language)?)?;
    let effective = jar.in_force()?;
    effective.grant(OptionalCookie::Language.purpose()).map(|_| language)
}

fn accepted<'h>(lines: impl IntoIterator<Item = &'h HeaderValue>, languages: &Languages) -> Option<Locale> {
    accept_language::negotiate(lines.into_iter().filter_map(|line| line.to_str().ok()), languages)
}

/// The `Vary` of a page. `Referer` and `Sec-Fetch-Site` tell whether the browser stores cookies.
pub(super) const fn vary(in_path: bool) -> HeaderValue {
    if in_path {
        HeaderValue::from_static("accept-encoding, cookie, sec-gpc, dnt, sec-fetch-site, referer")
    } else {
        HeaderValue::from_static("accept-encoding, accept-language, cookie, sec-gpc, dnt, sec-fetch-site, referer")
    }
}
