//! `/confirm`: the forms of the links in messages. Opening one does not use its link up, because
//! link scanners open it too.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;

use super::{address, site, strings};
use crate::{
    app::accounts::{links, links::LinkPurpose},
    domain::{
        account::credentials::Email,
        web::{error::AppError, page::Page},
    },
    pages::{
        components::{
            fields,
            fields::{PasswordField, Problems, Remember, Username},
            form_fields::KeyField,
        },
        layout::document::Document,
    },
    system::percent_encode::percent_encode,
};

#[component]
pub(super) fn Confirm() -> impl IntoView {
    let site = site();
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
    let response = expect_context::<ResponseOptions>();
    Suspend::new(async move {
        let refusal = match links::purpose(&site, &token).await {
            Ok(Some(purpose)) => return view! { <LinkForm token purpose /> }.into_any(),
            Ok(None) => AppError::LinkExpired,
            Err(refusal) => refusal,
        };
        // The middleware replaces an error status with the error page.
        response.set_status(refusal.status().try_into().unwrap_or_default());
        ().into_any()
    })
}

/// The form with errors. Only that of a sign-up can have any.
#[component]
pub(super) fn ConfirmAgain() -> impl IntoView {
    let input = fields::form_input();
    Email::parse(&input.email).map(|email| {
        view! { <LinkForm token=input.token.expose().to_owned() purpose=LinkPurpose::SignUp(email) /> }
    })
}

#[component]
fn LinkForm(token: String, purpose: LinkPurpose) -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    // The link too, so that the page can be reloaded after an error.
    let to = format!("{}?token={}", address(Page::Confirm), percent_encode(token.as_bytes()));
    let (title, lead, button, email, is_sign_up) = match purpose {
        LinkPurpose::SignUp(email) => {
            (texts.sign_up(), texts.confirm_sign_up_lead(), texts.sign_up_button(), email, true)
        }
        LinkPurpose::Subscribe(email) => {
            let texts = &strings.subscriptions;
            (texts.title(), texts.confirm_lead(), texts.button(), email, false)
        }
        LinkPurpose::ConfirmEmail(email) => {
            (texts.confirm(), texts.confirm_email_lead(), texts.confirm_button(), email, false)
        }
        LinkPurpose::SignOutBrowser(email) => {
            let button = texts.sign_out_browser_button();
            (texts.sign_out_browser(), texts.sign_out_browser_lead(), button, email, false)
        }
    };
    let whose = texts.choose_for(&email);
    let fields = is_sign_up.then(|| {
        view! {
            <Username email=email.to_string() />
            <PasswordField label=texts.password() />
            <Remember />
        }
    });
    view! {
        <Document title=fields::title(&strings, title.clone()) description=texts.confirm_description()>
            <div class="account-form">
                <Problems />
                <h1>{title}</h1>
                <p class="lead">{whose} " " {lead}</p>
                <form id="confirm" method="post" action=to novalidate=true>
                    <KeyField />
                    <input type="hidden" name="token" value=token />
                    {fields}
                    <button class="button">{button}</button>
                </form>
            </div>
        </Document>
    }
    .into_any()
}
