//! Responses for errors: the status, and the error for the step that renders it.
//!
//! `middleware::error_pages` reads the error from the response's extensions and writes the body.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::domain::{account::form_error::FormError, web::error::AppError};

/// Marks a response whose body `middleware::error_pages` leaves as it is.
#[derive(Clone, Copy)]
pub(crate) struct PlainBody;

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(seconds) = retry_after(self) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        // Closes the connection: the rest of the body is not read (RFC 9110, 15.5.9 and 15.5.14).
        if matches!(self, Self::Timeout | Self::TooLarge) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// When it is worth trying again, in seconds (RFC 9110, 10.2.3).
pub(crate) fn retry_after(error: AppError) -> Option<HeaderValue> {
    match error {
        AppError::Busy => Some(HeaderValue::from_static("5")),
        AppError::Unavailable | AppError::KeyNotShown => Some(HeaderValue::from_static("2")),
        AppError::Overloaded => Some(HeaderValue::from_static("1")),
        _ => None,
    }
}

impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        let mut response = match &self {
            Self::Refused(refusal) => return refusal.into_response(),
            Self::Correct(_) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
            Self::Wait { seconds } => {
                let mut response = AppError::TooManyAttempts.into_response();
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                response
            }
        };
        response.extensions_mut().insert(self);
        response
    }
}
