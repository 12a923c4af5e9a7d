//! What a visitor can do about cookies: answer, decide, withdraw, delete.

use crate::{
    model::{
        decision::{Answer, Choices, Decision, Way},
        inventory,
        purpose::Optional,
        refusal::Refusal,
    },
    server::{State, http::gate::Jar},
};

/// Puts these choices in force. Returns the names of the cookies that go with it.
pub(crate) fn decide(site: &State, jar: &Jar, choices: Choices, way: Way) -> Vec<String> {
    let decision = Decision { choices, version: site.edition_in_force().version, made_at: site.now(), way };
    tracing::info!(
        way = ?decision.way,
        preferences = ?choices.preferences,
        analytics = ?choices.analytics,
        version = %decision.version,
        "a visitor decided"
    );
    jar.decide(decision)
}

/// Refuses one purpose and leaves the other answers as they are. Returns the names of the cookies that go with it.
///
/// Without a decision in force there is nothing granted; what is asked for is then a refusal of everything.
pub(crate) fn withdraw(site: &State, jar: &Jar, purpose: Optional) -> Vec<String> {
    let before = jar.in_force().map_or(Choices::all(Answer::No), |in_force| in_force.decision().choices);
    decide(site, jar, before.with(purpose, Answer::No), Way::Preferences)
}

/// Deletes one cookie. Returns the names of those that go with it.
///
/// # Errors
/// [`Refusal::CookieName`] if the name is none.
pub(crate) fn delete(jar: &Jar, name: &str) -> Result<Vec<String>, Refusal> {
    if !inventory::is_token(name) {
        return Err(Refusal::CookieName);
    }
    Ok(jar.forget(name))
}
