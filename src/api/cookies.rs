//! Deleting cookies.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::web::error::AppError;

/// Deletes one cookie, ours or not. A name that is no text comes with each octet `encoded` as `%XX`.
///
/// # Errors
/// [`AppError::Form`] without a name, [`AppError::CookieName`] if it is no cookie's.
#[server(name = Delete, prefix = "/api", endpoint = "cookies/delete", input = PostUrl)]
pub async fn delete(
    name: String,
    #[server(default)] encoded: bool,
    #[server(default)] prompt: String,
) -> Result<(), AppError> {
    use percent_encoding::percent_decode_str;

    use crate::{
        app::consent,
        domain::{consent::decision::Prompt, cookies::declaration::FirstPartyCookie, web::page::Page},
        http::forms,
    };
    let sender = forms::sender()?;
    let octets: Vec<u8> = if encoded { percent_decode_str(&name).collect() } else { name.clone().into_bytes() };
    let done = consent::delete(&sender, &octets, Prompt::decode(&prompt)).await?;
    if FirstPartyCookie::AUTH_COOKIES.into_iter().any(|own| own.into_str() == name) {
        forms::clear_site_data();
    }
    forms::see_other(Page::Preferences, &done)
}

/// Deletes every cookie, and asks the browser to drop whatever else it holds for this site.
///
/// # Errors
/// None but [`AppError::Inner`].
#[server(name = DeleteAll, prefix = "/preferences", endpoint = "cookies/delete_all", input = PostUrl)]
pub async fn delete_all() -> Result<(), AppError> {
    use crate::{app::consent, domain::web::page::Page, http::forms};
    let sender = forms::sender()?;
    forms::clear_site_data();
    forms::see_other(Page::Preferences, &consent::delete_all(&sender).await?)
}
