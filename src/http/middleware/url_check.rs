//! Checks that the requested path and method exist, after the limits and the host, and before the
//! CSRF check.
//!
//! A method that does not exist changes nothing, so the response names the methods that do, from
//! any origin (RFC 9110, 15.5.6). A page that is requested with a trailing slash or in capitals
//! redirects to its one path.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use tower::ServiceExt;

use crate::{
    app::AppState,
    domain::{
        i18n::locale_path,
        web::{error::AppError, form_route, page::Page, path},
    },
    http::{request::is_read, router},
};

/// Why a request cannot be handled as it is.
pub(super) enum UrlMismatch {
    /// The page has this path.
    Redirect(String),
    /// The method does not exist there.
    Method(MethodMismatch),
}

/// A method that does not exist at a path.
pub(super) struct MethodMismatch {
    /// The methods that do, for `Allow`.
    allow: HeaderValue,
    /// Whether the path certainly exists. A path with parameters may not, nor may that of a file.
    exists: bool,
}

/// Checks the path and the method.
///
/// # Errors
/// [`UrlMismatch`] if the request must be redirected, or its method does not exist.
pub(super) fn check(site: &AppState, request: &Request) -> Result<(), UrlMismatch> {
    let path = request.uri().path();
    if is_read(request.method()) {
        let Some(canonical) = canonical_path(path, |path| exists(site, path)) else { return Ok(()) };
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return Err(UrlMismatch::Redirect(canonical + &query));
    }
    let table = router::table();
    let Some(route) = table.find(path) else {
        // A file, or nothing.
        return Err(UrlMismatch::Method(MethodMismatch { allow: allow(&[Method::GET]), exists: false }));
    };
    let methods = table.methods(route);
    let exists = !table.template(route).contains('{');
    // The handler of the path answers a preflight (WHATWG Fetch, "CORS-preflight fetch").
    let is_preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let is_options = *request.method() == Method::OPTIONS && (exists || is_preflight);
    if is_options || methods.contains(request.method()) {
        return Ok(());
    }
    Err(UrlMismatch::Method(MethodMismatch { allow: allow(methods), exists }))
}

/// Checks that a requested page exists on this site, or the page of a form, and what is requested
/// below `/policy/` too: an edition, a comparison or a document.
///
/// # Errors
/// [`AppError::NoComparison`] and [`AppError::NotFound`].
pub(super) fn check_page(request: &Request, page: Option<Page>) -> Result<(), AppError> {
    let path = request.uri().path();
    let names_page = path.starts_with("/policy/") || path.parse::<Page>().is_ok();
    if page.is_some() || !names_page || path::is_policy_document(path) {
        return Ok(());
    }
    let is_comparison = path.starts_with("/policy/compare");
    Err(if is_comparison { AppError::NoComparison } else { AppError::NotFound })
}

/// The path that a misspelt one means: without trailing slashes, and in lower case if only that
/// exists.
///
/// It is the path of something that exists, so it leads to no other host (`//evil.example/`).
fn canonical_path(path: &str, exists: impl Fn(&str) -> bool) -> Option<String> {
    if !path.ends_with('/') && !path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let trimmed = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let candidates = [trimmed.to_owned(), trimmed.to_ascii_lowercase()];
    candidates.into_iter().find(|candidate| candidate != path && exists(candidate))
}

/// Whether a page, or a document that any client may read, has exactly this path.
fn exists(site: &AppState, path: &str) -> bool {
    let content = site.content();
    let (locale, bare) = locale_path::split(path, &content.languages);
    if let Ok(page) = bare.parse::<Page>() {
        return site.has_page(page);
    }
    if bare.starts_with("/api/") || form_route::page_of(bare).is_some() {
        return false;
    }
    let table = router::table();
    let Some(route) = table.find(bare).filter(|route| table.methods(*route).contains(&Method::GET)) else {
        return false;
    };
    let template = table.template(route);
    let exists = if template.contains("{version}") {
        let version = bare.split('/').find_map(|part| part.parse().ok());
        version.is_some_and(|version| content.edition(version).is_some())
    } else {
        !template.contains('{')
    };
    exists && (locale.is_none() || path::is_localized(bare))
}

/// A GET of the same path.
pub(super) fn as_get(request: &Request) -> Request {
    let mut get = Request::new(Body::empty());
    *get.uri_mut() = request.uri().clone();
    *get.extensions_mut() = request.extensions().clone();
    get
}

/// Rejects the method with the ones that exist, or with 404 if a GET finds nothing.
pub(super) async fn reject(mismatch: MethodMismatch, get: Request, page: Option<Page>, routes: &Router) -> Response {
    let MethodMismatch { allow, exists } = mismatch;
    let is_missing = !exists
        && (check_page(&get, page).is_err()
            || routes.clone().oneshot(get).await.into_response().status() == StatusCode::NOT_FOUND);
    if is_missing {
        return AppError::NotFound.into_response();
    }
    let mut response = AppError::Method.into_response();
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// Redirects to the canonical path (RFC 9110, 15.4.9).
pub(super) fn redirect(path: &str) -> Response {
    Redirect::permanent(path).into_response()
}

/// The value of `Allow`.
fn allow(methods: &[Method]) -> HeaderValue {
    let names = methods.iter().map(|method| if *method == Method::GET { "GET,HEAD" } else { method.as_str() });
    HeaderValue::try_from(names.collect::<Vec<_>>().join(",")).unwrap_or(HeaderValue::from_static("GET,HEAD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_path_leads_to_the_page_and_to_nothing_else() {
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
            assert_eq!(canonical_path(path, |path| THERE.contains(&path)).as_deref(), found, "{path}");
        }
    }

    #[test]
    fn get_includes_head() {
        assert_eq!(allow(&[Method::GET, Method::POST]), "GET,HEAD,POST");
        assert_eq!(allow(&[Method::POST]), "POST");
    }
}
