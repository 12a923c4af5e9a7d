//! What the page after a form says: what was done, what is gone, and what the browser still sends.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        cookies::declaration::FirstPartyCookie,
        web::{
            flash::{Blocked, Flash},
            page::Page,
        },
    },
    http::{forms::encode, request_context::RequestContext},
    pages::{
        address, address_with_return,
        components::{format, rich_text},
        inventory, strings, visitor,
    },
};

/// What the page says first, in its title too: what was just done, or else that the browser keeps no cookies. A page that is
/// an answer itself has something else to say.
pub(crate) fn first(strings: &Messages, visitor: &RequestContext) -> Option<String> {
    let done = visitor.notice.map(|notice| sentences(strings, notice, visitor).0);
    let said = done.or_else(|| visitor.blocked.map(|blocked| blocked_words(strings, blocked).0));
    said.filter(|_| !crate::pages::is_answer())
}

/// Says what was just done, and whether the browser keeps cookies at all. The first of both takes the focus: a live region that
/// is there from the start is not announced (WCAG 2.2, 4.1.3).
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let said = visitor.notice.map(|notice| {
        let (done, more) = sentences(&strings, notice, &visitor);
        view! {
            <div id="notice" class="notice" role="status" tabindex="-1" autofocus=true>
                <p>
                    <strong>{done}</strong>
                </p>
                {more.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
                {visitor
                    .session_over
                    .then(|| {
                        view! {
                            <p>
                                {strings
                                    .notices
                                    .session_over(
                                        rich_text::plain,
                                        rich_text::link(address_with_return(Page::SignIn, visitor.page)),
                                    )}
                            </p>
                        }
                    })}
                {visitor
                    .receipt
                    .as_ref()
                    .map(|(record, ticket)| {
                        let ticket = encode(ticket.as_bytes());
                        view! {
                            <p>
                                <a href=format!("/receipts/{record}?ticket={ticket}")>{strings.notices.receipt()}</a>
                            </p>
                        }
                    })}
                {notice
                    .follows_banner()
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
    let takes_focus = visitor.notice.is_none() && !crate::pages::is_answer();
    let blocked = visitor.blocked.map(|blocked| {
        let (what, why) = blocked_words(&strings, blocked);
        view! {
            <div id="blocked" class="warning" role="status" tabindex="-1" autofocus=takes_focus>
                <p>
                    <strong>{what}</strong>
                </p>
                <p>{why}</p>
            </div>
        }
    });
    view! {
        {said}
        {blocked}
    }
    .into_any()
}

/// The most names that a notice lists.
const MAX_NAMED: usize = 20;

/// That the browser keeps no cookies, and what follows from it.
fn blocked_words(strings: &Messages, blocked: Blocked) -> (String, String) {
    let texts = &strings.notices;
    match blocked {
        Blocked::Choices => (texts.blocked(), texts.blocked_why()),
        Blocked::SignIn => (texts.blocked_sign_in(), texts.blocked_sign_in_why()),
        Blocked::SignUp => (texts.blocked_sign_up(), texts.blocked_sign_in_why()),
    }
}

/// What was done, and what follows from it for the cookies that it named.
fn sentences(strings: &Messages, notice: Flash, visitor: &RequestContext) -> (String, Vec<String>) {
    let said = &strings.notices;
    let done = match notice {
        Flash::Accepted => said.accepted(),
        Flash::Rejected => said.rejected(),
        Flash::Answered => said.answered(),
        Flash::QuestionChanged => said.question_changed(),
        Flash::AnsweredElsewhere => said.answered_elsewhere(),
        Flash::Saved => said.saved(),
        Flash::Withdrawn => said.withdrawn(),
        Flash::AppearanceSaved => said.appearance_saved(),
        Flash::AppearanceNotSaved => said.appearance_not_saved(),
        Flash::Deleted if visitor.gone.iter().any(|name| visitor.carried().contains(name)) => said.not_deleted(),
        Flash::Deleted if visitor.gone.iter().all(|name| visitor.sets(name)) => said.deleted_and_set(),
        Flash::Deleted => said.deleted(),
        Flash::AllDeleted => said.all_deleted(),
        Flash::SignedUp => said.signed_up(),
        Flash::SignedIn => said.signed_in(),
        Flash::SignedOut => said.signed_out(),
        Flash::SessionEnded => said.session_ended(),
        Flash::OthersEnded => said.others_ended(),
        Flash::PasswordChanged => said.password_changed(),
        Flash::AccountDeleted => said.account_deleted(),
    };
    let inventory = inventory();
    let declared = |name: &&[u8]| inventory.find(name).is_some();
    let (still, gone): (Vec<_>, Vec<_>) =
        visitor.gone.iter().map(Vec::as_slice).partition(|name| visitor.carried().contains(name));
    // Only names that are declared, or that the browser itself just sent, are repeated: an address made up by somebody
    // else cannot put words here. What this answer sets is not gone.
    let gone: Vec<_> = gone.into_iter().filter(declared).filter(|name| !visitor.sets(name)).collect();
    let named = |names: &[&[u8]]| format::row(strings, names.iter().map(|name| format::cookie(strings, name)));
    let mut more = Vec::new();
    if !gone.is_empty() {
        more.push(said.gone(named(&gone)));
    }
    if notice == Flash::Deleted && gone.contains(&FirstPartyCookie::Consent.into_str().as_bytes()) {
        more.push(if visitor.in_force.is_some() { said.choice_of_account() } else { said.choice_forgotten() });
    }
    if !still.is_empty() {
        more.push(said.still_there(named(&still)));
    }
    if matches!(notice, Flash::SignedIn | Flash::SignedUp) && !visitor.overruled.is_empty() {
        more.push(said.overruled(format::purposes(strings, visitor.overruled.iter().copied())));
    }
    if notice == Flash::AllDeleted {
        let left = visitor.carried().names();
        let (listed, others) = left.split_at(left.len().min(MAX_NAMED));
        match others.len() {
            _ if listed.is_empty() => {}
            0 => more.push(said.still_sent(named(listed))),
            others => more.push(said.still_sent_more(others as u64, named(listed))),
        }
        let set = format::row(strings, visitor.setting.iter().map(FirstPartyCookie::into_str));
        if !set.is_empty() {
            more.push(said.set_with_page(set));
        }
    }
    (done, more)
}
