//! Flash messages after a form: what was done, which cookies are deleted, and which the browser
//! still sends.

use leptos::prelude::*;

use crate::{
    app::request_context::RequestContext,
    content::i18n::Messages,
    domain::{
        cookies::declaration::FirstPartyCookie,
        web::{
            flash::{Blocked, Flash},
            page::Page,
        },
    },
    pages::{
        address, address_with_return,
        components::{format, identifiers, identifiers::marked, rich_text},
        inventory, request, site, strings,
    },
    system::percent_encode::percent_encode,
};

/// Returns the message that also begins the title: the result of the form, or a warning that the
/// browser rejects cookies. A page that answers a form itself has none.
pub(crate) fn first(strings: &Messages, request: &RequestContext) -> Option<String> {
    let done = request.outcome.flash.map(|notice| sentences(strings, notice, request).0);
    let message = done.or_else(|| request.cookies.blocked.map(|blocked| blocked_message(strings, blocked).0));
    message.filter(|_| !crate::pages::is_answer())
}

/// The flash message and the warning that the browser rejects cookies. The first of them takes the
/// focus, because a live region that is present from the start is not announced (WCAG 2.2, 4.1.3).
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let request = request();
    let strings = strings();
    // That one stands where the cookie was deleted.
    let message = request.outcome.flash.filter(|flash| *flash != Flash::Deleted).map(|_| message(&strings, &request));
    let takes_focus = request.outcome.flash.is_none() && !crate::pages::is_answer();
    let blocked = request.cookies.blocked.map(|blocked| {
        let (what, why) = blocked_message(&strings, blocked);
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
        {message}
        {blocked}
    }
    .into_any()
}

/// The flash message of the request.
pub(crate) fn message(strings: &Messages, request: &RequestContext) -> AnyView {
    let message = request.outcome.flash.map(|notice| {
        let (done, more) = sentences(strings, notice, request);
        let more = more.into_iter().chain(notice.promises_mail().then(|| strings.notices.mail_missing()));
        let class = if notice.is_warning() { "warning" } else { "notice" };
        let leads_to_preferences = notice.follows_banner() && request.page != Some(Page::Preferences);
        view! {
            <div id="notice" class=class role="status" tabindex="-1" autofocus=true>
                <p>
                    <strong>{done}</strong>
                </p>
                {more.map(|sentence| view! { <p>{identifiers::text(&sentence)}</p> }).collect_view()}
                {request
                    .outcome
                    .session_ended
                    .then(|| {
                        view! {
                            <p>
                                {strings
                                    .notices
                                    .session_over(
                                        rich_text::plain,
                                        rich_text::link(address_with_return(Page::SignIn, request.page)),
                                    )}
                            </p>
                        }
                    })}
                {leads_to_preferences
                    .then(|| {
                        view! {
                            <p>
                                <a href=address(Page::Preferences)>{strings.notices.change()}</a>
                            </p>
                        }
                    })}
                {request
                    .outcome
                    .receipt
                    .as_ref()
                    .map(|(record, ticket)| {
                        let ticket = percent_encode(ticket.as_bytes());
                        view! {
                            <p>
                                {strings
                                    .notices
                                    .receipt(
                                        rich_text::plain,
                                        rich_text::link(format!("/receipts/{record}?ticket={ticket}")),
                                    )}
                            </p>
                        }
                    })}
            </div>
        }
    });
    message.into_any()
}

/// The name of a cookie, marked as an identifier, or the words for one that has none.
fn cookie(strings: &Messages, name: &[u8]) -> String {
    let shown = format::cookie(strings, name);
    if name.is_empty() { shown } else { marked(&shown) }
}

/// The most cookie names that a message lists.
const MAX_NAMED: usize = 20;

/// Returns the warning that the browser rejects cookies, and its consequence.
fn blocked_message(strings: &Messages, blocked: Blocked) -> (String, String) {
    let texts = &strings.notices;
    match blocked {
        Blocked::Choices => (texts.blocked(), texts.blocked_why()),
        Blocked::SignIn => (texts.blocked_sign_in(), texts.blocked_sign_in_why()),
        Blocked::SignUp => (texts.blocked_sign_up(), texts.blocked_sign_in_why()),
    }
}

