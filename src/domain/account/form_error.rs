//! What a form about accounts must be corrected in: which field, and the sentence that says so. A closed list.

use serde::{Deserialize, Serialize};

use crate::domain::{
    account::credentials::{Password, PasswordWeakness},
    web::page::Page,
};

/// A field of such a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormField {
    /// The e-mail address.
    Email,
    /// The password that the account has.
    Password,
    /// The password that it shall have.
    NewPassword,
}

impl FormField {
    /// Its name in the form, which is its id in the page too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Password => "password",
            Self::NewPassword => "new_password",
        }
    }
}

/// One thing to correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FieldError {
    /// No e-mail address was given, or none that can be one.
    #[error("Enter an e-mail address, such as name@example.org.")]
    NoEmail,
    /// The e-mail address has an account.
    #[error("There is an account with this e-mail address. Sign in instead, or use another address.")]
    EmailTaken,
    /// No password was given.
    #[error("Enter your password.")]
    NoPassword,
    /// E-mail address and password do not belong together. Which of them is wrong is not said.
    #[error("The e-mail address or the password is not right.")]
    NotRecognised,
    /// The member's password is another.
    #[error("That is not your password.")]
    WrongPassword,
    /// The new password cannot be used.
    #[error(transparent)]
    Weak(PasswordWeakness),
}

impl FieldError {
    /// The field that it is about.
    pub const fn field(self) -> FormField {
        match self {
            Self::NoEmail | Self::EmailTaken | Self::NotRecognised => FormField::Email,
            Self::NoPassword | Self::WrongPassword => FormField::Password,
            Self::Weak(_) => FormField::NewPassword,
        }
    }
}

/// What was entered and is shown again, so that nobody types it twice. Passwords are not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FormInput {
    /// The e-mail address, as it was typed.
    pub email: String,
    /// Whether to be kept signed in.
    pub remember: bool,
    /// Where to go afterwards.
    pub return_to: Option<Page>,
    /// The token of a password reset link.
    pub token: Password,
}

/// A form that is shown again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FormErrors {
    /// The page that the form stands on.
    pub page: Page,
    /// What to correct; never empty.
    pub problems: Vec<FieldError>,
    /// What was entered.
    pub kept: FormInput,
}

impl FormErrors {
    /// The form on a page, shown again because of one problem.
    pub fn of(page: Page, problem: FieldError, kept: FormInput) -> Self {
        Self { page, problems: vec![problem], kept }
    }

    /// The sentence about a field, if something is wrong there.
    pub fn about(&self, field: FormField) -> Option<FieldError> {
        self.problems.iter().copied().find(|problem| problem.field() == field)
    }
}

/// Why a form about accounts was not done.
#[derive(Clone, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FormError {
    /// For the same reasons as any other form.
    #[error(transparent)]
    Refused(#[from] crate::domain::web::error::AppError),
    /// It must be corrected, and is shown again.
    #[error("The form must be corrected.")]
    Correct(Box<FormErrors>),
    /// There were too many attempts.
    #[error("There were too many attempts. Please wait {seconds} seconds.")]
    Wait {
        /// How long until the next one, in seconds.
        seconds: u64,
    },
}

impl From<FormErrors> for FormError {
    fn from(correction: FormErrors) -> Self {
        Self::Correct(Box::new(correction))
    }
}
