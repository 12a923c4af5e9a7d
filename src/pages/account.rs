//! `/account`: who the member is, where they are signed in, what happened, and what they can do about it.

use std::sync::Arc;

use leptos::prelude::*;

use super::{document::Document, site, visitor, words};
use crate::{
    model::{
        Timestamp,
        activity::{Activity, Event, KEPT_FOR},
        page::Page,
        session::Session,
    },
    server::{
        accounts::{
            members::{self, Belongings},
            sessions,
        },
        store::Member,
    },
};

/// How long a theft is told of at the top of the page, in seconds: 30 days.
const WARNED_FOR: u64 = 30 * 24 * 60 * 60;

/// The page.
#[component]
pub(super) fn Account() -> impl IntoView {
    let site = site();
    // Whoever is not signed in was led to the sign-in before this page was asked for.
    let Some(member) = visitor().member else { return ().into_any() };
    let who = Arc::clone(&member);
    let belongings = move || {
        let (site, member) = (Arc::clone(&site), Arc::clone(&member));
        Suspend::new(async move {
            match members::read(&site, &member.account.id, site.now()).await {
                Ok(found) => view! { <Found found member now=site.now() /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "a member's sessions could not be read");
                    view! { <p>"Your sessions cannot be read just now. Please try again later."</p> }.into_any()
                }
            }
        })
    };
    view! {
        <Document title="Your account" description="Your account: where you are signed in, and what happened.">
            <div class="account">
                <h1>"Your account"</h1>
                <p class="lead">
                    "Signed in as " <strong>{who.account.email.to_string()}</strong>
                    {format!(". Your account was created on {}.", words::day(who.account.created_at.day()))}
                </p>
                <ul class="ways" role="list">
                    <li>
                        <a class="button" href="/preferences">
                            "Your cookie choices"
                        </a>
                    </li>
                    <li>
                        <form id="sign-out" method="post" action="/api/session/sign_out">
                            <button class="button quiet">"Sign out"</button>
                        </form>
                    </li>
                </ul>
                <Suspense>{belongings}</Suspense>
                <Data />
            </div>
        </Document>
    }
    .into_any()
}

/// Sessions and activity.
#[component]
fn Found(found: Belongings, member: Arc<Member>, now: Timestamp) -> impl IntoView {
    // Newest first: whoever has chosen a new password since has heeded the warning.
    let is_heeded = |activity: &&Activity| matches!(activity.event, Event::PasswordChanged | Event::LinkUsed);
    let since = found.activity.iter().take_while(|activity| !is_heeded(activity));
    let replayed = since
        .filter(|activity| activity.event == Event::Replayed)
        .find(|activity| now < activity.at.plus_seconds(WARNED_FOR));
    let warning = replayed.map(|activity| {
        view! {
            <div id="replayed" class="warning">
                <p>
                    <strong>"A copy of your “keep me signed in” cookie may have been used."</strong>
                </p>
                <p>
                    {format!("On {} one that had already been used came back, so its browser was signed out. If you did not restore an old copy of a browser, somebody may have copied it: ", words::moment(activity.at))}
                    <a href="/account/password">"change your password"</a> "."
                </p>
            </div>
        }
    });
    let has_others = found.sessions.len() > 1;
    let sessions = found.sessions.iter().map(|session| session_item(session, session.id == member.session.id));
    let activity = found.activity.iter().map(activity_item);
    view! {
        {warning}
        <section id="sessions" aria-labelledby="sessions-title">
            <h2 id="sessions-title">"Where you are signed in"</h2>
            <p>"Each browser that is signed in to your account. Only the kind of device is known, no IP address."</p>
            <ul class="sessions" role="list">{sessions.collect_view()}</ul>
            {has_others
                .then(|| {
                    view! {
                        <form id="end-others" method="post" action="/api/session/end_others">
                            <button class="button quiet">"Sign out all others"</button>
                        </form>
                    }
                })}
        </section>
        <section id="activity" aria-labelledby="activity-title">
            <h2 id="activity-title">"Security activity"</h2>
            <p>{format!("The last {} days, newest first.", KEPT_FOR / 86_400)}</p>
            <ol class="activity" role="list">{activity.collect_view()}</ol>
        </section>
    }
    .into_any()
}

fn session_item(session: &Session, is_this: bool) -> AnyView {
    let device = words::device(session.device);
    let label = format!(
        " the {} of {}, last used on {}",
        device.to_lowercase(),
        words::moment(session.created_at),
        words::moment(session.used_at)
    );
    let kept = if session.is_remembered { "Kept signed in" } else { "Until the browser is closed" };
    view! {
        <li data-this=is_this.then_some("")>
            <div>
                <strong>{device}</strong>
                {is_this.then(|| view! { " " <span class="mark">"this browser"</span> })}
                <small>
                    {format!("Signed in on {}. ", words::moment(session.created_at))}
                    {format!("Last used on {}. ", words::moment(session.used_at))} {kept} "."
                </small>
            </div>
            {(!is_this)
                .then(|| {
                    view! {
                        <form method="post" action="/api/session/end">
                            <input type="hidden" name="session" value=sessions::handle(session) />
                            <button class="button quiet">
                                "Sign out" <span class="visually-hidden">{label}</span>
                            </button>
                        </form>
                    }
                })}
        </li>
    }
    .into_any()
}

fn activity_item(activity: &Activity) -> AnyView {
    let moment = words::moment(activity.at);
    view! {
        <li data-event=activity.event.name() class:alarming=activity.event.is_alarming()>
            <span>{words::activity(activity)}</span>
            <small>{moment}</small>
        </li>
    }
    .into_any()
}

/// What can be done with the account itself.
#[component]
fn Data() -> impl IntoView {
    view! {
        <section id="data" aria-labelledby="data-title">
            <h2 id="data-title">"Your data"</h2>
            <ul class="plain" role="list">
                <li>
                    <a href="/account/export">
                        "Download your data"
                    </a>
                    <small>"One JSON file with everything that we keep about you."</small>
                </li>
                <li>
                    <a href=Page::History.to_string()>"History of your choices"</a>
                    <small>"What you chose about cookies, with a receipt of each choice."</small>
                </li>
                <li>
                    <a href="/account/password">"Change your password"</a>
                    <small>"Signs every other browser out."</small>
                </li>
                <li>
                    <a href="/account/delete">"Delete your account"</a>
                    <small>"Erases all of it, at once and for good."</small>
                </li>
            </ul>
        </section>
    }
    .into_any()
}
