//! What Leptos hands to server functions and pages: the server, the request, and the response.
//!
//! `http` provides these contexts for each request that reaches Leptos.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

use crate::{
    app::{
        AppState, cookie_jar::Jar, form_context::FormContext, form_result::FormResult, receipt_ticket,
        request_context::RequestContext,
    },
    domain::{
        i18n::{locale::Locale, locale_path},
        web::{error::AppError, page::Page},
    },
    system::percent_encode::percent_encode,
};

/// The longest list of deleted cookies in a query, in bytes. It keeps the URL well below the limit.
const MAX_DELETED_BYTES: usize = 1_500;

/// The form that a server function handles.
///
/// # Errors
/// Those of [`FormContext::new`], and [`AppError::Inner`] outside of a request.
pub(crate) fn form() -> Result<FormContext, AppError> {
    let (site, jar) = use_context::<Arc<AppState>>().zip(use_context::<Jar>()).ok_or(AppError::Inner)?;
    FormContext::new(site, jar, use_context::<Arc<RequestContext>>().unwrap_or_default())
}

/// Redirects to a page (303; RFC 9110, 15.4.4) that says what the form did.
///
/// The query holds the names of deleted cookies only. The page compares them with the cookies of
/// the next request and says nothing about others.
///
/// # Errors
/// [`AppError::Inner`] if the URL is not a valid header value, which no page's URL is.
pub(crate) fn see_other(page: Page, result: &FormResult) -> Result<(), AppError> {
    let request = use_context::<Arc<RequestContext>>().unwrap_or_default();
    let mut url = format!("{}?notice={}", request.path_of(page), result.notice.into_str());
    let names: Vec<_> = result.gone.iter().map(|name| percent_encode(name)).collect();
    let bytes: usize = names.iter().map(|name| name.len() + 1).sum();
    // A longer list is left out: the page lists the cookies that are still there.
    if !names.is_empty() && bytes < MAX_DELETED_BYTES {
        url = format!("{url}&gone={}", names.join(","));
    }
    if let Some(record) = result.receipt {
        let site = expect_context::<Arc<AppState>>();
        let ticket = receipt_ticket::issue(&site.cookie_signer, record);
        url = format!("{url}&receipt={}", percent_encode(ticket.as_bytes()));
    }
    if request.identity.session_ended && result.notice.follows_answer() {
        url.push_str("&session=over");
    }
    redirect(&url)
}

/// Redirects to a page in a language.
///
/// # Errors
/// [`AppError::Inner`] if the URL is not a valid header value, which no page's URL is.
pub(crate) fn see_other_in(page: Page, locale: Locale) -> Result<(), AppError> {
    redirect(&locale_path::join(locale, &page.to_string()))
}

fn redirect(url: &str) -> Result<(), AppError> {
    let response = expect_context::<ResponseOptions>();
    response.set_status(StatusCode::SEE_OTHER);
    response.insert_header(header::LOCATION, HeaderValue::from_str(url).map_err(|_| AppError::Inner)?);
    Ok(())
}

/// Asks the browser to delete what scripts stored for this site (W3C Clear Site Data).
///
/// The value is `"storage"` alone. `"cookies"` reaches beyond this host, and the gate removes the
/// cookies that go. `"cache"` stalls a browser with a large cache for seconds, and pages that show
/// anything of a user are `no-store` already.
pub(crate) fn clear_site_data() {
    let directives = HeaderValue::from_static("\"storage\"");
    expect_context::<ResponseOptions>().insert_header(HeaderName::from_static("clear-site-data"), directives);
}
