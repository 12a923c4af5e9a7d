//! `/policy/subscribe` and `/policy/unsubscribe`: messages about new versions of the policy.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;

use super::{address, request, site, strings};
use crate::{
    app::subscriptions,
    domain::{account::credentials::Email, account::mail::SUBSCRIBE_LIFETIME_SECONDS, web::page::Page},
    pages::{
        components::{
            fields,
            fields::{Problems, SubscriberField},
            form_fields::KeyField,
        },
        layout::document::Document,
    },
    system::percent_encode::percent_encode,
};

#[component]
pub(super) fn Subscribe() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.subscriptions);
    let all_versions = strings.editions.history();
    if !site().mail.is_configured() {
        return view! {
            <Document title=texts.title() description=texts.description()>
                <div class="account-form">
                    <h1>{texts.title()}</h1>
                    <p class="lead">{texts.off()}</p>
                    <p>
                        <a href=address(Page::Editions)>{all_versions}</a>
                    </p>
                </div>
            </Document>
        }
        .into_any();
    }
    let user = request().identity.user.clone().filter(|user| user.account.confirmed_at.is_some());
    let own = user.map(|user| user.account.email.to_string()).unwrap_or_default();
    let length = strings.languages.days(SUBSCRIBE_LIFETIME_SECONDS / 86_400);
    view! {
        <Document title=fields::title(&strings, texts.title()) description=texts.description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead()}</p>
                <form id="subscribe" method="post" action=address(Page::Subscribe) novalidate=true>
                    <KeyField />
                    <SubscriberField own />
                    <p class="hint">{texts.keeps(length)}</p>
                    <button class="button">{texts.button()}</button>
                </form>
                <p>
                    <a href=address(Page::Editions)>{all_versions}</a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}

/// The form behind the link of a message. Opening it ends nothing, because link scanners open it
/// too.
#[component]
pub(super) fn Unsubscribe() -> impl IntoView {
    let site = site();
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
    let response = expect_context::<ResponseOptions>();
    Suspend::new(async move {
        match subscriptions::subscriber(&site, token.clone()).await {
            Ok(email) => view! { <EndForm token email /> }.into_any(),
            Err(refusal) => {
                // The middleware replaces an error status with the error page.
                response.set_status(refusal.status().try_into().unwrap_or_default());
                ().into_any()
            }
        }
    })
}

#[component]
fn EndForm(token: String, email: Option<Email>) -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.subscriptions);
    let all_versions = strings.editions.history();
    let to = format!("{}?token={}", address(Page::Unsubscribe), percent_encode(token.as_bytes()));
    let content = match email {
        Some(email) => view! {
            <p class="lead">{strings.forms.choose_for(&email)} " " {texts.end_lead()}</p>
            <form id="unsubscribe" method="post" action=to novalidate=true>
                <KeyField />
                <input type="hidden" name="token" value=token />
                <button class="button">{texts.end_button()}</button>
            </form>
        }
        .into_any(),
        None => view! { <p class="lead">{texts.ended()}</p> }.into_any(),
    };
    view! {
        <Document title=texts.end() description=texts.end_description()>
            <div class="account-form">
                <h1>{texts.end()}</h1>
                {content}
                <p>
                    <a href=address(Page::Editions)>{all_versions}</a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}
