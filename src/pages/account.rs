//! `/account`: the user's sessions, security events, and what they can do with the account.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, address, request, site, strings};
use crate::{
    app::accounts::{service, service::AccountOverview, sessions},
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::{
            security_event::{RETENTION_SECONDS, SecurityEvent, SecurityEventKind},
            session::Session,
        },
        analytics::Device,
        web::page::Page,
    },
    pages::{
        components::{form_fields::KeyField, format, rich_text},
        layout::document::Document,
    },
    store::User,
};

/// How long the page warns of a stolen token, in seconds: 30 days.
const WARNED_FOR: u64 = 30 * 24 * 60 * 60;

#[component]
pub(super) fn Account() -> impl IntoView {
    let site = site();
    let strings = strings();
    let texts = Arc::clone(&strings.account);
    let unavailable = texts.unavailable();
    // Visitors who are not signed in were redirected to the sign-in before.
    let Some(user) = request().identity.owner().cloned() else { return ().into_any() };
    if user.account.is_disabled() {
        return view! { <Disabled user /> }.into_any();
    }
    let who = Arc::clone(&user);
    let belongings = move || {
        let (site, user, unavailable) = (Arc::clone(&site), Arc::clone(&user), unavailable.clone());
        Suspend::new(async move {
            match service::read(&site, &user.account.id, site.now()).await {
                Ok(found) => view! { <AccountContent found user now=site.now() /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "a user's sessions could not be read");
                    view! { <p>{unavailable}</p> }.into_any()
                }
            }
        })
    };
    let created = format::day(strings.locale(), who.account.created_at.day());
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="account">
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead(&who.account.email, created, rich_text::plain, rich_text::strong)}</p>
                <ul class="actions">
                    <li>
                        <a class="button" href=address(Page::Preferences)>
                            {texts.choices()}
                        </a>
                    </li>
                    <li>
                        <SignOut />
                    </li>
                </ul>
                <Suspense>{belongings}</Suspense>
                <Data />
            </div>
        </Document>
    }
    .into_any()
}

/// The page of a disabled account. Its user can still export and erase their data.
#[component]
fn Disabled(user: Arc<User>) -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.account);
    let created = format::day(strings.locale(), user.account.created_at.day());
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="account">
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead(&user.account.email, created, rich_text::plain, rich_text::strong)}</p>
                <p id="disabled" class="warning">
                    {texts.disabled()}
                </p>
                <SignOut />
                <section id="data" aria-labelledby="data-title">
                    <h2 id="data-title">{texts.data()}</h2>
                    <ul class="list">
                        <Export />
                        <Delete />
                    </ul>
                </section>
            </div>
        </Document>
    }
    .into_any()
}

#[component]
fn SignOut() -> impl IntoView {
    view! {
        <form id="sign-out" method="post" action=action("/api/session/sign_out")>
            <KeyField />
            <button class="button button--secondary">{strings().account.sign_out()}</button>
        </form>
    }
    .into_any()
}

#[component]
fn Export() -> impl IntoView {
    let strings = strings();
    view! {
        <li>
            <a href=action("/account/export")>{strings.account.export()}</a>
            " "
            <small>{strings.account.export_what()}</small>
        </li>
    }
    .into_any()
}

#[component]
fn Delete() -> impl IntoView {
    let strings = strings();
    view! {
        <li>
            <a href=address(Page::DeleteAccount)>{strings.account.delete()}</a>
            " "
            <small>{strings.account.delete_what()}</small>
        </li>
    }
    .into_any()
}