/// Returns the result of the form, and its consequence for the named cookies.
fn sentences(strings: &Messages, notice: Flash, request: &RequestContext) -> (String, Vec<String>) {
    let (texts, inventory) = (&strings.notices, inventory());
    let done = match notice {
        Flash::Accepted => texts.accepted(),
        Flash::Rejected => texts.rejected(),
        Flash::Answered => texts.answered(),
        Flash::QuestionChanged => texts.question_changed(),
        Flash::AnsweredElsewhere => texts.answered_elsewhere(),
        Flash::Saved => texts.saved(),
        Flash::NothingChosen => texts.nothing_chosen(),
        Flash::Withdrawn => {
            let is_off = |purpose: &_| !request.consent.granted.contains(purpose);
            texts.withdrawn(format::purposes(strings, inventory.optional_purposes().filter(is_off)))
        }
        Flash::AppearanceSaved => texts.appearance_saved(),
        Flash::AppearanceNotSaved => texts.appearance_not_saved(),
        Flash::Deleted
            if request.outcome.deleted_cookies.iter().any(|name| request.cookies.received.contains(name)) =>
        {
            texts.not_deleted()
        }
        Flash::Deleted if request.outcome.deleted_cookies.iter().all(|name| request.cookies.sets(&inventory, name)) => {
            texts.deleted_and_set()
        }
        Flash::Deleted => texts.deleted(),
        Flash::AllDeleted => texts.all_deleted(),
        Flash::SignedUp => texts.signed_up(),
        Flash::SignedIn => texts.signed_in(),
        Flash::SignedOut => texts.signed_out(),
        Flash::OthersEnded => texts.others_ended(),
        Flash::NameSaved => texts.name_saved(),
        Flash::PasswordChanged => texts.password_changed(),
        Flash::PasswordRemoved => texts.password_removed(),
        Flash::AccountDeleted => texts.account_deleted(),
        Flash::SignUpMailSent => texts.sign_up_mail_sent(),
        Flash::ResetMailSent => texts.reset_mail_sent(),
        Flash::ConfirmationSent => texts.confirmation_sent(),
        Flash::PasskeyAdded => texts.passkey_added(),
        Flash::PasskeyRemoved => texts.passkey_removed(),
        Flash::ProviderFailed => texts.provider_failed(),
        Flash::ProviderDeclined => texts.provider_declined(),
        Flash::SignInExpired => texts.sign_in_expired(),
        Flash::AddressTaken => texts.address_taken(),
        Flash::IdentityTaken => texts.identity_taken(),
        Flash::SignInAgain => texts.sign_in_again(),
        Flash::IdentityLinked => texts.identity_linked(),
        Flash::IdentityUnlinked => texts.identity_unlinked(),
        Flash::LastWayIn => texts.last_way_in(),
        Flash::EmailConfirmed => texts.email_confirmed(),
        Flash::BrowserSignedOut if site().passwords.is_some() => texts.browser_signed_out(),
        Flash::SessionEnded | Flash::BrowserSignedOut => texts.session_ended(),
        Flash::SubscriptionMailSent => texts.subscription_mail_sent(),
        Flash::Subscribed => texts.subscribed(),
        Flash::Unsubscribed => texts.unsubscribed(),
    };
    let declared = |name: &&[u8]| inventory.find_or_former(name).is_some();
    let (still, gone): (Vec<_>, Vec<_>) = request
        .outcome
        .deleted_cookies
        .iter()
        .map(Vec::as_slice)
        .partition(|name| request.cookies.received.contains(name));
    // Repeats a name only if it is declared or the browser just sent it, so that no URL can put
    // words into the page. A cookie that this response sets is not deleted.
    let gone: Vec<_> =
        gone.into_iter().filter(declared).filter(|name| !request.cookies.sets(&inventory, name)).collect();
    let named = |names: &[&[u8]]| format::list(strings, names.iter().map(|name| cookie(strings, name)));
    let mut more = Vec::new();
    if !gone.is_empty() {
        more.push(texts.gone(named(&gone)));
    }
    if notice == Flash::Deleted
        && gone.iter().any(|name| FirstPartyCookie::from_name(name) == Some(FirstPartyCookie::Consent))
    {
        more.push(if request.consent.effective.is_some() {
            texts.choice_of_account()
        } else {
            texts.choice_forgotten()
        });
    }
    if notice == Flash::SignedOut && request.consent.effective.is_some() {
        more.push(texts.keeps_choice());
    }
    if !still.is_empty() && notice != Flash::AllDeleted {
        more.push(texts.still_there(named(&still)));
    }
    if matches!(notice, Flash::SignedIn | Flash::SignedUp) && !request.consent.rejected_by_account.is_empty() {
        more.push(texts.overruled(format::purposes(strings, request.consent.rejected_by_account.iter().copied())));
    }
    if notice == Flash::AllDeleted {
        let left = request.cookies.received.names();
        let (listed, others) = left.split_at(left.len().min(MAX_NAMED));
        match others.len() {
            _ if listed.is_empty() => {}
            0 => more.push(texts.still_sent(named(listed))),
            others => more.push(texts.still_sent_more(others as u64, named(listed))),
        }
        let set = format::list(strings, inventory.names(&request.cookies.to_set).map(marked));
        if !set.is_empty() {
            more.push(texts.set_with_page(set));
        }
    }
    (done, more)
}
