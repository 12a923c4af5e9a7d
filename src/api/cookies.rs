//! Deleting cookies.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::model::{notice::Notice, page::Page, refusal::Refusal};

/// Deletes one cookie, ours or not.
///
/// # Errors
/// [`Refusal::Form`] without a name, [`Refusal::CookieName`] if it is no cookie's.
#[server(name = Delete, prefix = "/api", endpoint = "cookies/delete", input = PostUrl)]
pub async fn delete(name: String) -> Result<(), Refusal> {
    use crate::server::{consent, http::forms};
    let (_, jar) = forms::current()?;
    let gone = consent::delete(&jar, &name)?;
    forms::see_other(Page::Preferences, Notice::Deleted, &gone)
}

/// Deletes every cookie, and asks the browser to drop whatever else it holds for this site.
///
/// # Errors
/// None but [`Refusal::Inner`].
#[server(name = DeleteAll, prefix = "/api", endpoint = "cookies/delete_all", input = PostUrl)]
pub async fn delete_all() -> Result<(), Refusal> {
    use crate::server::http::forms;
    let (_, jar) = forms::current()?;
    jar.forget_all();
    forms::clear_site_data();
    forms::see_other(Page::Preferences, Notice::AllDeleted, &[])
}
