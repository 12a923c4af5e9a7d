//! `/account` and the two pages beside it: where the user is signed in, the password and the
//! security events, and the data.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, address, request, site, strings};
use crate::{
    app::accounts::{service, service::AccountOverview, sessions},
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::{
            browser_name::MAX_CHARS,
            security_event::{RETENTION_SECONDS, SecurityEvent, SecurityEventKind, needing_attention},
            session::Session,
        },
        web::page::Page,
    },
    pages::{
        components::{form_fields::KeyField, format, rich_text},
        layout::document::Document,
    },
    store::User,
};

/// Who is signed in, and where.
#[component]
pub(super) fn Account() -> impl IntoView {
    // Visitors who are not signed in were redirected to the sign-in before.
    let Some(user) = request().identity.owner().cloned() else { return ().into_any() };
    let strings = strings();
    let texts = Arc::clone(&strings.account);
    let created = format::day(strings.locale(), user.account.created_at.day());
    let lead = texts.lead(&user.account.email, created, rich_text::plain, rich_text::strong);
    if user.account.is_disabled() {
        return view! { <Disabled lead /> }.into_any();
    }
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="account">
                <h1>{texts.title()}</h1>
                <Pages />
                <p class="lead">{lead}</p>
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
                {overview(|found, user, now| view! { <Sessions found user now /> }.into_any())}
            </div>
        </Document>
    }
    .into_any()
}

/// The password and the security events.
#[component]
pub(super) fn Security() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.account);
    view! {
        <Document title=texts.security() description=texts.security_description()>
            <div class="account">
                <h1>{texts.security()}</h1>
                <Pages />
                {overview(|found, user, now| view! { <Events found user now /> }.into_any())}
            </div>
        </Document>
    }
    .into_any()
}

/// Export, history and erasure.
#[component]
pub(super) fn AccountData() -> impl IntoView {
    let texts = Arc::clone(&strings().account);
    view! {
        <Document title=texts.data() description=texts.data_description()>
            <div class="account">
                <h1>{texts.data()}</h1>
                <Pages />
                <ul id="data" class="list">
                    <Export />
                    <li>
                        <a href=address(Page::History)>{texts.history()}</a>
                        " "
                        <small>{texts.history_what()}</small>
                    </li>
                    <Delete />
                </ul>
            </div>
        </Document>
    }
    .into_any()
}

/// The links between the three pages.
#[component]
fn Pages() -> impl IntoView {
    let (here, strings) = (request().page, strings());
    let texts = &strings.account;
    let links = [(texts.title(), Page::Account), (texts.security(), Page::Security), (texts.data(), Page::AccountData)];
    let links = links.map(|(name, page)| {
        view! {
            <li>
                <a href=address(page) aria-current=(here == Some(page)).then_some("page")>
                    {name}
                </a>
            </li>
        }
    });
    view! {
        <nav class="tabs" aria-label=texts.pages()>
            <ul>{links.into_iter().collect_view()}</ul>
        </nav>
    }
    .into_any()
}

/// Renders what is stored about the user, or says that it cannot be read.
fn overview(content: fn(AccountOverview, Arc<User>, Timestamp) -> AnyView) -> impl IntoView {
    let (site, user) = (site(), request().identity.user.clone());
    let unavailable = strings().account.unavailable();
    let loaded = move || {
        let (site, user, unavailable) = (Arc::clone(&site), user.clone(), unavailable.clone());
        Suspend::new(async move {
            let Some(user) = user else { return ().into_any() };
            match service::read(&site, &user.account.id, site.now()).await {
                Ok(found) => content(found, user, site.now()),
                Err(error) => {
                    tracing::error!(%error, "a user's sessions could not be read");
                    view! { <p>{unavailable}</p> }.into_any()
                }
            }
        })
    };
    view! { <Suspense>{loaded}</Suspense> }
}

/// The page of a disabled account. Its user can still export and erase their data.
#[component]
fn Disabled(lead: Vec<AnyView>) -> impl IntoView {
    let texts = Arc::clone(&strings().account);
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="account">
                <h1>{texts.title()}</h1>
                <p class="lead">{lead}</p>
                <p id="disabled" class="warning">
                    {texts.disabled()}
                </p>
                <SignOut />
                <section aria-labelledby="data-title">
                    <h2 id="data-title">{texts.data()}</h2>
                    <ul id="data" class="list">
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

/// The events that the user should check. Recognised are this browser and those with a name.
fn attention<'a>(
    found: &'a AccountOverview,
    user: &'a User,
    now: Timestamp,
) -> impl Iterator<Item = &'a SecurityEvent> {
    let is_recognised = |id: &str| id == user.session.device_id || found.name_of(id).is_some();
    needing_attention(&found.activity, now, is_recognised)
}

