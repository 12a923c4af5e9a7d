//! Saves how the pages look to one visitor.

use crate::{
    app::{consent, form_context::FormContext, form_result::FormResult},
    domain::{
        consent::decision::{Answer, Prompt},
        cookies::declaration::OptionalCookie,
        web::{appearance::Appearance, error::AppError, flash::Flash},
    },
    store::Tx,
};

/// Saves the appearance if the visitor granted `preferences`, or grants it by `remember` in this
/// form.
///
/// A yes is a decision about `preferences` alone. The other purposes keep their answer and its age,
/// and an unanswered purpose stays unanswered, which counts as a no.
///
/// A no saves nothing. It is a decision only if the last answer was a yes, including a yes that a
/// signal overrides or that is no longer valid.
///
/// # Errors
/// - [`AppError::Form`] if the purpose is not granted and the form has no `remember`.
/// - [`AppError::Unavailable`] if the server cannot write the user's account.
pub(crate) async fn save(
    form: &FormContext,
    appearance: Appearance,
    remember: Option<Answer>,
    prompt: Option<Prompt>,
) -> Result<FormResult, AppError> {
    let FormContext { site, jar, request } = form;
    let purpose = OptionalCookie::Appearance.purpose();
    let is_granted = jar.in_force().is_some_and(|effective| effective.grant(purpose).is_some());
    let was_granted = jar.status().is_some_and(|status| status.decision.answer(purpose).is_yes());
    match remember {
        None | Some(Answer::Yes) if is_granted => {}
        None => return Err(AppError::Form),
        Some(Answer::Yes) => {
            if let Some(rejected) = consent::grant_settings(form, prompt).await? {
                return Ok(rejected);
            }
        }
        Some(Answer::No) if was_granted => {
            let done = consent::withdraw(form, purpose, prompt).await?;
            return Ok(FormResult { notice: Flash::AppearanceNotSaved, ..done });
        }
        Some(Answer::No) => return Ok(Flash::AppearanceNotSaved.into()),
    }
    if let Some(user) = request.identity.user.clone() {
        let job = move |tx: &Tx<'_>| tx.set_appearance(&user.account.id, Some(appearance));
        site.store.write(job).await?;
    }
    let effective = jar.in_force().ok_or(AppError::Inner)?;
    let grant = effective.grant(purpose).ok_or(AppError::Inner)?;
    jar.set_optional(OptionalCookie::Appearance, appearance.encode(), &grant).map_err(|_| AppError::Inner)?;
    Ok(Flash::AppearanceSaved.into())
}
