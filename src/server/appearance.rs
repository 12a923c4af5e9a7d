//! Remembers how the pages look to one visitor.

use crate::{
    model::{
        appearance::Appearance,
        decision::{Answer, Choices, Way},
        declaration::OptionalCookie,
        notice::Notice,
        refusal::Refusal,
    },
    server::{
        State,
        consent::{self, Done},
        http::gate::Jar,
    },
};

/// Saves the appearance if the purpose `preferences` is granted, or is granted by `remember` in the same form.
///
/// A yes is a decision about `preferences` alone: the other purposes keep their answer, and one that was never given
/// counts as a no. A no saves nothing, and is a decision only where there was a yes before.
///
/// # Errors
/// [`Refusal::Form`] if the purpose is not granted and the form does not say whether it shall be.
pub(crate) fn save(site: &State, jar: &Jar, appearance: Appearance, remember: Option<Answer>) -> Result<Done, Refusal> {
    let purpose = OptionalCookie::Appearance.purpose();
    let choices = jar.in_force().map(|in_force| in_force.decision().choices);
    match (choices.map(|choices| choices.get(purpose)), remember) {
        (Some(Answer::Yes), None | Some(Answer::Yes)) => {}
        (Some(Answer::Yes), Some(Answer::No)) => {
            let gone = consent::withdraw(site, jar, purpose).gone;
            return Ok(Done { notice: Notice::AppearanceNotSaved, gone });
        }
        (_, Some(Answer::Yes)) => {
            let choices = choices.unwrap_or(Choices::all(Answer::No)).with(purpose, Answer::Yes);
            consent::put_in_force(site, jar, choices, Way::Preferences);
        }
        (_, Some(Answer::No)) => return Ok(Done { notice: Notice::AppearanceNotSaved, gone: Vec::new() }),
        (_, None) => return Err(Refusal::Form),
    }
    let in_force = jar.in_force().ok_or(Refusal::Inner)?;
    let grant = in_force.grant(purpose).ok_or(Refusal::Inner)?;
    jar.set_optional(OptionalCookie::Appearance, appearance.encode(), &grant).map_err(|_| Refusal::Inner)?;
    Ok(Done { notice: Notice::AppearanceSaved, gone: Vec::new() })
}
