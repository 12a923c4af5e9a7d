//! Sessions: signing in and out, here and on other devices.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    account::{credentials::Password, form_error::FormError},
    web::{error::AppError, page::Page},
};

/// Signs in, and leads back to the page that one came from.
///
/// # Errors
/// [`FormError`], with the form to correct where e-mail address and password do not belong together.
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

/// Uses a password reset link up: sets a new password and signs in with it.
///
/// # Errors
/// [`FormError`], with the form to correct where the password cannot be used.
#[server(name = ResetPassword, prefix = "/api", endpoint = "session/reset_password", input = PostUrl)]
pub async fn reset_password(token: Password, new_password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, domain::web::flash::Flash, http::forms};
    let page = service::reset_password(&forms::sender()?, token, new_password).await?;
    Ok(forms::see_other(page, &Flash::SignedIn.into())?)
}

/// Signs this browser out.
///
/// # Errors
/// None but [`AppError::Inner`].
#[server(name = SignOut, prefix = "/api", endpoint = "session/sign_out", input = PostUrl)]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, http::forms};
    let done = sessions::sign_out(&forms::sender()?).await?;
    forms::clear_site_data();
    forms::see_other(Page::Home, &done)
}

/// Ends one session of the member.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = End, prefix = "/api", endpoint = "session/end", input = PostUrl)]
pub async fn end(session: String) -> Result<(), AppError> {
    use crate::{app::accounts::sessions, http::forms};
    let done = sessions::end(&forms::sender()?, session).await?;
    forms::see_other(Page::Account, &done)
}

/// Ends every other session of the member.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = EndOthers, prefix = "/api", endpoint = "session/end_others", input = PostUrl)]
pub async fn end_others() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, http::forms};
    let done = sessions::end_others(&forms::sender()?).await?;
    forms::see_other(Page::Account, &done)
}
