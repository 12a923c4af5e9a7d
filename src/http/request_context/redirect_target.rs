//! Where a page leads that is not for whoever asks for it.

use axum::{
    extract::{Query, Request},
    http::Method,
};
use serde::Deserialize;

use super::RequestContext;
use crate::domain::{
    policy::version::Version,
    web::{error::AppError, flash::Blocked, page::Page},
};

/// Where a page leads that is not for this visitor: a guest's first to the sign-in, a member's to their account. Two editions
/// are compared at one address, whichever is named first.
pub(in super::super) fn elsewhere(request: &Request, visitor: &RequestContext) -> Option<String> {
    let page = visitor.page.filter(|_| matches!(*request.method(), Method::GET | Method::HEAD))?;
    match page {
        Page::Comparison(from, to) if from > to => return Some(visitor.address(Page::Comparison(to, from))),
        Page::Compare => return chosen(request).ok().flatten().map(|page| visitor.address(page)),
        _ => {}
    }
    match visitor.owner() {
        // Whether it is for them is not known.
        None if visitor.unrecognised.is_some() => None,
        None if page.requires_sign_in() => {
            let notice = visitor.blocked.and_then(Blocked::after);
            let notice = notice.map(|notice| format!("&notice={}", notice.into_str())).unwrap_or_default();
            Some(format!("{}?return_to={page}{notice}", visitor.address(Page::SignIn)))
        }
        Some(_) if page.is_for_guests() => Some(visitor.address(Page::Account)),
        Some(_) if visitor.disabled.is_some() && page.requires_sign_in() && !page.is_for_disabled() => {
            Some(visitor.address(Page::Account))
        }
        _ => None,
    }
}

/// The comparison that is chosen in the form, if one is. Whether both editions are there is seen when it is opened.
///
/// # Errors
/// [`AppError::NoComparison`] if what is chosen is no version.
pub(super) fn chosen(request: &Request) -> Result<Option<Page>, AppError> {
    #[derive(Default, Deserialize)]
    struct Chosen {
        from: Option<String>,
        to: Option<String>,
    }
    let Query(Chosen { from, to }) = Query::try_from_uri(request.uri()).unwrap_or_default();
    let version =
        |text: Option<String>| text.unwrap_or_default().parse::<Version>().map_err(|_| AppError::NoComparison);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let (from, to) = (version(from)?, version(to)?);
    Ok(Some(Page::Comparison(from.min(to), from.max(to))))
}
