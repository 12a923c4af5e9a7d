//! Server functions that delete cookies.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::web::error::AppError;

/// Deletes one cookie, of this site or of another service on the host. If `encoded` is set, `name`
/// is percent-encoded, because it is not valid UTF-8.
///
/// # Errors
/// [`AppError::Form`] if the name is missing, [`AppError::CookieName`] if no cookie can have it.
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
        leptos_context,
    };
    let form = leptos_context::form()?;
    let octets: Vec<u8> = if encoded { percent_decode_str(&name).collect() } else { name.clone().into_bytes() };
    let done = consent::delete(&form, &octets, Prompt::decode(&prompt)).await?;
    if FirstPartyCookie::from_name(&name).is_some_and(|own| FirstPartyCookie::AUTH_COOKIES.contains(&own)) {
        leptos_context::clear_site_data();
    }
    leptos_context::see_other(Page::Preferences, &done)
}

/// Deletes every cookie, and asks the browser to clear its other storage for this site.
///
/// # Errors
/// Only [`AppError::Inner`].
#[server(name = DeleteAll, prefix = "/preferences", endpoint = "cookies/delete_all", input = PostUrl)]
pub async fn delete_all() -> Result<(), AppError> {
    use crate::{app::consent, domain::web::page::Page, leptos_context};
    let form = leptos_context::form()?;
    leptos_context::clear_site_data();
    leptos_context::see_other(Page::Preferences, &consent::delete_all(&form).await?)
}
