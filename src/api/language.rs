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
    use crate::{app::language, http::forms};
    language::choose(&forms::sender()?, locale)?;
    forms::lead_to(return_to, locale)
}
