//! What the page after a form says: what was done, what is gone, and what the browser still sends.

use leptos::prelude::*;

use super::{site, visitor, words};
use crate::{model::notice::Notice, server::http::visitor::Visitor};

/// Says what was just done, and whether the browser keeps cookies at all.
#[component]
pub(super) fn Notices() -> impl IntoView {
    let visitor = visitor();
    let said = visitor.notice.map(|notice| {
        let (done, more) = sentences(notice, &visitor);
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
                                <a href="/preferences">"Change this in the cookie preferences"</a>
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
                    <strong>"Your browser is not keeping this site's cookies."</strong>
                </p>
                <p>
                    "So your choice cannot be remembered, and nothing optional is used. You can read every page; saving a choice, a theme or a text size will not work until your browser's settings allow cookies here."
                </p>
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
fn sentences(notice: Notice, visitor: &Visitor) -> (&'static str, Vec<String>) {
    let done = match notice {
        Notice::Accepted => "You accepted optional cookies.",
        Notice::Rejected => "You rejected optional cookies. None is set.",
        Notice::Answered => "Your answer is saved. Your other choices stay as they are.",
        Notice::Saved => "Your choices are saved.",
        Notice::Withdrawn => "Your permission is withdrawn.",
        Notice::AppearanceSaved => "Your appearance is saved.",
        Notice::AppearanceNotSaved => "Your appearance was not saved, because remembering it needs a cookie.",
        Notice::Deleted if visitor.gone.iter().any(|name| visitor.carries(name)) => "The cookie could not be deleted.",
        Notice::Deleted => "The cookie was deleted.",
        Notice::AllDeleted => "All cookies were deleted, and your choice with them.",
        Notice::SignedUp => "Your account is created, and you are signed in.",
        Notice::SignedIn => "You are signed in.",
        Notice::SignedOut => "You are signed out. This browser keeps its own last choice about cookies.",
        Notice::SessionEnded => "That browser is signed out.",
        Notice::OthersEnded => "Every other browser is signed out.",
        Notice::PasswordChanged => "Your password is changed, and every other browser is signed out.",
        Notice::AccountDeleted => "Your account is deleted, and everything that was kept with it.",
    };
    let inventory = site().inventory();
    let declared = |name: &&str| inventory.find(name).is_some();
    let (still, gone): (Vec<_>, Vec<_>) =
        visitor.gone.iter().map(String::as_str).partition(|name| visitor.carries(name));
    // Only names that are declared, or that the browser itself just sent, are repeated: an address made up by somebody
    // else cannot put words here.
    let gone: Vec<_> = gone.into_iter().filter(declared).collect();
    let mut more = Vec::new();
    if !gone.is_empty() {
        more.push(format!("Gone from this browser: {}.", words::row(&gone)));
    }
    if !still.is_empty() {
        more.push(format!(
            "Your browser still sends {}. It was probably set for another path or by another host; you can remove it in your browser's settings.",
            words::row(&still)
        ));
    }
    if notice == Notice::AllDeleted && !visitor.carried().is_empty() {
        let names: Vec<_> = visitor.carried().iter().map(|cookie| words::cookie(&cookie.name)).collect();
        more.push(format!("Your browser still sends {}.", words::row(&names)));
    }
    (done, more)
}
