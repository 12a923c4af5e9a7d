//! `/sign-in/forgotten`: asks for a message with a link to set a new password.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, site, strings};
use crate::{
    domain::{account::mail::RESET_LIFETIME_SECONDS, web::page::Page},
    pages::{
        components::{
            fields,
            fields::{EmailField, Problems},
            form_fields::KeyField,
        },
        layout::document::Document,
    },
};

#[component]
pub(super) fn ForgottenPassword() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let to_sign_in = strings.refusals.to_sign_in();
    if !site().mail.is_configured() {
        return view! {
            <Document title=texts.ask_for_reset() description=texts.ask_for_reset_description()>
                <div class="account-form">
                    <h1>{texts.ask_for_reset()}</h1>
                    <p class="lead">{texts.forgotten()}</p>
                    <p>
                        <a href=address(Page::SignIn)>{to_sign_in}</a>
                    </p>
                </div>
            </Document>
        }
        .into_any();
    }
    let length = strings.languages.hours(RESET_LIFETIME_SECONDS / 3_600);
    view! {
        <Document title=fields::title(&strings, texts.ask_for_reset()) description=texts.ask_for_reset_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.ask_for_reset()}</h1>
                <p class="lead">{texts.ask_for_reset_lead(length)}</p>
                <form id="ask-for-reset" method="post" action=address(Page::ForgottenPassword) novalidate=true>
                    <KeyField />
                    <EmailField />
                    <button class="button">{texts.ask_for_reset_button()}</button>
                </form>
                <p>
                    <a href=address(Page::SignIn)>{to_sign_in}</a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}
