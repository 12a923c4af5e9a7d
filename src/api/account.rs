//! Server functions for accounts: sign-up, links in messages, password change
//! and erasure.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    account::{credentials::Password, form_error::FormError},
    web::page::Page,
};

/// Creates an account and signs in to it. If the e-mail address already has an account with this
/// password, signs in to that one. If the site sends mail, sends a link that does the rest.
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

/// Sends a link to set a new password to the address, if it has an account.
///
/// # Errors
/// [`FormError`] with the form to show again, if the address is not one.
#[server(name = RequestReset, prefix = "", endpoint = "sign-in/forgotten", input = PostUrl)]
pub async fn request_reset(email: String) -> Result<(), FormError> {
    use crate::{app::accounts::links, leptos_context};
    let (page, notice) = links::request_reset(&leptos_context::form()?, email).await?;
    Ok(leptos_context::see_other(page, &notice.into())?)
}

/// Sends a link that confirms the address of the signed-in user.
///
/// # Errors
/// [`FormError::Refused`] if nobody is signed in; [`FormError::Wait`] after too many messages.
#[server(name = SendConfirmation, prefix = "/api", endpoint = "account/send_confirmation", input = PostUrl)]
pub async fn send_confirmation() -> Result<(), FormError> {
    use crate::{app::accounts::links, leptos_context};
    let done = links::send_confirmation(&leptos_context::form()?).await?;
    Ok(leptos_context::see_other(Page::Security, &done)?)
}

/// Does what a link in a message is for. The password is that of a sign-up.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is wrong.
#[server(name = Redeem, prefix = "", endpoint = "confirm", input = PostUrl)]
pub async fn redeem(
    token: Password,
    #[server(default)] password: Password,
    #[server(default)] remember: bool,
) -> Result<(), FormError> {
    use crate::{app::accounts::links, leptos_context};
    let (page, notice) = links::redeem(&leptos_context::form()?, token, password, remember).await?;
    Ok(leptos_context::see_other(page, &notice.into())?)
}

/// Changes the password of the signed-in user.
///
/// # Errors
/// [`FormError`] with the form to show again, if a field is invalid.
#[server(name = ChangePassword, prefix = "", endpoint = "account/password", input = PostUrl)]
pub async fn change_password(#[server(default)] password: Password, new_password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, leptos_context};
    let done = service::change_password(&leptos_context::form()?, password, new_password).await?;
    Ok(leptos_context::see_other(Page::Security, &done)?)
}

/// Removes the password of the signed-in user.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is wrong or must stay.
#[server(name = RemovePassword, prefix = "", endpoint = "account/password/remove", input = PostUrl)]
pub async fn remove_password(#[server(default)] password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, leptos_context};
    let done = service::remove_password(&leptos_context::form()?, password).await?;
    Ok(leptos_context::see_other(Page::Security, &done)?)
}

/// Erases the account of the signed-in user.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is wrong.
#[server(name = Erase, prefix = "", endpoint = "account/delete", input = PostUrl)]
pub async fn delete(#[server(default)] password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::service, leptos_context};
    let done = service::erase(&leptos_context::form()?, password).await?;
    leptos_context::clear_site_data();
    Ok(leptos_context::see_other(Page::Home, &done)?)
}
