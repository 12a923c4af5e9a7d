//! `/sign-in` and `/sign-up`: the two ways to become a member of this browser, and back to where one came from.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    document::Document,
    fields::{self, EmailField, NewPasswordField, PasswordField, Problems, Remember},
    visitor,
};
use crate::model::page::Page;

/// `/sign-in`
#[component]
pub(super) fn SignIn() -> impl IntoView {
    let return_to = return_to();
    view! {
        <Document title=fields::title("Sign in") description="Sign in, so that your choices follow you to every device.">
            <div class="account-form">
                <Problems />
                <h1>"Sign in"</h1>
                <p class="lead">"Your choices then follow you to every device."</p>
                <form id="sign-in" method="post" action="/api/session/sign_in" novalidate=true>
                    <EmailField />
                    <PasswordField />
                    <Remember />
                    <ReturnTo to=return_to />
                    <button class="button">"Sign in"</button>
                </form>
                <p>
                    "No account yet? "
                    <a href=with_return(Page::SignUp, return_to)>"Create one"</a>
                    "."
                </p>
                <p class="hint">"Forgotten your password? Ask whoever runs this site for a sign-in link."</p>
            </div>
        </Document>
    }
    .into_any()
}

/// `/sign-up`
#[component]
pub(super) fn SignUp() -> impl IntoView {
    let return_to = return_to();
    view! {
        <Document
            title=fields::title("Create an account")
            description="Create an account, so that your choices follow you to every device."
        >
            <div class="account-form">
                <Problems />
                <h1>"Create an account"</h1>
                <p class="lead">
                    "You need none to read the policy or to control your cookies. With one, your choices follow you to every device."
                </p>
                <form id="sign-up" method="post" action="/api/account/sign_up" novalidate=true>
                    <EmailField />
                    <NewPasswordField label="Password" />
                    <Remember />
                    <ReturnTo to=return_to />
                    <button class="button">"Create the account"</button>
                </form>
                <p class="hint">
                    "What we keep about you: the e-mail address, a hash of the password, your choices, and the kind of device and the time of each sign-in. No IP address. You can download it all or erase it on the account page."
                </p>
                <p>
                    "Have one already? "
                    <a href=with_return(Page::SignIn, return_to)>"Sign in"</a>
                    "."
                </p>
            </div>
        </Document>
    }
    .into_any()
}

/// The page that one came from: the form's own if it is shown again, else the one that the address names. Anything that is
/// no page of this site is passed over.
fn return_to() -> Option<Page> {
    if visitor().correction.is_some() {
        return fields::kept().return_to;
    }
    use_query_map().with_untracked(|query| query.get("return_to")?.parse().ok())
}

/// The address of a page that leads back to another.
fn with_return(page: Page, to: Option<Page>) -> String {
    to.map_or_else(|| page.to_string(), |to| format!("{page}?return_to={to}"))
}

#[component]
fn ReturnTo(to: Option<Page>) -> impl IntoView {
    to.map(|to| view! { <input type="hidden" name="return_to" value=to.to_string() /> })
}
