//! `/sign-in` and `/sign-up`, which return to the page that the visitor came from.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{action, address, address_with_return, request, site, strings};
use crate::{
    app::accounts::passkeys,
    domain::web::{page::Page, path},
    pages::{
        components::{
            fields,
            fields::{EmailField, NewPasswordField, PasswordField, Problems, Remember},
            form_fields::KeyField,
            rich_text,
        },
        layout::document::Document,
    },
};

#[component]
pub(super) fn SignIn() -> impl IntoView {
    let return_to = return_to();
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let has_passwords = site().passwords.is_some();
    let sign_up = rich_text::link(address_with_return(Page::SignUp, return_to));
    let forgotten = if !has_passwords {
        vec![texts.no_passwords().into_any()]
    } else if site().mail.is_configured() {
        texts.forgotten_link(rich_text::plain, rich_text::link(address(Page::ForgottenPassword)))
    } else {
        vec![texts.forgotten().into_any()]
    };
    let is_signed_out = request().identity.session_ended && request().outcome.errors.is_none();
    let signed_out = is_signed_out.then(|| {
        view! {
            <div id="was-signed-out" class="warning" role="status">
                <p>
                    <strong>{texts.was_signed_out()}</strong>
                </p>
                <p>{texts.was_signed_out_why()}</p>
            </div>
        }
    });
    let challenge = passkeys::challenge_to_sign_in(&site());
    let passkey = challenge.is_some();
    let options = challenge.as_ref().map(|challenge| challenge.options.clone());
    let failed = passkey.then(|| texts.passkey_failed());
    let no_account = has_passwords.then(|| view! { <p>{texts.no_account(rich_text::plain, sign_up)}</p> });
    // Without passwords, the script shows the rest of the form too.
    let fields = if has_passwords {
        view! {
            <EmailField passkey />
            <PasswordField label=texts.password() />
            <Remember />
            <ReturnTo to=return_to />
            <button class="button">{texts.sign_in()}</button>
        }
        .into_any()
    } else {
        view! {
            <div hidden=true>
                <Remember />
            </div>
            <ReturnTo to=return_to />
        }
        .into_any()
    };
    let form = (has_passwords || passkey).then(|| {
        view! {
            <form
                id="sign-in"
                method="post"
                action=address_with_return(Page::SignIn, return_to)
                novalidate=true
                data-passkey=options
                data-failed=failed
            >
                <KeyField />
                {fields}
                {challenge.map(|challenge| view! { <WithPasskey signed=challenge.signed /> })}
            </form>
        }
        .into_any()
    });
    let providers = view! { <WithProvider return_to /> }.into_any();
    let (first, second) = if has_passwords { (form, Some(providers)) } else { (Some(providers), form) };
    view! {
        <Document title=fields::title(&strings, texts.sign_in()) description=texts.sign_in_description() passkey>
            <div class="account-form">
                <Problems />
                {signed_out}
                <h1>{texts.sign_in()}</h1>
                <p class="lead">{texts.sign_in_lead()}</p>
                {no_account}
                {first}
                {second}
                <p class="hint">{forgotten}</p>
            </div>
        </Document>
    }
    .into_any()
}

#[component]
pub(super) fn SignUp() -> impl IntoView {
    let return_to = return_to();
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let sign_in = rich_text::link(address_with_return(Page::SignIn, return_to));
    let sends_mail = site().mail.is_configured();
    // The page of the link asks it.
    let remember = (!sends_mail).then(|| view! { <Remember /> });
    let by_mail = sends_mail.then(|| view! { <p class="hint">{texts.sign_up_mail()}</p> });
    view! {
        <Document title=fields::title(&strings, texts.sign_up()) description=texts.sign_up_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.sign_up()}</h1>
                <p class="lead">{texts.sign_up_lead()}</p>
                <p>{texts.has_account(rich_text::plain, sign_in)}</p>
                <form id="sign-up" method="post" action=address_with_return(Page::SignUp, return_to) novalidate=true>
                    <KeyField />
                    <EmailField />
                    <NewPasswordField label=texts.password() />
                    {remember}
                    <ReturnTo to=return_to />
                    <button class="button">{texts.sign_up_button()}</button>
                </form>
                {by_mail}
                <p class="hint">{texts.sign_up_keeps()}</p>
            </div>
        </Document>
    }
    .into_any()
}

/// The links that sign in through an identity provider.
#[component]
fn WithProvider(return_to: Option<Page>) -> impl IntoView {
    let (site, texts) = (site(), Arc::clone(&strings().forms));
    let query = return_to.map(|page| format!("?return_to={page}")).unwrap_or_default();
    let links = site.identity_providers.all().iter().map(|provider| {
        let target = action(&format!("{}{}", path::SIGN_IN_WITH, provider.settings.id));
        view! {
            <p>
                <a class="button button--secondary" href=format!("{target}{query}") rel="nofollow">
                    {texts.sign_in_with(&provider.settings.name)}
                </a>
            </p>
        }
    });
    links.collect_view()
}

/// The button that signs in with a passkey, which the script shows, and what the form sends then.
#[component]
fn WithPasskey(signed: String) -> impl IntoView {
    view! {
        <input type="hidden" name="challenge" value=signed />
        <input type="hidden" name="credential" />
        " "
        <button id="passkey" type="button" class="button button--secondary" hidden=true>
            {strings().forms.passkey_button()}
        </button>
        <p id="passkey-status" class="passkey-status" role="status"></p>
    }
    .into_any()
}

/// Returns the page to return to: from the form if it is shown again, else from the query. Ignores
/// anything that is no page of this site.
fn return_to() -> Option<Page> {
    if request().outcome.errors.is_some() {
        return fields::form_input().return_to;
    }
    use_query_map().with_untracked(|query| query.get("return_to")?.parse().ok())
}

#[component]
fn ReturnTo(to: Option<Page>) -> impl IntoView {
    to.map(|to| view! { <input type="hidden" name="return_to" value=to.to_string() /> })
}
