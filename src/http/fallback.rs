//! What an address is asked for that it does not have: another method, or the page that stands at it in another spelling.
//!
//! [`super::enter`] asks both before it asks where a form comes from: a method that does not exist can change nothing, and
//! who asks for it needs to know that and nothing else (RFC 9110, 15.5.6). Such a request is never run as what it is.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::AppState,
    domain::{
        i18n::locale_path,
        web::{error::AppError, form_route, page::Page},
    },
    http::{
        middleware::{locale, set_cookie_gate::Jar},
        request_context,
        request_context::RequestContext,
        route_template,
    },
};

/// What a request is answered with because of its address and method alone.
pub(super) enum UrlMismatch {
    /// Its page stands at this address.
    Respelled(String),
    /// Its method does not exist there.
    Method(NoMethod),
}

/// A method that does not exist at an address.
pub(super) struct NoMethod {
    /// Those that do, if anything stands there.
    allowed: HeaderValue,
    /// Whether something stands there for certain.
    is_there: bool,
}

/// What does not fit, if something does not.
pub(super) fn find(site: &AppState, request: &Request) -> Option<UrlMismatch> {
    let path = request.uri().path();
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let spelled = respell(path, |path| stands_at(site, path))?;
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return Some(UrlMismatch::Respelled(spelled + &query));
    }
    let routes = route_template::all();
    let Some(route) = routes.find(path) else {
        // A file, or nothing.
        return Some(UrlMismatch::Method(NoMethod { allowed: allow(&[Method::GET]), is_there: false }));
    };
    let methods = routes.methods(route);
    let is_there = !routes.template(route).contains('{');
    // A browser that asks beforehand is answered by whoever would answer (WHATWG Fetch, "CORS-preflight fetch").
    let is_preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let is_asking = *request.method() == Method::OPTIONS && (is_there || is_preflight);
    if is_asking || methods.contains(request.method()) {
        return None;
    }
    Some(UrlMismatch::Method(NoMethod { allowed: allow(methods), is_there }))
}

/// The address of the page that was meant: without slashes behind it, and in small letters if it stands in them alone.
///
/// What is found is the path of something that stands there, so it leads to no other host (`//evil.example/`).
fn respell(path: &str, stands_at: impl Fn(&str) -> bool) -> Option<String> {
    if !path.ends_with('/') && !path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let trimmed = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let spellings = [trimmed.to_owned(), trimmed.to_ascii_lowercase()];
    spellings.into_iter().find(|spelling| spelling != path && stands_at(spelling))
}

/// Whether a page or a document that everybody can read stands at that very path.
fn stands_at(site: &AppState, path: &str) -> bool {
    let (locale, bare) = locale_path::split(path);
    if let Ok(page) = bare.parse::<Page>() {
        return request_context::exists(site, page);
    }
    if bare.starts_with("/api/") || form_route::page_of(bare).is_some() {
        return false;
    }
    let routes = route_template::all();
    let Some(route) = routes.find(bare).filter(|route| routes.methods(*route).contains(&Method::GET)) else {
        return false;
    };
    let template = routes.template(route);
    let is_one = if template.contains("{version}") {
        let version = bare.split('/').find_map(|part| part.parse().ok());
        version.is_some_and(|version| site.content().edition(version).is_some())
    } else {
        !template.contains('{')
    };
    is_one && (locale.is_none() || locale::is_in_every_language(bare))
}

/// A look at the same address, which tells whether something stands there.
pub(super) fn look(request: &Request, jar: &Jar, visitor: &Arc<RequestContext>) -> Request {
    let mut look = Request::new(Body::empty());
    *look.uri_mut() = request.uri().clone();
    *look.extensions_mut() = request.extensions().clone();
    look.extensions_mut().insert(jar.clone());
    look.extensions_mut().insert(Arc::clone(visitor));
    look
}

/// Refuses the method with those that there are; where nothing is to be seen at the address, nothing is there.
pub(super) async fn refuse(no_method: NoMethod, look: Request, next: Next) -> Response {
    let NoMethod { allowed, is_there } = no_method;
    if !is_there && next.run(look).await.status() == StatusCode::NOT_FOUND {
        return AppError::NotFound.into_response();
    }
    let mut response = AppError::Method.into_response();
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// Leads to the address in its one spelling, for good (RFC 9110, 15.4.9).
pub(super) fn lead(address: &str) -> Response {
    Redirect::permanent(address).into_response()
}

/// The methods as `Allow` has them.
fn allow(methods: &[Method]) -> HeaderValue {
    let names = methods.iter().map(|method| if *method == Method::GET { "GET,HEAD" } else { method.as_str() });
    HeaderValue::try_from(names.collect::<Vec<_>>().join(",")).unwrap_or(HeaderValue::from_static("GET,HEAD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_in_its_one_spelling_and_nothing_else_is() {
        const THERE: [&str; 5] = ["/", "/policy", "/de", "/de/policy", "/policy/compare/1.0/1.1"];
        for (path, found) in [
            ("/policy/", Some("/policy")),
            ("/policy///", Some("/policy")),
            ("//", Some("/")),
            ("/de/", Some("/de")),
            ("/de/policy/", Some("/de/policy")),
            ("/policy/compare/1.0/1.1/", Some("/policy/compare/1.0/1.1")),
            ("/Policy", Some("/policy")),
            ("/DE/policy", Some("/de/policy")),
            ("/De/POLICY//", Some("/de/policy")),
            ("/DE", Some("/de")),
            ("/", None),
            ("/policy", None),
            ("/nope/", None),
            ("/NOPE", None),
            ("/policy/./", None),
            ("//policy/", None),
            ("//evil.example/", None),
            ("//EVIL.example/policy/", None),
            ("/\\evil.example/", None),
            ("/%2Fpolicy/", None),
            ("", None),
        ] {
            assert_eq!(respell(path, |path| THERE.contains(&path)).as_deref(), found, "{path}");
        }
    }

    #[test]
    fn get_stands_for_head() {
        assert_eq!(allow(&[Method::GET, Method::POST]), "GET,HEAD,POST");
        assert_eq!(allow(&[Method::POST]), "POST");
    }
}
