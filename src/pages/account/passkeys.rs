//! The part of `/account/security` that lists the passkeys.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{account::browser_name::MAX_CHARS, web::page::Page},
    pages::{
        action, address,
        components::{form_fields::KeyField, format, rich_text},
        site, strings,
    },
    store::StoredPasskey,
};

/// The passkeys of the user, and the link to add one. Nothing if browsers have no passkeys for this
/// site.
#[component]
pub(super) fn Passkeys(
    passkeys: Vec<StoredPasskey>,
    /// Whether another sign-in method remains without one of them.
    can_remove: bool,
) -> impl IntoView {
    if site().passkeys.is_none() {
        return ().into_any();
    }
    let strings = strings();
    let texts = &strings.account;
    let items = passkeys.iter().map(|passkey| item(&strings, passkey, can_remove)).collect_view();
    let list = (!passkeys.is_empty()).then(|| view! { <ul class="sessions">{items}</ul> });
    let must_stay = !can_remove && !passkeys.is_empty();
    view! {
        <section id="passkeys" aria-labelledby="passkeys-title">
            <h2 id="passkeys-title">{texts.passkeys()}</h2>
            <p>{texts.passkeys_lead()}</p>
            {list}
            {must_stay.then(|| view! { <p class="hint">{texts.last_passkey()}</p> })}
            <p>
                <a class="button button--secondary" href=address(Page::AddPasskey)>
                    {texts.add_passkey()}
                </a>
            </p>
        </section>
    }
    .into_any()
}

/// One passkey, with its times, the form that names it, and the link to remove it.
fn item(strings: &Messages, passkey: &StoredPasskey, can_remove: bool) -> AnyView {
    let texts = &strings.account;
    let title = passkey.name.clone().unwrap_or_else(|| texts.passkey_unnamed());
    let created_at = format::moment(strings.locale(), passkey.created_at);
    let created = texts.passkey_created(&created_at, rich_text::plain, rich_text::time(passkey.created_at));
    let used = match passkey.last_used_at {
        Some(at) => texts.passkey_used(format::moment(strings.locale(), at), rich_text::plain, rich_text::time(at)),
        None => vec![texts.passkey_unused().into_any()],
    };
    // Two passkeys may have one name, so the button also says when this one was added.
    let remove = texts.remove_passkey(&title, &created_at, rich_text::plain, rich_text::unseen);
    view! {
        <li>
            <div>
                <p>
                    <strong dir="auto">{title.clone()}</strong>
                </p>
                <ul class="session-facts">
                    <li>{created}</li>
                    <li>{used}</li>
                </ul>
                <Rename passkey=passkey.clone() title />
            </div>
            {can_remove
                .then(|| {
                    let to = format!("{}?passkey={}", address(Page::RemovePasskey), passkey.id);
                    view! {
                        <p class="end">
                            <a class="button button--secondary" href=to>
                                {remove}
                            </a>
                        </p>
                    }
                })}
        </li>
    }
    .into_any()
}

/// The form that names a passkey.
#[component]
fn Rename(passkey: StoredPasskey, title: String) -> impl IntoView {
    let texts = Arc::clone(&strings().account);
    let id = format!("name-{}", passkey.id);
    let hint = format!("{id}-hint");
    view! {
        <details class="fold">
            <summary>{texts.rename(&title, rich_text::plain, rich_text::unseen)}</summary>
            <form class="rename" method="post" action=action("/api/passkey/name")>
                <KeyField />
                <input type="hidden" name="passkey" value=passkey.id />
                <div class="field">
                    <label for=id.clone()>{texts.passkey_name()}</label>
                    <p class="hint" id=hint.clone()>
                        {texts.passkey_name_hint()}
                    </p>
                    <input
                        id=id
                        name="name"
                        type="text"
                        value=passkey.name.unwrap_or_default()
                        maxlength=MAX_CHARS
                        autocomplete="off"
                        dir="auto"
                        aria-describedby=hint
                    />
                </div>
                <button class="button button--secondary">{texts.save_name()}</button>
            </form>
        </details>
    }
    .into_any()
}
