//! What a visitor can do about cookies: answer, decide, withdraw, delete.

use crate::{
    model::{
        decision::{Answer, Choices, Decision, Way},
        inventory,
        notice::Notice,
        purpose::Optional,
        refusal::Refusal,
    },
    server::{State, http::gate::Jar},
};

/// What was done, for the page after it to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// What to say.
    pub notice: Notice,
    /// The cookies that went with it, as far as the request carried them, and the one that was asked for by name.
    pub gone: Vec<String>,
}

/// Gives one answer to every question, with the banner.
pub(crate) fn answer(site: &State, jar: &Jar, answer: Answer) -> Done {
    let notice = if answer == Answer::Yes { Notice::Accepted } else { Notice::Rejected };
    Done { notice, gone: put_in_force(site, jar, Choices::all(answer), Way::Banner) }
}

/// Gives an answer to each question, on the preferences page.
pub(crate) fn decide(site: &State, jar: &Jar, choices: Choices) -> Done {
    Done { notice: Notice::Saved, gone: put_in_force(site, jar, choices, Way::Preferences) }
}

/// Refuses one purpose and leaves the other answers as they are. Like every decision it is a new one, of today and of the
/// edition in force; the page shows how long it holds.
///
/// Without a decision in force there is nothing granted; what is asked for is then a refusal of everything.
pub(crate) fn withdraw(site: &State, jar: &Jar, purpose: Optional) -> Done {
    let before = jar.in_force().map_or(Choices::all(Answer::No), |in_force| in_force.decision().choices);
    let choices = before.with(purpose, Answer::No);
    Done { notice: Notice::Withdrawn, gone: put_in_force(site, jar, choices, Way::Preferences) }
}

/// Deletes one cookie.
///
/// # Errors
/// [`Refusal::CookieName`] if the name is none.
pub(crate) fn delete(jar: &Jar, name: &str) -> Result<Done, Refusal> {
    if !inventory::is_token(name) {
        return Err(Refusal::CookieName);
    }
    let mut gone = jar.forget(name);
    // A form's own request need not carry a cookie of another path; the page after it looks.
    if !gone.iter().any(|other| other == name) {
        gone.push(name.to_owned());
    }
    Ok(Done { notice: Notice::Deleted, gone })
}

/// Deletes every cookie.
pub(crate) fn delete_all(jar: &Jar) -> Done {
    jar.forget_all();
    // What is left, if anything, the next request shows by itself.
    Done { notice: Notice::AllDeleted, gone: Vec::new() }
}

/// Puts these choices in force. Returns the names of the cookies that go with it.
pub(crate) fn put_in_force(site: &State, jar: &Jar, choices: Choices, way: Way) -> Vec<String> {
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
