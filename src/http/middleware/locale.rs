//! The language of a request: what its address says, else what the visitor chose, else what the browser asks for.
//!
//! An address that says its language answers in that language to everybody, so that it can be linked to, kept and indexed.
//! Each page also stands at an address without a language, which is good to pass on. The forms of a page are sent to the
//! language of its address (`/de/api/…`), so the page after them, and a refusal, are in it too: no header needs to say
//! where the form was.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Uri, header, uri::PathAndQuery},
};

use crate::{
    domain::{
        cookies::declaration::{FirstPartyCookie, OptionalCookie},
        i18n::{accept_language::negotiate, locale::Locale, locale_path},
        web::{form_route, page::Page},
    },
    http::{middleware::set_cookie_gate::Jar, partner_api, routes::feeds},
};

/// The language of an answer, and whether the address asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct EarlyLocale {
    pub locale: Locale,
    pub is_said: bool,
}

/// The language that the address says.
#[derive(Clone, Copy)]
struct RequestLocale(Locale);

/// Takes the language off the address, for the routes behind, and notes it.
///
/// Files and documents for machines have one address: with a language before it, there is nothing there.
pub(crate) fn strip_locale_prefix(request: &mut Request) {
    let (Some(locale), path) = locale_path::split(request.uri().path()) else { return };
    if is_in_every_language(path) {
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
    request.extensions_mut().insert(RequestLocale(locale));
}

/// Whether what stands there is for people: a page, the sheet that it is printed with, the target of its forms, or what leads to
/// a page.
pub(crate) fn is_in_every_language(path: &str) -> bool {
    path.parse::<Page>().is_ok()
        || form_route::page_of(path).is_some()
        || path.starts_with("/api/") && !partner_api::is_for_programs(path)
        || path == "/account/export"
        || feeds::is_print_sheet(path)
}

/// The language in which a request is answered.
pub(crate) fn of(request: &Request, jar: &Jar) -> EarlyLocale {
    if let Some(RequestLocale(locale)) = request.extensions().get() {
        return EarlyLocale { locale: *locale, is_said: true };
    }
    EarlyLocale { locale: chosen(jar).unwrap_or_else(|| wished(request.headers())), is_said: false }
}

/// The language of the answer to a request that is turned away before its cookies are read.
pub(crate) fn negotiate_early(request: &Request) -> EarlyLocale {
    match locale_path::split(request.uri().path()) {
        (Some(locale), _) => EarlyLocale { locale, is_said: true },
        (None, _) => EarlyLocale { locale: wished(request.headers()), is_said: false },
    }
}

/// What the visitor chose, as long as it may be remembered.
fn chosen(jar: &Jar) -> Option<Locale> {
    let language = jar.value(FirstPartyCookie::Language)?.parse().ok()?;
    let in_force = jar.in_force()?;
    in_force.granted().get(OptionalCookie::Language.purpose()).then_some(language)
}

fn wished(headers: &HeaderMap) -> Locale {
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    negotiate(lines).unwrap_or_default()
}

/// What an answer depends on beside its address, as far as its language goes. Whether the browser keeps cookies at all is seen by
/// the page that it comes from.
pub(crate) const fn varies(is_said: bool) -> HeaderValue {
    if is_said {
        HeaderValue::from_static("accept-encoding, cookie, sec-gpc, dnt, sec-fetch-site, referer")
    } else {
        HeaderValue::from_static("accept-encoding, accept-language, cookie, sec-gpc, dnt, sec-fetch-site, referer")
    }
}
