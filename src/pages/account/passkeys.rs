//! The part of `/account/security` that lists the passkeys.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::web::page::Page,
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
pub(super) fn Passkeys(passkeys: Vec<StoredPasskey>) -> impl IntoView {
    if site().passkeys.is_none() {
        return ().into_any();
    }
    let strings = strings();
    let texts = &strings.account;
    let items = passkeys.iter().map(|passkey| item(&strings, passkey)).collect_view();
    let list = (!passkeys.is_empty()).then(|| view! { <ul class="sessions">{items}</ul> });
    view! {
        <section id="passkeys" aria-labelledby="passkeys-title">
            <h2 id="passkeys-title">{texts.passkeys()}</h2>
            <p>{texts.passkeys_lead()}</p>
            {list}
            <p>
                <a class="button button--secondary" href=address(Page::AddPasskey)>
                    {texts.add_passkey()}
                </a>
            </p>
        </section>
    }
    .into_any()
}

/// One passkey, with its times and the form that removes it.
fn item(strings: &Messages, passkey: &StoredPasskey) -> AnyView {
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
                    <strong dir="auto">{title}</strong>
                </p>
                <ul class="session-facts">
                    <li>{created}</li>
                    <li>{used}</li>
                </ul>
            </div>
            <form class="end" method="post" action=action("/api/passkey/remove")>
                <KeyField />
                <input type="hidden" name="passkey" value=passkey.id.clone() />
                <button class="button button--secondary">{remove}</button>
            </form>
        </li>
    }
    .into_any()
}
