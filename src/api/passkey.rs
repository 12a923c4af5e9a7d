//! Server functions for the passkeys of an account.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    account::{browser_name::BrowserName, credentials::Password, form_error::FormError},
    web::error::AppError,
};

/// Adds a passkey to the account of the user. The script of the page fills `challenge` and
/// `credential`.
///
/// # Errors
/// [`FormError`] with the form to show again, if a field is invalid.
#[server(name = AddPasskey, prefix = "", endpoint = "account/passkey", input = PostUrl)]
pub async fn add(
    name: BrowserName,
    #[server(default)] password: Password,
    #[server(default)] challenge: String,
    #[server(default)] credential: String,
) -> Result<(), FormError> {
    use crate::{
        app::accounts::passkeys,
        domain::{account::passkey::PasskeyAnswer, web::page::Page},
        leptos_context,
    };
    let answer = PasskeyAnswer { challenge, credential };
    let done = passkeys::add(&leptos_context::form()?, password, name, answer).await?;
    Ok(leptos_context::see_other(Page::Security, &done)?)
}

/// Names a passkey of the user, or removes its name.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = NamePasskey, prefix = "/api", endpoint = "passkey/name", input = PostUrl)]
pub async fn name(passkey: String, name: BrowserName) -> Result<(), AppError> {
    use crate::{app::accounts::passkeys, domain::web::page::Page, leptos_context};
    let done = passkeys::name(&leptos_context::form()?, passkey, name).await?;
    leptos_context::see_other(Page::Security, &done)
}

/// Removes a passkey of the user.
///
/// # Errors
/// [`FormError`] with the form to show again, if the password is wrong or the passkey must stay.
#[server(name = RemovePasskey, prefix = "", endpoint = "account/passkey/remove", input = PostUrl)]
pub async fn remove(passkey: String, #[server(default)] password: Password) -> Result<(), FormError> {
    use crate::{app::accounts::passkeys, domain::web::page::Page, leptos_context};
    let done = passkeys::remove(&leptos_context::form()?, password, passkey).await?;
    Ok(leptos_context::see_other(Page::Security, &done)?)
}