/// The warning that a cookie was copied.
#[component]
fn Copied(at: Timestamp) -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    let moment = format::moment(strings.locale(), at);
    let message = texts.copied_when(
        moment,
        rich_text::plain,
        rich_text::time(&strings, at),
        rich_text::link(address(Page::Password)),
    );
    view! {
        <div id="replayed" class="warning">
            <p>
                <strong>{texts.copied()}</strong>
            </p>
            <p>{message}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Sessions(found: AccountOverview, user: Arc<User>, now: Timestamp) -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    let copied = attention(&found, &user, now).find(|activity| activity.event == SecurityEventKind::Replayed);
    let others = attention(&found, &user, now).any(|activity| activity.event != SecurityEventKind::Replayed);
    let has_others = found.sessions.len() > 1;
    let sessions = found.sessions.iter().map(|session| {
        let is_this = session.id == user.session.id;
        session_item(&strings, session, found.name_of(&session.device_id), is_this, now)
    });
    view! {
        {copied.map(|activity| view! { <Copied at=activity.at /> })}
        {(copied.is_none() && others)
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
        texts.last_used_ago(ago, rich_text::plain, rich_text::time(strings, used_at))
    } else {
        let moment = format::moment(strings.locale(), used_at);
        texts.last_used(moment, rich_text::plain, rich_text::time(strings, used_at))
    };
    // Two browsers may have one name, so the button also says when this one signed in.
    let end = texts.end(&title, &created_at, rich_text::plain, rich_text::unseen);
    let facts = [
        name.is_some().then(|| kind.into_any()),
        Some(
            texts.session_since(&created_at, rich_text::plain, rich_text::time(strings, session.created_at)).into_any(),
        ),
        Some(last_used.into_any()),
        Some(if session.is_persistent { texts.session_kept() } else { texts.session_until_closed() }.into_any()),
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
                <Rename session=sessions::public_id(session) name=name.unwrap_or_default().to_owned() created_at />
            </div>
            {(!is_this)
                .then(|| {
                    view! {
                        <form class="end" method="post" action=action("/api/session/end")>
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

/// The form that names a browser.
#[component]
fn Rename(session: String, name: String, created_at: String) -> impl IntoView {
    let texts = Arc::clone(&strings().account);
    let id = format!("name-{}", session.get(..8).unwrap_or_default());
    let hint = format!("{id}-hint");
    let summary = if name.is_empty() {
        texts.name_browser(&created_at, rich_text::plain, rich_text::unseen)
    } else {
        texts.rename_browser(&name, rich_text::plain, rich_text::unseen)
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

#[component]
fn Events(found: AccountOverview, user: Arc<User>, now: Timestamp) -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    let item = |activity: &SecurityEvent| event_item(&strings, activity, &found, &user, now);
    let copied = attention(&found, &user, now).find(|activity| activity.event == SecurityEventKind::Replayed);
    let to_check: Vec<_> = attention(&found, &user, now).map(item).collect();
    let activity = found.activity.iter().map(item);
    let attention = (!to_check.is_empty()).then(|| {
        view! {
            <section id="attention" aria-labelledby="attention-title">
                <h2 id="attention-title">{texts.attention()}</h2>
                <p>{texts.attention_lead(rich_text::plain, rich_text::link(address(Page::Password)))}</p>
                <ol class="activity activity--attention">{to_check}</ol>
            </section>
        }
    });
    view! {
        {copied.map(|activity| view! { <Copied at=activity.at /> })}
        {attention}
        <section aria-labelledby="password-title">
            <h2 id="password-title">{texts.sign_in()}</h2>
            <ul class="list">
                <li>
                    <a href=address(Page::Password)>{texts.password()}</a>
                    " "
                    <small>{texts.password_what()}</small>
                </li>
            </ul>
        </section>
        <section id="activity" aria-labelledby="activity-title">
            <h2 id="activity-title">{texts.activity()}</h2>
            <p>{texts.activity_lead(RETENTION_SECONDS / 86_400)}</p>
            <ol class="activity">{activity.collect_view()}</ol>
        </section>
    }
    .into_any()
}

fn event_item(
    strings: &Messages,
    activity: &SecurityEvent,
    found: &AccountOverview,
    user: &User,
    now: Timestamp,
) -> AnyView {
    let device_id = activity.device_id.as_deref();
    let is_this = device_id == Some(user.session.device_id.as_str());
    let sentence = format::activity(strings, activity, is_this, device_id.and_then(|id| found.name_of(id)));
    let when = format::ago(strings, activity.at, now);
    let when = when.unwrap_or_else(|| format::moment(strings.locale(), activity.at));
    view! {
        <li data-event=activity.event.into_str()>
            <span>{sentence}</span>
            " "
            <small>{rich_text::time(strings, activity.at)(when)}</small>
        </li>
    }
    .into_any()
}
