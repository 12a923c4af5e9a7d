//! The language of the pages.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    i18n::locale::Locale,
    web::{error::AppError, page::Page},
};

/// Leads to the page in another language, and remembers the language where the visitor permits that.
///
/// # Errors
/// [`AppError::Form`] if a field is missing or not one that the form offers.
#[server(name = Choose, prefix = "/api", endpoint = "language/choose", input = PostUrl)]
pub async fn choose(locale: Locale, return_to: Page) -> Result<(), AppError> {
    use crate::{app::language, leptos_context};
    language::choose(&leptos_context::form()?, locale)?;
    leptos_context::see_other_in(return_to, locale)
}
