//! The server function that chooses the language.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use crate::domain::{
    i18n::locale::Locale,
    web::{error::AppError, page::Page},
};

/// Redirects to the page in another language. Remembers the language if the visitor allowed that.
///
/// # Errors
/// [`AppError::Form`] if a field is missing or has a value that the form does not offer.
#[server(name = Choose, prefix = "/api", endpoint = "language/choose", input = PostUrl)]
pub async fn choose(locale: Locale, return_to: Page) -> Result<(), AppError> {
    use crate::{app::language, leptos_context};
    language::choose(&leptos_context::form()?, locale)?;
    leptos_context::see_other_in(return_to, locale)
}
