//! How the pages look.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::model::{
    appearance::{Appearance, TextSize, Theme},
    decision::Answer,
    page::Page,
    refusal::Refusal,
};

/// Saves theme and text size; `preferences` is the answer to whether they may be remembered, where the form asks.
///
/// # Errors
/// [`Refusal::Form`] if a field is missing or not one that the form offers.
#[server(name = Save, prefix = "/api", endpoint = "appearance/save", input = PostUrl)]
pub async fn save(
    theme: Theme,
    text_size: TextSize,
    #[server(default)] preferences: Option<Answer>,
) -> Result<(), Refusal> {
    use crate::server::{appearance, http::forms};
    let (site, jar) = forms::current()?;
    let notice = appearance::save(&site, &jar, Appearance { theme, text_size }, preferences)?;
    forms::see_other(Page::Preferences, notice, &[])
}