#[component]
fn AccountContent(found: AccountOverview, user: Arc<User>, now: Timestamp) -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    // Events are sorted newest first. A password change after the theft ends the warning.
    let is_heeded = |activity: &&SecurityEvent| {
        matches!(activity.event, SecurityEventKind::PasswordChanged | SecurityEventKind::ResetLinkUsed)
    };
    let since = found.activity.iter().take_while(|activity| !is_heeded(activity));
    let replayed = since
        .filter(|activity| activity.event == SecurityEventKind::Replayed)
        .find(|activity| now < activity.at.plus_seconds(WARNED_FOR));
    let warning = replayed.map(|activity| {
        let moment = format::moment(strings.locale(), activity.at);
        let message = texts.copied_when(moment, rich_text::plain, rich_text::link(address(Page::Password)));
        view! {
            <div id="replayed" class="warning">
                <p>
                    <strong>{texts.copied()}</strong>
                </p>
                <p>{message}</p>
            </div>
        }
    });
    let has_others = found.sessions.len() > 1;
    let sessions = found.sessions.iter().map(|session| session_item(&strings, session, session.id == user.session.id));
    let activity = found.activity.iter().map(|activity| activity_item(&strings, activity));
    view! {
        {warning}
        <section id="sessions" aria-labelledby="sessions-title">
            <h2 id="sessions-title">{texts.sessions()}</h2>
            <p>{texts.sessions_lead()}</p>
            <ul class="sessions">{sessions.collect_view()}</ul>
            {has_others
                .then(|| {
                    view! {
                        <form id="end-others" method="post" action=action("/api/session/end_others")>
                            <KeyField />
                            <button class="button button--secondary">{texts.end_others()}</button>
                        </form>
                    }
                })}
        </section>
        <section id="activity" aria-labelledby="activity-title">
            <h2 id="activity-title">{texts.activity()}</h2>
            <p>{texts.activity_lead(RETENTION_SECONDS / 86_400)}</p>
            <ol class="activity">{activity.collect_view()}</ol>
        </section>
    }
    .into_any()
}

fn session_item(strings: &Messages, session: &Session, is_this: bool) -> AnyView {
    let texts = &strings.account;
    let moment = |at| format::moment(strings.locale(), at);
    let (made, used) = (moment(session.created_at), moment(session.last_used_at));
    let end = match session.device {
        Device::Phone => texts.end_phone(&made, &used, rich_text::plain, rich_text::unseen),
        Device::Tablet => texts.end_tablet(&made, &used, rich_text::plain, rich_text::unseen),
        Device::Computer => texts.end_computer(&made, &used, rich_text::plain, rich_text::unseen),
        Device::ComputerOrTablet => texts.end_computer_or_tablet(&made, &used, rich_text::plain, rich_text::unseen),
        Device::Other => texts.end_other(&made, &used, rich_text::plain, rich_text::unseen),
    };
    let duration =
        if session.is_persistent { texts.session_kept(made, used) } else { texts.session_until_closed(made, used) };
    view! {
        <li data-this=is_this.then_some("")>
            <div>
                <strong>{format::device(strings, session.device)}</strong>
                {is_this.then(|| view! { " " <span class="badge">{texts.this_browser()}</span> })}
                " "
                <small>{duration}</small>
            </div>
            {(!is_this)
                .then(|| {
                    view! {
                        <form method="post" action=action("/api/session/end")>
                            <KeyField />
                            <input type="hidden" name="session" value=sessions::public_id(session) />
                            <button class="button button--secondary">{end}</button>
                        </form>
                    }
                })}
        </li>
    }
    .into_any()
}

fn activity_item(strings: &Messages, activity: &SecurityEvent) -> AnyView {
    let moment = format::moment(strings.locale(), activity.at);
    view! {
        <li data-event=activity.event.into_str() class:alarming=activity.event.is_alarming()>
            <span>{format::activity(strings, activity)}</span>
            " "
            <small>{moment}</small>
        </li>
    }
    .into_any()
}

/// Links to export, history, password change and erasure.
#[component]
fn Data() -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    view! {
        <section id="data" aria-labelledby="data-title">
            <h2 id="data-title">{texts.data()}</h2>
            <ul class="list">
                <Export />
                <li>
                    <a href=address(Page::History)>{texts.history()}</a>
                    " "
                    <small>{texts.history_what()}</small>
                </li>
                <li>
                    <a href=address(Page::Password)>{texts.password()}</a>
                    " "
                    <small>{texts.password_what()}</small>
                </li>
                <Delete />
            </ul>
        </section>
    }
    .into_any()
}
