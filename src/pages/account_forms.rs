//! The forms below `/account/` that the user confirms: with the password, or by a recent sign-in.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    account::{keep_password, overview},
    action, address, request, site, strings,
};
use crate::{
    app::accounts::{passkeys, service, service::AccountOverview},
    domain::{
        account::{browser_name::MAX_CHARS, passkey::PasskeyChallenge},
        web::page::Page,
    },
    pages::{
        components::{
            fields,
            fields::{Confirmation, NewPasswordField, Problems, Username, form_errors, form_input},
            form_fields::KeyField,
            format, rich_text,
        },
        layout::document::Document,
    },
    store::User,
    system::percent_encode::percent_encode,
};

#[component]
pub(super) fn Password() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let has_password = request().identity.owner().is_none_or(|user| user.account.password_hash.is_some());
    let (title, description, button) = if has_password {
        (texts.change(), texts.change_description(), texts.change_button())
    } else {
        (texts.set_password(), texts.set_password_description(), texts.set_password())
    };
    view! {
        <Document title=fields::title(&strings, title.clone()) description>
            <div class="account-form">
                <Problems />
                <h1>{title}</h1>
                <p class="lead">{texts.change_lead()}</p>
                <form id="change-password" method="post" action=address(Page::Password) novalidate=true>
                    <KeyField />
                    <Username email=email() />
                    <Confirmation label=texts.change_current() page=Page::Password>
                        <NewPasswordField label=texts.new_password() />
                        <button class="button">{button}</button>
                    </Confirmation>
                </form>
                <Back to=Page::Security />
            </div>
        </Document>
    }
    .into_any()
}

#[component]
pub(super) fn AddPasskey() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let form = |found: AccountOverview, user: Arc<User>, _| {
        let challenge = passkeys::challenge_to_add(&site(), &user.account, &found.passkeys);
        view! { <AddPasskeyForm challenge /> }.into_any()
    };
    let content = match form_errors() {
        None => overview(form).into_any(),
        Some(errors) => view! { <AddPasskeyForm challenge=errors.input.passkey_challenge /> }.into_any(),
    };
    view! {
        <Document title=fields::title(&strings, texts.add_passkey()) description=texts.add_passkey_description() passkey=true>
            <div class="account-form">
                <Problems />
                <h1>{texts.add_passkey()}</h1>
                <p class="lead">{texts.add_passkey_lead()}</p>
                {content}
                <Back to=Page::Security />
            </div>
        </Document>
    }
    .into_any()
}

#[component]
fn AddPasskeyForm(challenge: Option<PasskeyChallenge>) -> impl IntoView {
    let strings = strings();
    let (texts, account) = (&strings.forms, &strings.account);
    let (button, needs_script) = (texts.add_passkey_button(), texts.passkey_needs_script());
    let name = form_input().passkey_name;
    let (options, signed) = challenge.map(|challenge| (challenge.options, challenge.signed)).unzip();
    view! {
        <form
            id="add-passkey"
            method="post"
            action=address(Page::AddPasskey)
            novalidate=true
            data-passkey=options
            data-failed=texts.passkey_failed()
            data-exists=texts.passkey_exists()
            data-unsupported=texts.passkey_unsupported()
        >
            <KeyField />
            <Username email=email() />
            <div class="field">
                <label for="name">{account.passkey_name()}</label>
                <p class="hint" id="name-hint">
                    {account.passkey_name_hint()}
                </p>
                <input
                    id="name"
                    name="name"
                    type="text"
                    value=(!name.is_empty()).then_some(name)
                    maxlength=MAX_CHARS
                    autocomplete="off"
                    dir="auto"
                    aria-describedby="name-hint"
                />
            </div>
            <Confirmation label=texts.change_current() page=Page::AddPasskey>
                <input type="hidden" name="challenge" value=signed />
                <input type="hidden" name="credential" />
                <button id="passkey" class="button">
                    {button}
                </button>
                <p id="passkey-status" class="passkey-status" role="status">
                    {needs_script}
                </p>
            </Confirmation>
        </form>
    }
    .into_any()
}

#[component]
pub(super) fn RemovePassword() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let content = if form_errors().is_none() {
        overview(|found, user, _| view! { <RemovePasswordForm found user /> }.into_any()).into_any()
    } else {
        view! { <Again to=address(Page::RemovePassword) /> }.into_any()
    };
    view! {
        <Document title=fields::title(&strings, texts.remove_password()) description=texts.remove_password_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.remove_password()}</h1>
                {content}
                <Back to=Page::Security />
            </div>
        </Document>
    }
    .into_any()
}

