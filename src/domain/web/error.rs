//! Error responses: a closed list of statuses and sentences, so that no internal detail can leak.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// A request that is answered with a 4xx or 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error, VariantArray)]
#[serde(rename_all = "kebab-case")]
pub enum AppError {
    /// A form field is missing, repeated, or holds a value that the form does not offer.
    #[error(
        "The form is incomplete, or has a value it does not offer, so we did not process it. Go back and try again."
    )]
    Form,
    /// The name of the cookie to delete is not a valid cookie name.
    #[error("This is not a valid cookie name, so nothing was deleted.")]
    CookieName,
    /// The request is malformed in another way.
    #[error("We could not understand this request.")]
    Malformed,
    /// Another site sent the form (CSRF).
    #[error(
        "This form was sent from another site, so nothing was changed. Open the page here and send the form again."
    )]
    Foreign,
    /// The browser sent no `Origin` and no `Sec-Fetch-Site` with the form.
    #[error(
        "Your browser does not tell us where a form comes from, so another site could have sent this one. Nothing was changed. Block or delete cookies in your browser’s settings, or use another browser."
    )]
    NoOrigin,
    /// The `Host` header names none of the site's hosts.
    #[error("This site is not available at this address. Use the address that the site owner gives.")]
    Misdirected,
    /// The action needs a signed-in user.
    #[error(
        "You are not signed in, or no longer, so nothing was changed now. If you pressed the button twice, it may have worked the first time. Sign in to check."
    )]
    SignedOut,
    /// The rate limit for passwords was exceeded.
    #[error("There were too many attempts from your network or for this account. Nothing was changed.")]
    TooManyAttempts,
    /// More password checks are waiting than the server can serve in time.
    #[error("Too many people are signing in at the moment. Nothing was changed. Try again in a moment.")]
    Busy,
    /// The server sheds load.
    #[error("We have too many requests at the moment. Nothing was changed. Try again in a moment.")]
    Overloaded,
    /// The database cannot be read or written at the moment.
    #[error("We cannot load or save anything at the moment. Try again in a moment.")]
    Unavailable,
    /// The browser has the key of its session, and could not fetch the cookie of the key in time.
    #[error(
        "Your browser could not show in time that it is the one in which you signed in. Nothing was changed. Try again in a moment."
    )]
    KeyNotShown,
    /// The link to set a new password was used, was replaced by a newer one, or has expired.
    #[error(
        "This link to set a new password was used before, was replaced by a newer one, or has expired. If you have just set a password with it, sign in with that password. Otherwise, ask for a new one: the sign-in page says how."
    )]
    ResetLinkExpired,
    /// Another one-time link in a message was used, or has expired.
    #[error("This link was used before, or has expired. If you have just used it, there is nothing left to do.")]
    LinkExpired,
    /// No route matches the URL.
    #[error("If you typed the address, check it. The page may also have moved.")]
    NotFound,
    /// The two versions to compare are equal, or one does not exist.
    #[error("A comparison needs two different versions of the policy, and both must exist. See “All versions”.")]
    NoComparison,
    /// The route does not support the method.
    #[error("This page cannot be opened directly.")]
    Method,
    /// The client sent the request too slowly.
    #[error("Your request took too long to arrive. Please try again.")]
    Timeout,
    /// The request body is too large.
    #[error("You sent more data than we accept. Nothing was changed.")]
    TooLarge,
    /// The URL is too long.
    #[error("This address is too long for us to read.")]
    AddressTooLong,
    /// The request body is not a form.
    #[error("We accept only form data at this address. Nothing was changed.")]
    NotAForm,
    /// The request comes from an origin that belongs to no partner service.
    #[error(
        "This address answers pages of the services under this policy, and this request does not come from one of them, so it was not carried out."
    )]
    Unlisted,
    /// The content type is not JSON.
    #[error("This address takes JSON and nothing else, so this was not carried out.")]
    NotJson,
    /// The JSON does not match the schema.
    #[error(
        "The text is no JSON, or not what this address takes: choices with true or false for preferences, analytics or both. It was not carried out."
    )]
    Choices,
    /// The one-use code is not valid for this service and verifier, or no longer.
    #[error(
        "This code is not valid: it was used before, has expired, or is not for this service and this verifier. Ask for another one."
    )]
    Code,
    /// A yes answers a question that has changed or was answered otherwise since.
    #[error(
        "A yes counts only for the question as it is asked now, and this one was not taken: the question has changed since, was answered elsewhere, or the request does not say which one was shown. Each no among the answers was taken. Ask what is asked now, and show that."
    )]
    NotTaken,
    /// The request headers, usually the cookies, are too large.
    #[error(
        "Your browser sent more cookies than we can read. The button below deletes them without reading their contents."
    )]
    HeadersTooLarge,
    #[error("There is a problem on our side, and we have logged it. Please try again.")]
    Inner,
}

impl AppError {
    /// The HTTP status code (RFC 9110, 15; RFC 6585).
    pub const fn status(self) -> u16 {
        match self {
            Self::Form | Self::CookieName | Self::Malformed | Self::Choices | Self::Code => 400,
            Self::Foreign | Self::NoOrigin | Self::SignedOut | Self::Unlisted => 403,
            Self::NotFound | Self::NoComparison => 404,
            Self::Method => 405,
            Self::Timeout => 408,
            Self::NotTaken => 409,
            Self::TooLarge => 413,
            Self::AddressTooLong => 414,
            Self::NotAForm | Self::NotJson => 415,
            Self::ResetLinkExpired | Self::LinkExpired => 410,
            Self::Misdirected => 421,
            Self::TooManyAttempts => 429,
            Self::HeadersTooLarge => 431,
            Self::Inner => 500,
            Self::Busy | Self::Overloaded | Self::Unavailable | Self::KeyNotShown => 503,
        }
    }

    /// Whether a 5xx reports no fault of the server: overload, or a browser that must try again.
    pub const fn is_no_fault(self) -> bool {
        matches!(self, Self::Busy | Self::Overloaded | Self::KeyNotShown)
    }

    /// The error that best explains a bare status code.
    pub fn from_status(status: u16) -> Self {
        match status {
            400 => Self::Malformed,
            503 => Self::Unavailable,
            500.. => Self::Inner,
            other => {
                Self::VARIANTS.iter().copied().find(|refusal| refusal.status() == other).unwrap_or(Self::Malformed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_sentence_and_an_error_status() {
        for refusal in AppError::VARIANTS {
            assert!((400..600).contains(&refusal.status()), "{refusal:?}");
            assert!(refusal.to_string().ends_with('.'), "{refusal:?}");
        }
    }

    #[test]
    fn a_bare_status_is_explained_by_a_refusal_of_that_status() {
        for status in [400, 403, 404, 405, 408, 409, 410, 413, 414, 415, 421, 429, 431, 500] {
            assert_eq!(AppError::from_status(status).status(), status);
        }
        assert_eq!(AppError::from_status(422), AppError::Malformed);
        assert_eq!(AppError::from_status(503), AppError::Unavailable);
        assert_eq!(AppError::from_status(502), AppError::Inner);
    }
}
