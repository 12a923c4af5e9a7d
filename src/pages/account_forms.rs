//! `/account/password` and `/account/delete`: what a member confirms with their password.

use leptos::prelude::*;

use super::{
    document::Document,
    fields::{self, NewPasswordField, PasswordField, Problems, Username},
    visitor,
};
use crate::model::page::Page;

/// `/account/password`
#[component]
pub(super) fn Password() -> impl IntoView {
    view! {
        <Document title=fields::title("Change your password") description="Change the password of your account.">
            <div class="account-form">
                <Problems />
                <h1>"Change your password"</h1>
                <p class="lead">"Every other browser is signed out; this one stays signed in."</p>
                <form id="change-password" method="post" action="/api/account/change_password" novalidate=true>
                    <Username email=email() />
                    <PasswordField label="Current password" />
                    <NewPasswordField />
                    <button class="button">"Change the password"</button>
                </form>
                <Back />
            </div>
        </Document>
    }
    .into_any()
}

/// `/account/delete`
#[component]
pub(super) fn DeleteAccount() -> impl IntoView {
    view! {
        <Document title=fields::title("Delete your account") description="Erase your account and all that is kept with it.">
            <div class="account-form">
                <Problems />
                <h1>"Delete your account"</h1>
                <p class="lead">"This cannot be undone."</p>
                <ul>
                    <li>"Every browser is signed out at once."</li>
                    <li>"Your e-mail address, your password, your choices, your sessions and your security activity are erased."</li>
                    <li>
                        "The records of your choices stay for their time, since none may be removed unseen, but nothing leads from them to you any more. Take "
                        <a href=Page::History.to_string()>"the receipts"</a> " along if you want them."
                    </li>
                    <li>"This browser keeps its own last choice about cookies, and the others keep theirs."</li>
                </ul>
                <p>
                    "You may want to "
                    <a href="/account/export">
                        "download your data"
                    </a> " first."
                </p>
                <form id="delete-account" method="post" action="/api/account/delete" novalidate=true>
                    <Username email=email() />
                    <PasswordField label="Your password, to be sure that it is you" />
                    <button class="button">"Delete the account"</button>
                </form>
                <Back />
            </div>
        </Document>
    }
    .into_any()
}

fn email() -> String {
    visitor().member.map(|member| member.account.email.to_string()).unwrap_or_default()
}

#[component]
fn Back() -> impl IntoView {
    view! {
        <p>
            <a href="/account">"Back to your account"</a>
        </p>
    }
}
