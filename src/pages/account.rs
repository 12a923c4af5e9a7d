//! `/account` and the two pages beside it: where the user is signed in, the password and the
//! security events, and the data.

mod attention;
mod events;
mod identities;
mod passkeys;
mod sessions;

use std::sync::Arc;

use leptos::prelude::*;

pub(super) use self::events::keep_password;
use self::{events::Events, sessions::Sessions};
use super::{action, address, request, site, strings};
use crate::{
    app::accounts::{service, service::AccountOverview},
    domain::{Timestamp, web::page::Page},
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
                    <Entry to=address(Page::History) name=texts.history() what=texts.history_what() />
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
pub(super) fn overview(content: fn(AccountOverview, Arc<User>, Timestamp) -> AnyView) -> impl IntoView {
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
    let texts = &strings.account;
    view! { <Entry to=action("/account/export") name=texts.export() what=texts.export_what() /> }
}

#[component]
fn Delete() -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    view! { <Entry to=address(Page::DeleteAccount) name=texts.delete() what=texts.delete_what() /> }
}

/// A link in a list, with what it leads to.
#[component]
fn Entry(to: String, name: String, what: String) -> impl IntoView {
    view! {
        <li>
            <a href=to>{name}</a>
            " "
            <small>{what}</small>
        </li>
    }
    .into_any()
}
