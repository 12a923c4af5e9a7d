//! Server functions for sessions: sign-in, sign-out and password reset.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    account::{credentials::Password, form_error::FormError},
    web::{error::AppError, page::Page},
};

/// Signs in, and returns to the page in `return_to`.
///
/// # Errors
/// [`FormError`] with the form to show again, if e-mail address or password is wrong.
#[server(name = SignIn, prefix = "/api", endpoint = "session/sign_in", input = PostUrl)]
pub async fn sign_in(
    email: String,
    password: Password,
    #[server(default)] remember: bool,
    return_to: Option<Page>,
) -> Result<(), FormError> {
    use crate::{
        app::accounts::sessions,
        domain::{account::form_error::FormInput, web::flash::Flash},
        http::forms,
    };
    let sender = forms::sender()?;
    let kept = FormInput { email, remember, return_to, ..FormInput::default() };
    let page = sessions::sign_in(&sender, password, kept).await?;
    Ok(forms::see_other(page, &Flash::SignedIn.into())?)
}

/// Redeems a password-reset link: sets the new password and signs in.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is not acceptable.
#[server(name = Redeem, prefix = "/api", endpoint = "session/redeem", input = PostUrl)]
pub async fn redeem(token: Password, new_password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, domain::web::flash::Flash, http::forms};
    let page = service::redeem(&forms::sender()?, token, new_password).await?;
    Ok(forms::see_other(page, &Flash::SignedIn.into())?)
}

/// Signs this browser out.
///
/// # Errors
/// Only [`AppError::Inner`].
#[server(name = SignOut, prefix = "/api", endpoint = "session/sign_out", input = PostUrl)]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, http::forms};
    let done = sessions::sign_out(&forms::sender()?).await?;
    forms::clear_site_data();
    forms::see_other(Page::Home, &done)
}

/// Ends one session of the user.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = End, prefix = "/api", endpoint = "session/end", input = PostUrl)]
pub async fn end(session: String) -> Result<(), AppError> {
    use crate::{app::accounts::sessions, http::forms};
    let done = sessions::end(&forms::sender()?, session).await?;
    forms::see_other(Page::Account, &done)
}

/// Ends all other sessions of the user.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = EndOthers, prefix = "/api", endpoint = "session/end_others", input = PostUrl)]
pub async fn end_others() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, http::forms};
    let done = sessions::end_others(&forms::sender()?).await?;
    forms::see_other(Page::Account, &done)
}
