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
        leptos_context,
    };
    let form = leptos_context::form()?;
    let kept = FormInput { email, remember, return_to, ..FormInput::default() };
    let page = sessions::sign_in(&form, password, kept).await?;
    Ok(leptos_context::see_other(page, &Flash::SignedIn.into())?)
}

/// Uses a sign-in link up: sets a new password and signs in with it.
///
/// # Errors
/// [`FormError`], with the form to correct where the password cannot be used.
#[server(name = Redeem, prefix = "/api", endpoint = "session/redeem", input = PostUrl)]
pub async fn redeem(token: Password, new_password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, domain::web::flash::Flash, leptos_context};
    let page = service::reset_password(&leptos_context::form()?, token, new_password).await?;
    Ok(leptos_context::see_other(page, &Flash::SignedIn.into())?)
}

/// Signs this browser out.
///
/// # Errors
/// None but [`AppError::Inner`].
#[server(name = SignOut, prefix = "/api", endpoint = "session/sign_out", input = PostUrl)]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::sign_out(&leptos_context::form()?).await?;
    leptos_context::clear_site_data();
    leptos_context::see_other(Page::Home, &done)
}

/// Ends one session of the member.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = End, prefix = "/api", endpoint = "session/end", input = PostUrl)]
pub async fn end(session: String) -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::end(&leptos_context::form()?, session).await?;
    leptos_context::see_other(Page::Account, &done)
}

/// Ends every other session of the member.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = EndOthers, prefix = "/api", endpoint = "session/end_others", input = PostUrl)]
pub async fn end_others() -> Result<(), AppError> {
    use crate::{app::accounts::sessions, leptos_context};
    let done = sessions::end_others(&leptos_context::form()?).await?;
    leptos_context::see_other(Page::Account, &done)
}
