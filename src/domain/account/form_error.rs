//! Errors of account forms: a closed list of fields and sentences.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::domain::{
    account::{
        credentials::{Password, PasswordWeakness},
        passkey::{MAX_PASSKEYS, PasskeyChallenge},
    },
    web::page::Page,
};

/// A field of an account form; the name is also the element's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum FormField {
    Email,
    /// The current password.
    Password,
    /// The new password.
    NewPassword,
    /// The button that has the browser ask for a passkey, or create one; or the choice of one.
    Passkey,
    /// The link to sign in again.
    SignIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FieldError {
    /// The e-mail address is missing or invalid.
    #[error("Enter an email address, such as name@example.org.")]
    NoEmail,
    /// The e-mail address already has an account.
    #[error("An account with this email address already exists. Sign in, or use another address.")]
    EmailTaken,
    #[error("Enter your password.")]
    NoPassword,
    /// E-mail address and password do not match. The sentence does not say which of them is wrong.
    #[error("Wrong email address or password.")]
    NotRecognised,
    /// The current password is wrong.
    #[error("Wrong password.")]
    WrongPassword,
    /// The new password is too weak.
    #[error(transparent)]
    Weak(PasswordWeakness),
    /// The browser created no passkey, as without scripts.
    #[error("This browser created no passkey. It needs JavaScript for it, and support for passkeys.")]
    NoPasskey,
    /// The challenge has expired or was answered before.
    #[error("That took too long, or was sent twice. Try again.")]
    PasskeyExpired,
    /// The answer of the authenticator is not valid, or the passkey is not known. The sentence does
    /// not say which.
    #[error("This passkey could not be used. Try again, or use another way.")]
    PasskeyRejected,
    /// The account has as many passkeys as it may have.
    #[error("An account has at most {MAX_PASSKEYS} passkeys. Remove one first.")]
    TooManyPasskeys,
    /// No passkey was chosen to be removed.
    #[error("Choose a passkey.")]
    ChoosePasskey,
    /// The sign-in method must stay, so that its user is not locked out.
    #[error("Without it you could lose access to your account. Add another sign-in method first.")]
    LastMethod,
    /// The account has no password, and the sign-in is too long ago to confirm the action.
    #[error("You signed in too long ago to confirm this. Sign in again.")]
    SignInAgain,
}

impl FieldError {
    /// The field to correct first.
    pub const fn field(self) -> FormField {
        match self {
            Self::NoEmail | Self::EmailTaken => FormField::Email,
            Self::NoPassword | Self::WrongPassword | Self::NotRecognised => FormField::Password,
            Self::Weak(_) => FormField::NewPassword,
            Self::NoPasskey
            | Self::PasskeyExpired
            | Self::PasskeyRejected
            | Self::TooManyPasskeys
            | Self::ChoosePasskey
            | Self::LastMethod => FormField::Passkey,
            Self::SignInAgain => FormField::SignIn,
        }
    }

    /// Whether the error is that of one field. Which of address and password is wrong is not said.
    pub const fn is_of_one_field(self) -> bool {
        !matches!(self, Self::NotRecognised)
    }
}

/// The input that the form shows again. It contains no password.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FormInput {
    /// The e-mail address as typed.
    pub email: String,
    /// Whether the session persists.
    pub remember: bool,
    pub return_to: Option<Page>,
    /// The token of a password reset link.
    pub token: Password,
    /// The passkey that is to be removed.
    pub passkey: String,
    /// The name of the passkey that is to be added.
    pub passkey_name: String,
    /// The challenge for the next attempt to add a passkey.
    pub passkey_challenge: Option<PasskeyChallenge>,
}

/// The errors of a form, with the input to show again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FormErrors {
    /// The page that contains the form.
    pub page: Page,
    /// The errors; never empty.
    pub problems: Vec<FieldError>,
    pub input: FormInput,
}

impl FormErrors {
    /// The errors of a form with a single error.
    pub fn new(page: Page, problem: FieldError, input: FormInput) -> Self {
        Self { page, problems: vec![problem], input }
    }

    /// The error of a field.
    pub fn about(&self, field: FormField) -> Option<FieldError> {
        self.beside(field).filter(|problem| problem.is_of_one_field())
    }

    /// The error to show beside a field. It may be that of another field, too.
    pub fn beside(&self, field: FormField) -> Option<FieldError> {
        self.problems.iter().copied().find(|problem| problem.field() == field)
    }
}

/// Why an account form failed.
#[derive(Clone, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FormError {
    /// An error that any form can have.
    #[error(transparent)]
    Refused(#[from] crate::domain::web::error::AppError),
    /// The form must be corrected.
    #[error("The form must be corrected.")]
    Correct(Box<FormErrors>),
    /// The rate limit was exceeded.
    #[error("There were too many attempts. Please wait {seconds} seconds.")]
    Wait {
        /// How long to wait, in seconds.
        seconds: u64,
    },
}

impl From<FormErrors> for FormError {
    fn from(correction: FormErrors) -> Self {
        Self::Correct(Box::new(correction))
    }
}
