//! `/sign-in/reset`: the form of a link to set a new password. Opening it does not use the link up,
//! because link scanners open it too.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;

use super::{address, site, strings};
use crate::{
    app::accounts::service,
    domain::web::{error::AppError, page::Page},
    pages::{
        components::{
            fields,
            fields::{NewPasswordField, Problems, Username},
            form_fields::KeyField,
        },
        layout::document::Document,
    },
    system::percent_encode::percent_encode,
};

#[component]
pub(super) fn PasswordReset() -> impl IntoView {
    let site = site();
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
    let response = expect_context::<ResponseOptions>();
    Suspend::new(async move {
        let refusal = match service::account_by_reset_token(&site, &token).await {
            Ok(Some(account)) => return view! { <Choose token email=account.email.to_string() /> }.into_any(),
            Ok(None) => AppError::ResetLinkExpired,
            Err(refusal) => refusal,
        };
        // The middleware replaces an error status with the error page.
        response.set_status(refusal.status().try_into().unwrap_or_default());
        ().into_any()
    })
}

/// The form with errors.
#[component]
pub(super) fn ChooseAgain() -> impl IntoView {
    view! { <Choose token=fields::form_input().token.expose().to_owned() email=String::new() /> }
}

#[component]
fn Choose(token: String, email: String) -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    // The link too, so that the page can be reloaded after an error.
    let to = format!("{}?token={}", address(Page::PasswordReset), percent_encode(token.as_bytes()));
    let whose = (!email.is_empty()).then(|| format!("{} ", texts.choose_for(&email)));
    view! {
        <Document title=fields::title(&strings, texts.choose()) description=texts.choose_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.choose()}</h1>
                <p class="lead">
                    {whose} {texts.choose_lead()}
                </p>
                <form id="reset-password" method="post" action=to novalidate=true>
                    <KeyField />
                    <Username email />
                    <input type="hidden" name="token" value=token />
                    <NewPasswordField label=texts.new_password() />
                    <button class="button">{texts.choose_button()}</button>
                </form>
            </div>
        </Document>
    }
    .into_any()
}
