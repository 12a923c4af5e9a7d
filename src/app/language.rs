//! Remembers the language that a visitor chose.

use crate::{
    domain::{cookies::declaration::OptionalCookie, i18n::locale::Locale, web::error::AppError},
    http::forms::FormContext,
};

/// Saves the language if the purpose `preferences` is granted. Without that it is only spoken on the page that follows,
/// whose address says it.
///
/// # Errors
/// [`AppError::Inner`] if the cookie cannot be set, which a grant rules out.
pub(crate) fn choose(sender: &FormContext, locale: Locale) -> Result<(), AppError> {
    let in_force = sender.jar.in_force();
    let grant = in_force.as_ref().and_then(|in_force| in_force.grant(OptionalCookie::Language.purpose()));
    let Some(grant) = grant else { return Ok(()) };
    let tag = locale.tag().to_owned();
    sender.jar.set_optional(OptionalCookie::Language, tag, &grant).map_err(|_| AppError::Inner)
}
