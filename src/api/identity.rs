//! Server functions for the identities of an account.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::web::error::AppError;

/// Removes an identity of the user, unless nothing else signs in to the account.
///
/// # Errors
/// [`AppError::SignedOut`] if nobody is signed in.
#[server(name = UnlinkIdentity, prefix = "/api", endpoint = "identity/unlink", input = PostUrl)]
pub async fn unlink(identity: String) -> Result<(), AppError> {
    use crate::{app::accounts::identities, domain::web::page::Page, leptos_context};
    let done = identities::unlink(&leptos_context::form()?, identity).await?;
    leptos_context::see_other(Page::Security, &done)
}
