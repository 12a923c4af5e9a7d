//! The server function that saves theme and text size.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    consent::decision::Answer,
    web::{
        appearance::{TextSize, Theme},
        error::AppError,
    },
};

/// Saves theme and text size. `preferences` is the answer to whether the site may remember them, if
/// the form asks.
///
/// # Errors
/// [`AppError::Form`] if a field is missing or has a value that the form does not offer.
#[server(name = Save, prefix = "/api", endpoint = "appearance/save", input = PostUrl)]
pub async fn save(
    theme: Theme,
    text_size: TextSize,
    #[server(default)] preferences: Option<Answer>,
    #[server(default)] prompt: String,
) -> Result<(), AppError> {
    use crate::{
        app::appearance,
        domain::{
            consent::decision::Prompt,
            web::{appearance::Appearance, page::Page},
        },
        leptos_context,
    };
    let form = leptos_context::form()?;
    let appearance = Appearance { theme, text_size };
    let done = appearance::save(&form, appearance, preferences, Prompt::decode(&prompt)).await?;
    leptos_context::see_other(Page::Preferences, &done)
}
