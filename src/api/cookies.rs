//! Deleting cookies.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::model::refusal::Refusal;

/// Deletes one cookie, ours or not.
///
/// # Errors
/// [`Refusal::Form`] without a name, [`Refusal::CookieName`] if it is no cookie's.
#[server(name = Delete, prefix = "/api", endpoint = "cookies/delete", input = PostUrl)]
pub async fn delete(name: String) -> Result<(), Refusal> {
    use crate::{
        model::{declaration::OwnCookie, page::Page},
        server::{
            consent,
            http::forms::{self, Cleared},
        },
    };
    let sender = forms::sender()?;
    let done = consent::delete(&sender, &name).await?;
    if OwnCookie::OF_A_MEMBER.into_iter().any(|own| own.name() == name) {
        forms::clear_site_data(&Cleared::Copies);
    }
    forms::see_other(Page::Preferences, &done)
}

/// Deletes every cookie, and asks the browser to drop whatever else it holds for this site.
///
/// # Errors
/// None but [`Refusal::Inner`].
#[server(name = DeleteAll, prefix = "/api", endpoint = "cookies/delete_all", input = PostUrl)]
pub async fn delete_all() -> Result<(), Refusal> {
    use crate::{
        model::page::Page,
        server::{
            consent,
            http::forms::{self, Cleared},
        },
    };
    let sender = forms::sender()?;
    forms::clear_site_data(&Cleared::Everything);
    forms::see_other(Page::Preferences, &consent::delete_all(&sender).await?)
}
