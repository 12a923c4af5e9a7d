//! Redirects from a page that is not for this visitor.

use axum::extract::{Query, Request};
use serde::Deserialize;

use crate::{
    app::{AppState, request_context::RequestContext},
    domain::{
        policy::version::Version,
        web::{error::AppError, flash::Blocked, page::Page},
    },
    http::request::is_read,
};

/// Where the requested page redirects to: a page for users leads a guest to the sign-in page, and a
/// page for guests leads a user to the account, unless the user has to sign in again. Two editions
/// are compared at one URL, the older one first.
pub(crate) fn redirect_target(site: &AppState, request: &Request, context: &RequestContext) -> Option<String> {
    let page = context.page.filter(|_| is_read(request.method()))?;
    match page {
        // A message of a form is shown on the page itself.
        Page::Home if request.uri().query().is_none() => {
            return site.content().publisher.home.redirect().map(|page| context.path_of(page));
        }
        Page::Comparison(from, to) if from > to => return Some(context.path_of(Page::Comparison(to, from))),
        Page::Compare => return comparison(request).ok().flatten().map(|page| context.path_of(page)),
        _ => {}
    }
    match context.identity.owner() {
        // Whether the page is for this visitor is unknown.
        None if context.identity.lookup_error.is_some() => None,
        None if page.requires_sign_in() => {
            let notice = context.cookies.blocked.and_then(Blocked::after);
            let notice = notice.map(|notice| format!("&notice={}", notice.into_str())).unwrap_or_default();
            Some(format!("{}?return_to={page}{notice}", context.path_of(Page::SignIn)))
        }
        Some(user) if page == Page::SignIn && !site.can_confirm(user) => None,
        Some(_) if page.is_for_guests() => Some(context.path_of(Page::Account)),
        Some(_) if context.identity.disabled_user.is_some() && page.requires_sign_in() && !page.is_for_disabled() => {
            Some(context.path_of(Page::Account))
        }
        _ => None,
    }
}

/// The comparison that the form of `/policy/compare` requests, if it requests one. Whether both
/// editions exist is checked at the comparison's own URL.
///
/// # Errors
/// [`AppError::NoComparison`] if a parameter is not a version.
pub(super) fn comparison(request: &Request) -> Result<Option<Page>, AppError> {
    #[derive(Default, Deserialize)]
    struct CompareQuery {
        from: Option<String>,
        to: Option<String>,
    }
    let Query(CompareQuery { from, to }) = Query::try_from_uri(request.uri()).unwrap_or_default();
    let version =
        |text: Option<String>| text.unwrap_or_default().parse::<Version>().map_err(|_| AppError::NoComparison);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let (from, to) = (version(from)?, version(to)?);
    Ok(Some(Page::Comparison(from.min(to), from.max(to))))
}
