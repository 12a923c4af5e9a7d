//! What the site will not or cannot do, and the sentence it says then: a closed list, so that no inner detail can leak.

use serde::{Deserialize, Serialize};

/// A request that is answered with a 4xx or 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum AppError {
    /// A field is missing, doubled, or holds what the form does not offer.
    #[error("The form is incomplete, or holds an answer that it does not offer, so it was not carried out.")]
    Form,
    /// The name of the cookie to delete is no cookie name.
    #[error("That is not the name of a cookie, so none was deleted.")]
    CookieName,
    /// The request is malformed in another way.
    #[error("That request could not be understood.")]
    Malformed,
    /// Another site sent the form.
    #[error("This form was sent from another site, so nothing was changed. Open the page here and send it again.")]
    Foreign,
    /// The browser does not say where the form comes from.
    #[error(
        "Your browser does not say where a form comes from, and another site could have sent this one. So this site cannot take forms from it, and nothing was changed. Block or delete cookies in the browser itself, or use another browser."
    )]
    NoOrigin,
    /// The request names a host that is none of this site's.
    #[error("This site is not reached under that name. Open the address that its owner gives.")]
    Misdirected,
    /// Only a signed-in member can do that.
    #[error(
        "You are not signed in, or not any more, so this was not done now. If you pressed the button twice, it may have been done the first time. Sign in to see."
    )]
    SignedOut,
    /// There were too many attempts to give a password.
    #[error("There were too many attempts from here or for this account, so nothing was done.")]
    TooManyAttempts,
    /// More people sign in than can be served in time.
    #[error(
        "More people are signing in just now than this site can serve, so this was not done. Try again in a moment."
    )]
    Busy,
    /// More is asked at once than can be answered in time.
    #[error("More is asked of this site just now than it can answer, so this was not done. Try again in a moment.")]
    Overloaded,
    /// The database cannot be reached or written just now.
    #[error("The site cannot save or look up anything just now. Please try again in a moment.")]
    Unavailable,
    /// The password reset link was used, was replaced by a newer one, or is too old.
    #[error(
        "This link to set a new password was used before, was replaced by a newer one, or is too old. If you have just chosen a password with it, sign in with that. Else ask whoever runs this site for a new one."
    )]
    ResetLinkExpired,
    /// Nothing stands at that address.
    #[error("There is no page at this address. It may have moved, or the link has a slip in it.")]
    NotFound,
    /// Two editions shall be compared that are not two editions.
    #[error(
        "There is no such comparison: it needs two different editions of the policy, and both must exist. The history of the policy lists them."
    )]
    NoComparison,
    /// The address does not take that method.
    #[error("This address cannot be used in that way.")]
    Method,
    /// The request took too long to arrive.
    #[error("The request took too long to arrive. Please try again.")]
    Timeout,
    /// The body is too large.
    #[error("That is more than a form of this site can hold, so it was not carried out.")]
    TooLarge,
    /// The address is too long.
    #[error("That address is too long.")]
    AddressTooLong,
    /// The body is no form.
    #[error("This address takes the fields of a form and nothing else, so this was not carried out.")]
    NotAForm,
    /// The page that asks is none of a service under the policy.
    #[error(
        "This address answers pages of the services under this policy, and this request does not come from one of them, so it was not carried out."
    )]
    Unlisted,
    /// The body is no JSON.
    #[error("This address takes JSON and nothing else, so this was not carried out.")]
    NotJson,
    /// The JSON is not what is asked for.
    #[error(
        "The text is no JSON, or not what this address takes: choices with true or false for preferences, analytics or both. It was not carried out."
    )]
    Choices,
    /// A yes was given to a question that has changed since, or that was answered otherwise.
    #[error(
        "A yes counts only for the question as it is asked now, and this one was not taken: the question has changed since, was answered elsewhere, or the request does not say which one was shown. Each no among the answers was taken. Ask what is asked now, and show that."
    )]
    NotTaken,
    /// The headers, most often the cookies, are too large.
    #[error(
        "Your browser sent more cookies than this site can read. The button below deletes them, without reading what they hold."
    )]
    HeadersTooLarge,
    /// Something went wrong within.
    #[error("Something went wrong on our side. It has been noted; please try again.")]
    Inner,
}

impl AppError {
    /// Every refusal.
    pub const ALL: [Self; 25] = [
        Self::Form,
        Self::CookieName,
        Self::Malformed,
        Self::Foreign,
        Self::NoOrigin,
        Self::Misdirected,
        Self::SignedOut,
        Self::TooManyAttempts,
        Self::Busy,
        Self::Overloaded,
        Self::Unavailable,
        Self::ResetLinkExpired,
        Self::NotFound,
        Self::NoComparison,
        Self::Method,
        Self::Timeout,
        Self::TooLarge,
        Self::AddressTooLong,
        Self::NotAForm,
        Self::Unlisted,
        Self::NotJson,
        Self::Choices,
        Self::NotTaken,
        Self::HeadersTooLarge,
        Self::Inner,
    ];

    /// The HTTP status code (RFC 9110, 15; RFC 6585).
    pub const fn status(self) -> u16 {
        match self {
            Self::Form | Self::CookieName | Self::Malformed | Self::Choices => 400,
            Self::Foreign | Self::NoOrigin | Self::SignedOut | Self::Unlisted => 403,
            Self::NotFound | Self::NoComparison => 404,
            Self::Method => 405,
            Self::Timeout => 408,
            Self::NotTaken => 409,
            Self::TooLarge => 413,
            Self::AddressTooLong => 414,
            Self::NotAForm | Self::NotJson => 415,
            Self::ResetLinkExpired => 410,
            Self::Misdirected => 421,
            Self::TooManyAttempts => 429,
            Self::HeadersTooLarge => 431,
            Self::Inner => 500,
            Self::Busy | Self::Overloaded | Self::Unavailable => 503,
        }
    }

    /// Whether more is asked than can be done, which is nobody's failure.
    pub const fn is_of_load(self) -> bool {
        matches!(self, Self::Busy | Self::Overloaded)
    }

    /// The refusal that best explains a bare status code.
    pub fn from_status(status: u16) -> Self {
        match status {
            400 => Self::Malformed,
            503 => Self::Unavailable,
            500.. => Self::Inner,
            other => Self::ALL.into_iter().find(|refusal| refusal.status() == other).unwrap_or(Self::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_sentence_and_an_error_status() {
        for refusal in AppError::ALL {
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
