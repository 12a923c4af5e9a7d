//! What the page after a form says: what was done, what is gone, and what the browser still sends.

use leptos::prelude::*;

use super::{address, inventory, strings, visitor, words};
use crate::{
    model::{notice::Notice, page::Page},
    server::{content::strings::Strings, http::visitor::Visitor},
};

/// Says what was just done, and whether the browser keeps cookies at all.
#[component]
pub(super) fn Notices() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let said = visitor.notice.map(|notice| {
        let (done, more) = sentences(&strings, notice, &visitor);
        view! {
            <div id="notice" class="notice" role="status" tabindex="-1">
                <p>
                    <strong>{done}</strong>
                </p>
                {more.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
                {notice
                    .is_of_the_banner()
                    .then(|| {
                        view! {
                            <p>
                                <a href=address(Page::Preferences)>{strings.notices.change()}</a>
                            </p>
                        }
                    })}
            </div>
        }
    });
    let blocked = visitor.blocked.then(|| {
        view! {
            <div id="blocked" class="warning" role="status">
                <p>
                    <strong>{strings.notices.blocked()}</strong>
                </p>
                <p>{strings.notices.blocked_why()}</p>
            </div>
        }
    });
    view! {
        {said}
        {blocked}
    }
    .into_any()
}

/// What was done, and what follows from it for the cookies that it named.
fn sentences(strings: &Strings, notice: Notice, visitor: &Visitor) -> (String, Vec<String>) {
    let said = &strings.notices;
    let done = match notice {
        Notice::Accepted => said.accepted(),
        Notice::Rejected => said.rejected(),
        Notice::Answered => said.answered(),
        Notice::Saved => said.saved(),
        Notice::Withdrawn => said.withdrawn(),
        Notice::AppearanceSaved => said.appearance_saved(),
        Notice::AppearanceNotSaved => said.appearance_not_saved(),
        Notice::Deleted if visitor.gone.iter().any(|name| visitor.carries(name)) => said.not_deleted(),
        Notice::Deleted => said.deleted(),
        Notice::AllDeleted => said.all_deleted(),
        Notice::SignedUp => said.signed_up(),
        Notice::SignedIn => said.signed_in(),
        Notice::SignedOut => said.signed_out(),
        Notice::SessionEnded => said.session_ended(),
        Notice::OthersEnded => said.others_ended(),
        Notice::PasswordChanged => said.password_changed(),
        Notice::AccountDeleted => said.account_deleted(),
    };
    let inventory = inventory();
    let declared = |name: &&str| inventory.find(name).is_some();
    let (still, gone): (Vec<_>, Vec<_>) =
        visitor.gone.iter().map(String::as_str).partition(|name| visitor.carries(name));
    // Only names that are declared, or that the browser itself just sent, are repeated: an address made up by somebody
    // else cannot put words here.
    let gone: Vec<_> = gone.into_iter().filter(declared).collect();
    let mut more = Vec::new();
    if !gone.is_empty() {
        more.push(said.gone(words::row(strings, gone)));
    }
    if !still.is_empty() {
        more.push(said.still_there(words::row(strings, still)));
    }
    if notice == Notice::AllDeleted && !visitor.carried().is_empty() {
        let names = visitor.carried().iter().map(|cookie| words::cookie(strings, &cookie.name));
        more.push(said.still_sent(words::row(strings, names)));
    }
    (done, more)
}
