//! Server functions for accounts: sign-up, password change and erasure.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    account::{credentials::Password, form_error::FormError},
    web::page::Page,
};

/// Creates an account and signs in to it. If the e-mail address already has an account with this
/// password, signs in to that one.
///
/// # Errors
/// [`FormError`] with the form to show again, if a field is invalid.
#[server(name = SignUp, prefix = "", endpoint = "sign-up", input = PostUrl)]
pub async fn sign_up(
    email: String,
    new_password: Password,
    #[server(default)] remember: bool,
    return_to: Option<Page>,
) -> Result<(), FormError> {
    use crate::{app::accounts::service, domain::account::form_error::FormInput, leptos_context};
    let form = leptos_context::form()?;
    let input = FormInput { email, remember, return_to, ..FormInput::default() };
    let (page, notice) = service::sign_up(&form, new_password, input).await?;
    Ok(leptos_context::see_other(page, &notice.into())?)
}

/// Changes the password of the signed-in user.
///
/// # Errors
/// [`FormError`] with the form to show again, if a field is invalid.
#[server(name = ChangePassword, prefix = "", endpoint = "account/password", input = PostUrl)]
pub async fn change_password(password: Password, new_password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, leptos_context};
    let done = service::change_password(&leptos_context::form()?, password, new_password).await?;
    Ok(leptos_context::see_other(Page::Security, &done)?)
}

/// Erases the account of the signed-in user.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is wrong.
#[server(name = Erase, prefix = "", endpoint = "account/delete", input = PostUrl)]
pub async fn delete(password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, leptos_context};
    let done = service::erase(&leptos_context::form()?, password).await?;
    leptos_context::clear_site_data();
    Ok(leptos_context::see_other(Page::Home, &done)?)
}