#[component]
fn RemovePasswordForm(found: AccountOverview, user: Arc<User>) -> impl IntoView {
    let strings = strings();
    let texts = &strings.forms;
    if user.account.password_hash.is_none() {
        return view! { <p class="lead">{strings.notices.password_removed()}</p> }.into_any();
    }
    if !service::sign_in_methods(&site(), &user.account, found.passkeys.len(), &found.identities).can_remove_password()
    {
        return view! {
            <p class="lead">{keep_password(&strings)}</p>
            <p>
                <a id="passkey" class="button" href=address(Page::AddPasskey)>
                    {texts.add_passkey()}
                </a>
            </p>
        }
        .into_any();
    }
    let button = texts.remove_password_button();
    view! {
        <p class="lead">{texts.remove_password_lead()}</p>
        <form id="remove-password" method="post" action=address(Page::RemovePassword) novalidate=true>
            <KeyField />
            <Username email=email() />
            <Confirmation label=texts.change_current() page=Page::RemovePassword>
                <button class="button button--danger">{button}</button>
            </Confirmation>
        </form>
    }
    .into_any()
}

#[component]
pub(super) fn RemovePasskey() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.forms);
    let content = match form_errors() {
        None => overview(|found, _, _| view! { <RemovePasskeyForm found /> }.into_any()).into_any(),
        Some(errors) => {
            let chosen = percent_encode(errors.input.passkey.as_bytes());
            view! {
                <p class="lead">{texts.remove_passkey_lead()}</p>
                <Again to=format!("{}?passkey={chosen}", address(Page::RemovePasskey)) />
            }
            .into_any()
        }
    };
    view! {
        <Document title=fields::title(&strings, texts.remove_passkey()) description=texts.remove_passkey_description()>
            <div class="account-form">
                <Problems />
                <h1>{texts.remove_passkey()}</h1>
                {content}
                <Back to=Page::Security />
            </div>
        </Document>
    }
    .into_any()
}

#[component]
fn RemovePasskeyForm(found: AccountOverview) -> impl IntoView {
    let strings = strings();
    let (texts, account) = (&strings.forms, &strings.account);
    if found.passkeys.is_empty() {
        return view! { <p class="lead">{texts.remove_passkey_none()}</p> }.into_any();
    }
    let chosen = use_query_map().with_untracked(|query| query.get("passkey")).unwrap_or_default();
    let options = found.passkeys.iter().map(|passkey| {
        let name = passkey.name.clone().unwrap_or_else(|| account.passkey_unnamed());
        let moment = format::moment(strings.locale(), passkey.created_at);
        view! {
            <option value=passkey.id.clone() selected=passkey.id == chosen>
                {texts.remove_passkey_option(name, moment)}
            </option>
        }
    });
    let options = options.collect_view();
    let button = texts.remove_passkey_button();
    view! {
        <p class="lead">{texts.remove_passkey_lead()}</p>
        <form id="remove-passkey" method="post" action=address(Page::RemovePasskey) novalidate=true>
            <KeyField />
            <Username email=email() />
            <div class="field">
                <label for="passkey">{texts.remove_passkey_which()}</label>
                <select id="passkey" name="passkey" required=true>
                    <option value=""></option>
                    {options}
                </select>
            </div>
            <Confirmation label=texts.change_current() page=Page::RemovePasskey>
                <button class="button button--danger">{button}</button>
            </Confirmation>
        </form>
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
                    <Confirmation label=texts.delete_confirm() page=Page::DeleteAccount>
                        <button class="button button--danger">{texts.delete_button()}</button>
                    </Confirmation>
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

/// The link to a form that is not shown again with its errors, since it needs what the store has.
#[component]
fn Again(to: String) -> impl IntoView {
    let field = form_errors().and_then(|errors| errors.problems.first().map(|problem| problem.field().into_str()));
    view! {
        <p>
            <a id=field class="button" href=to>
                {strings().forms.passkey_again()}
            </a>
        </p>
    }
    .into_any()
}

#[component]
fn Back(to: Page) -> impl IntoView {
    view! {
        <p>
            <a href=address(to)>{strings().forms.back()}</a>
        </p>
    }
}
