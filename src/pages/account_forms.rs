//! `/account/password` and `/account/delete`: forms that ask for the password again.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, address, request, strings};
use crate::{
    domain::web::page::Page,
    pages::{
        components::{
            fields,
            fields::{NewPasswordField, PasswordField, Problems, Username},
            form_fields::KeyField,
            rich_text,
        },
        layout::document::Document,
    },
};

#[component]
pub(super) fn Password() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    view! {
        <Document title=fields::title(&strings, texts.change()) description=texts.change_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.change()}</h1>
                <p class="lead">{texts.change_lead()}</p>
                <form id="change-password" method="post" action=address(Page::Password) novalidate=true>
                    <KeyField />
                    <Username email=email() />
                    <PasswordField label=texts.change_current() />
                    <NewPasswordField label=texts.new_password() />
                    <button class="button">{texts.change_button()}</button>
                </form>
                <Back to=Page::Security />
            </div>
        </Document>
    }
    .into_any()
}

#[component]
pub(super) fn DeleteAccount() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let export = rich_text::link(action("/account/export"));
    view! {
        <Document title=fields::title(&strings, texts.delete()) description=texts.delete_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.delete()}</h1>
                <p class="lead">{texts.delete_lead()}</p>
                <ul>
                    <li>{texts.delete_sessions()}</li>
                    <li>{texts.delete_data()}</li>
                    <li>{texts.delete_records(rich_text::plain, rich_text::link(address(Page::History)))}</li>
                    <li>{texts.delete_browsers()}</li>
                </ul>
                <p>{texts.delete_export(rich_text::plain, export)}</p>
                <form id="delete-account" method="post" action=address(Page::DeleteAccount) novalidate=true>
                    <KeyField />
                    <Username email=email() />
                    <PasswordField label=texts.delete_confirm() />
                    <button class="button button--danger">{texts.delete_button()}</button>
                </form>
                <Back to=Page::AccountData />
            </div>
        </Document>
    }
    .into_any()
}

fn email() -> String {
    request().identity.owner().map(|user| user.account.email.to_string()).unwrap_or_default()
}

#[component]
fn Back(to: Page) -> impl IntoView {
    view! {
        <p>
            <a href=address(to)>{strings().forms.back()}</a>
        </p>
    }
}
