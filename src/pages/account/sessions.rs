//! The part of `/account` that lists where the user is signed in, with forms to name a browser and
//! to sign it out.

use std::sync::Arc;

use leptos::prelude::*;

use super::attention::{attention, copied};
use crate::{
    app::accounts::{service::AccountOverview, sessions::public_id},
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::{browser_name::MAX_CHARS, session::Session},
        web::page::Page,
    },
    pages::{
        action, address,
        components::{form_fields::KeyField, format, rich_text},
        site, strings,
    },
    store::User,
};

/// Where the user is signed in.
#[component]
pub(super) fn Sessions(found: AccountOverview, user: Arc<User>, now: Timestamp) -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    let attention = attention(&found, &user, now);
    let copied = copied(&attention);
    let is_other = copied.is_none() && !attention.is_empty();
    let has_others = found.sessions.len() > 1;
    // This browser comes first.
    let is_this = |session: &&Session| session.id == user.session.id;
    let others = found.sessions.iter().filter(|session| !is_this(session));
    let sessions = found.sessions.iter().filter(is_this).chain(others).map(|session| {
        let is_this = is_this(&session);
        session_item(&strings, session, found.name_of(&session.device_id), is_this, now)
    });
    view! {
        {copied}
        {is_other
            .then(|| {
                view! {
                    <div id="look" class="warning">
                        <p>{texts.look(rich_text::plain, rich_text::link(address(Page::Security)))}</p>
                    </div>
                }
            })}
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
    }
    .into_any()
}

/// One browser that is signed in, with its name, its times, and the forms that name it and end its
/// session.
fn session_item(strings: &Messages, session: &Session, name: Option<&str>, is_this: bool, now: Timestamp) -> AnyView {
    let texts = &strings.account;
    let kind = format::device(strings, session.device);
    let title = name.map_or_else(|| kind.clone(), str::to_owned);
    let created_at = format::moment(strings.locale(), session.created_at);
    let used_at = session.last_used_at;
    let last_used = if let Some(ago) = format::ago(strings, used_at, now) {
        texts.last_used_ago(ago, rich_text::plain, rich_text::time_ago(strings, used_at))
    } else {
        let moment = format::moment(strings.locale(), used_at);
        texts.last_used(moment, rich_text::plain, rich_text::time(used_at))
    };
    // Two browsers may have one name, so the button also says when this one signed in.
    let end = texts.end(&title, &created_at, rich_text::plain, rich_text::unseen);
    let facts = [
        name.is_some().then(|| kind.into_any()),
        Some(texts.session_since(&created_at, rich_text::plain, rich_text::time(session.created_at)).into_any()),
        Some(last_used.into_any()),
        Some(if session.is_persistent { texts.session_kept() } else { texts.session_until_closed() }.into_any()),
        (session.binding.is_some() && site().binds_sessions).then(|| texts.session_bound().into_any()),
    ];
    view! {
        <li data-this=is_this.then_some("")>
            <div>
                <p>
                    <strong dir="auto">{title}</strong>
                    {is_this.then(|| view! { " " <span class="badge">{texts.this_browser()}</span> })}
                </p>
                <ul class="session-facts">
                    {facts.into_iter().flatten().map(|fact| view! { <li>{fact}</li> }).collect_view()}
                </ul>
                <Rename session=public_id(session) name=name.unwrap_or_default().to_owned() created_at />
            </div>
            {(!is_this)
                .then(|| {
                    view! {
                        <form class="end" method="post" action=action("/api/session/end")>
                            <KeyField />
                            <input type="hidden" name="session" value=public_id(session) />
                            <button class="button button--secondary">{end}</button>
                        </form>
                    }
                })}
        </li>
    }
    .into_any()
}

/// The form that names a browser.
#[component]
fn Rename(session: String, name: String, created_at: String) -> impl IntoView {
    let texts = Arc::clone(&strings().account);
    let id = format!("name-{}", session.get(..8).unwrap_or_default());
    let hint = format!("{id}-hint");
    let summary = if name.is_empty() {
        texts.name_browser(&created_at, rich_text::plain, rich_text::unseen)
    } else {
        texts.rename(&name, rich_text::plain, rich_text::unseen)
    };
    view! {
        <details class="fold">
            <summary>{summary}</summary>
            <form class="rename" method="post" action=action("/api/session/name")>
                <KeyField />
                <input type="hidden" name="session" value=session />
                <div class="field">
                    <label for=id.clone()>{texts.browser_name()}</label>
                    <p class="hint" id=hint.clone()>
                        {texts.browser_name_hint()}
                    </p>
                    <input
                        id=id
                        name="name"
                        type="text"
                        value=name
                        maxlength=MAX_CHARS
                        autocomplete="off"
                        dir="auto"
                        aria-describedby=hint
                    />
                </div>
                <button class="button button--secondary">{texts.save_name()}</button>
            </form>
        </details>
    }
    .into_any()
}
