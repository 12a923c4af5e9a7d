//! Saves the language that a visitor chose.

use crate::{
    app::form_context::FormContext,
    domain::{cookies::declaration::OptionalCookie, i18n::locale::Locale, web::error::AppError},
};

/// Saves a language that the site speaks if the visitor granted `preferences`. Otherwise only the
/// next page uses it, as its URL names the language.
///
/// # Errors
/// [`AppError::Form`] for another language. [`AppError::Inner`] if the cookie cannot be set, which
/// a grant rules out.
pub(crate) fn choose(form: &FormContext, locale: Locale) -> Result<(), AppError> {
    if !form.jar.languages().contains(locale) {
        return Err(AppError::Form);
    }
    let effective = form.jar.in_force();
    let grant = effective.as_ref().and_then(|effective| effective.grant(OptionalCookie::Language.purpose()));
    let Some(grant) = grant else { return Ok(()) };
    let tag = locale.to_string();
    form.jar.set_optional(OptionalCookie::Language, tag, &grant).map_err(|_| AppError::Inner)
}
