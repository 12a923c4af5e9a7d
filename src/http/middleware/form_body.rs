//! Reads the body of a form before anything is done, and gives the error of a server function its
//! status.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, Method, header},
    response::{IntoResponse, Response},
};

use super::limits;
use crate::{
    config::http_limits::HttpLimits,
    domain::{
        account::form_error::FormError,
        analytics::performance::measurement,
        cookies::inventory::finding,
        web::{error::AppError, form_route, page::Page, path},
    },
    http::{request::has_type, routes::verify},
};

/// The largest form, in bytes.
const MAX_FORM_BYTES: usize = 16_384;

/// The largest form with a receipt, in bytes. A receipt names every purpose and its cookies.
const MAX_RECEIPT_BYTES: usize = 131_072;

/// The largest body that a partner service's page or server may send, in bytes. An answer about as
/// many purposes as a site may declare, with the longest names, takes some four thousand.
const MAX_JSON_BYTES: usize = 8_192;

/// The largest body of a mail provider that ends a subscription, in bytes: one field, in any
/// encoding of a form.
const MAX_ONE_CLICK_BYTES: usize = 1_024;

/// The header by which Leptos marks the response of a server function that failed.
const SERVER_FN_ERROR: HeaderName = HeaderName::from_static("serverfnerror");

/// The body of a form.
#[derive(Clone)]
pub(super) struct FormBody(pub Bytes);

/// Reads the whole body, if the request is a form, or JSON from a partner service. No later step
/// waits for the client.
///
/// # Errors
/// [`AppError::NotAForm`] and [`AppError::NotJson`] for another `Content-Type`;
/// [`AppError::TooLarge`], [`AppError::Timeout`] and [`AppError::Malformed`] for a body that cannot
/// be read.
pub(super) async fn read(limits: &HttpLimits, request: &mut Request) -> Result<(), AppError> {
    let path = request.uri().path();
    let is_form = form_route::is_form(path) || matches!(path, path::CONNECT_ANSWER | path::CONNECT_SAVE);
    let is_measurement = path == path::MEASUREMENTS;
    let is_report = path == path::PARTNER_FINDINGS;
    let is_one_click = path == path::UNSUBSCRIBE;
    let is_logout = path.starts_with(path::PROVIDER_LOGOUT);
    let is_json = matches!(path, path::PARTNER_CONSENT | path::PARTNER_CONNECT);
    if !(is_form || is_measurement || is_report || is_one_click || is_logout || is_json)
        || *request.method() != Method::POST
    {
        return Ok(());
    }
    let max = if is_measurement {
        require_type(request.headers(), "application/x-www-form-urlencoded", AppError::NotAForm)?;
        measurement::MAX_BYTES
    } else if is_report {
        // Any type: the script sends text, which needs no CORS preflight.
        finding::MAX_REPORT_BYTES
    } else if is_one_click {
        // `multipart/form-data` or `application/x-www-form-urlencoded` (RFC 8058, 3.2).
        MAX_ONE_CLICK_BYTES
    } else if is_logout {
        require_type(request.headers(), "application/x-www-form-urlencoded", AppError::NotAForm)?;
        MAX_FORM_BYTES
    } else if is_form {
        let has_receipt = path.parse() == Ok(Page::Verify);
        // That form may have a file.
        if !(has_receipt && has_type(request.headers(), verify::UPLOAD)) {
            require_type(request.headers(), "application/x-www-form-urlencoded", AppError::NotAForm)?;
        }
        if has_receipt { MAX_RECEIPT_BYTES } else { MAX_FORM_BYTES }
    } else {
        // No HTML form can send this type, and a script needs a CORS preflight for it.
        require_type(request.headers(), "application/json", AppError::NotJson)?;
        MAX_JSON_BYTES
    };
    let body = std::mem::take(request.body_mut());
    let body = limits::read_body(body, max, limits.body_timeout).await?;
    if is_form {
        request.extensions_mut().insert(FormBody(body.clone()));
        // With `Accept: text/html`, Leptos redirects to the referring page and loses the error.
        request.headers_mut().remove(header::ACCEPT);
    }
    *request.body_mut() = Body::from(body);
    Ok(())
}

fn require_type(headers: &HeaderMap, expected: &str, error: AppError) -> Result<(), AppError> {
    if has_type(headers, expected) { Ok(()) } else { Err(error) }
}

/// The response as it is, or with the status of the error that a server function returned.
pub(super) async fn with_status(response: Response) -> Response {
    if !response.headers().contains_key(&SERVER_FN_ERROR) {
        return response;
    }
    let body = to_bytes(response.into_body(), MAX_FORM_BYTES * 8).await.unwrap_or_default();
    let error = || serde_json::from_slice::<AppError>(&body).unwrap_or(AppError::Inner);
    serde_json::from_slice::<FormError>(&body).unwrap_or_else(|_| error().into()).into_response()
}
