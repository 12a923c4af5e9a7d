//! Server functions for subscriptions to messages about new versions of the policy.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{account::form_error::FormError, web::error::AppError};

/// Sends a link that subscribes the address.
///
/// # Errors
/// [`FormError`] with the form to show again, if the address is not one.
#[server(name = Subscribe, prefix = "", endpoint = "policy/subscribe", input = PostUrl)]
pub async fn subscribe(email: String) -> Result<(), FormError> {
    use crate::{app::subscriptions, leptos_context};
    let (page, notice) = subscriptions::subscribe(&leptos_context::form()?, email).await?;
    Ok(leptos_context::see_other(page, &notice.into())?)
}

/// Ends a subscription.
///
/// # Errors
/// Only [`AppError::Unavailable`].
#[server(name = Unsubscribe, prefix = "", endpoint = "policy/unsubscribe", input = PostUrl)]
pub async fn unsubscribe(token: String) -> Result<(), AppError> {
    use crate::{
        app::subscriptions,
        domain::web::{flash::Flash, page::Page},
        leptos_context,
    };
    subscriptions::end(&leptos_context::form()?.site, token).await?;
    leptos_context::see_other(Page::Subscribe, &Flash::Unsubscribed.into())
}
