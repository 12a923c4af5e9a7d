//! What the page after a form says: what was done, what is gone, and what the browser still sends.

use leptos::prelude::*;

use crate::{
    content::i18n::Strings,
    domain::{
        cookies::declaration::OwnCookie,
        web::{
            flash::{Blocked, Notice},
            page::Page,
        },
    },
    http::{forms::encode, request_context::Visitor},
    pages::{
        address, address_with_return,
        components::{format, rich_text},
        inventory, strings, visitor,
    },
};

/// What the page says first, in its title too: what was just done, or else that the browser keeps no cookies. A page that is
/// an answer itself has something else to say.
pub(crate) fn first(strings: &Strings, visitor: &Visitor) -> Option<String> {
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
fn blocked_words(strings: &Strings, blocked: Blocked) -> (String, String) {
    let texts = &strings.notices;
    match blocked {
        Blocked::Choices => (texts.blocked(), texts.blocked_why()),
        Blocked::SignIn => (texts.blocked_sign_in(), texts.blocked_sign_in_why()),
        Blocked::SignUp => (texts.blocked_sign_up(), texts.blocked_sign_in_why()),
    }
}

/// What was done, and what follows from it for the cookies that it named.
fn sentences(strings: &Strings, notice: Notice, visitor: &Visitor) -> (String, Vec<String>) {
    let said = &strings.notices;
    let done = match notice {
        Notice::Accepted => said.accepted(),
        Notice::Rejected => said.rejected(),
        Notice::Answered => said.answered(),
        Notice::QuestionChanged => said.question_changed(),
        Notice::AnsweredElsewhere => said.answered_elsewhere(),
        Notice::Saved => said.saved(),
        Notice::Withdrawn => said.withdrawn(),
        Notice::AppearanceSaved => said.appearance_saved(),
        Notice::AppearanceNotSaved => said.appearance_not_saved(),
        Notice::Deleted if visitor.gone.iter().any(|name| visitor.carried().contains(name)) => said.not_deleted(),
        Notice::Deleted if visitor.gone.iter().all(|name| visitor.sets(name)) => said.deleted_and_set(),
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
    if notice == Notice::Deleted && gone.contains(&OwnCookie::Consent.name().as_bytes()) {
        more.push(if visitor.in_force.is_some() { said.choice_of_account() } else { said.choice_forgotten() });
    }
    if !still.is_empty() {
        more.push(said.still_there(named(&still)));
    }
    if matches!(notice, Notice::SignedIn | Notice::SignedUp) && !visitor.overruled.is_empty() {
        more.push(said.overruled(format::purposes(strings, visitor.overruled.iter().copied())));
    }
    if notice == Notice::AllDeleted {
        let left = visitor.carried().names();
        let (listed, others) = left.split_at(left.len().min(MAX_NAMED));
        match others.len() {
            _ if listed.is_empty() => {}
            0 => more.push(said.still_sent(named(listed))),
            others => more.push(said.still_sent_more(others as u64, named(listed))),
        }
        let set = format::row(strings, visitor.setting.iter().map(|own| own.name()));
        if !set.is_empty() {
            more.push(said.set_with_page(set));
        }
    }
    (done, more)
}
