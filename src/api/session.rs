//! Server functions for sessions: sign-in, sign-out and password reset.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    account::{browser_name::BrowserName, credentials::Password, form_error::FormError},
    web::{error::AppError, page::Page},
};

/// Signs in with a password, or with a passkey, and returns to the page in `return_to`. The script
/// of the page fills `challenge` and `credential`.
///
/// # Errors
/// [`FormError`] with the form to show again, if e-mail address or password is wrong, or the
/// passkey is not accepted.
#[server(name = SignIn, prefix = "", endpoint = "sign-in", input = PostUrl)]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: Password,
    #[server(default)] remember: bool,
    return_to: Option<Page>,
    #[server(default)] challenge: String,
    #[server(default)] credential: String,
) -> Result<(), FormError> {
    use crate::{
        app::accounts::{passkeys, sessions},
        domain::{
            account::{form_error::FormInput, passkey::PasskeyAnswer},
            web::flash::Flash,
        },
        leptos_context,
    };
    let form = leptos_context::form()?;
    let input = FormInput { email, remember, return_to, ..FormInput::default() };
    let answer = PasskeyAnswer { challenge, credential };
    let page = if answer.is_given() {
        passkeys::sign_in(&form, answer, input).await?
    } else {
        sessions::sign_in(&form, password, input).await?
    };
    Ok(leptos_context::see_other(page, &Flash::SignedIn.into())?)
}

/// Redeems a password-reset link: sets the new password and signs in.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is not acceptable.
#[server(name = ResetPassword, prefix = "", endpoint = "sign-in/reset", input = PostUrl)]
pub async fn reset_password(token: Password, new_password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, domain::web::flash::Flash, leptos_context};
    let page = service::reset_password(&leptos_context::form()?, token, new_password).await?;
    Ok(leptos_context::see_other(page, &Flash::SignedIn.into())?)
}

/// Signs this browser out.
///
/// # Errors
/// Only [`AppError::Inner`].
#[server(name = SignOut, prefix = "/api", endpoint = "session/sign_out", input = PostUrl)]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::sign_out(&leptos_context::form()?).await?;
    leptos_context::clear_site_data();
    leptos_context::see_other(Page::Home, &done)
}

/// Ends one session of the user.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = End, prefix = "/api", endpoint = "session/end", input = PostUrl)]
pub async fn end(session: String) -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::end(&leptos_context::form()?, session).await?;
    leptos_context::see_other(Page::Account, &done)
}

/// Names the browser of one session of the user, or removes its name.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = Name, prefix = "/api", endpoint = "session/name", input = PostUrl)]
pub async fn name(session: String, name: BrowserName) -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::name(&leptos_context::form()?, session, name).await?;
    leptos_context::see_other(Page::Account, &done)
}

/// Ends all other sessions of the user.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = EndOthers, prefix = "/api", endpoint = "session/end_others", input = PostUrl)]
pub async fn end_others() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::end_others(&leptos_context::form()?).await?;
    leptos_context::see_other(Page::Account, &done)
}
