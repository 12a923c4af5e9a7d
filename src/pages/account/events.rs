//! The part of `/account/security` that lists the security events.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    Entry,
    attention::{attention, copied},
    identities::Identities,
    passkeys::Passkeys,
};
use crate::{
    app::accounts::{service, service::AccountOverview},
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::security_event::{ATTENTION_SECONDS, RETENTION_SECONDS, SecurityEvent},
        web::page::Page,
    },
    pages::{
        action, address,
        components::{form_fields::KeyField, format, rich_text},
        site, strings,
    },
    store::User,
};

/// What needs attention, the password, and every event.
#[component]
pub(super) fn Events(found: AccountOverview, user: Arc<User>, now: Timestamp) -> impl IntoView {
    let strings = strings();
    let (texts, forms) = (&strings.account, &strings.forms);
    let methods = service::sign_in_methods(&site(), &user.account, found.passkeys.len(), &found.identities);
    let has_passwords = site().passwords.is_some();
    let password = if methods.has_password { texts.password() } else { forms.set_password() };
    let attention_lead = if has_passwords {
        texts.attention_lead(rich_text::plain, rich_text::link(address(Page::Password)))
    } else {
        texts.attention_lead_no_password(rich_text::plain, rich_text::link(address(Page::Account)))
    };
    let attention_ends =
        texts.attention_ends(format::duration(strings.locale(), Duration::from_secs(ATTENTION_SECONDS)));
    let must_keep = methods.has_password && site().passkeys.is_some() && !methods.can_remove_password();
    let item = |activity: &SecurityEvent| event_item(&strings, activity, &found, &user, now);
    let attention = attention(&found, &user, now);
    let copied = copied(&attention);
    let to_check: Vec<_> = attention.into_iter().map(item).collect();
    let activity = found.activity.iter().map(item);
    let attention = (!to_check.is_empty()).then(|| {
        view! {
            <section id="attention" aria-labelledby="attention-title">
                <h2 id="attention-title">{texts.attention()}</h2>
                <p>{attention_lead} " " {attention_ends}</p>
                <ol class="activity activity--attention">{to_check}</ol>
            </section>
        }
    });
    view! {
        {copied}
        {attention}
        <section id="sign-in-methods" aria-labelledby="password-title">
            <h2 id="password-title">{texts.sign_in()}</h2>
            {(!has_passwords).then(|| view! { <p>{texts.no_passwords()}</p> })}
            {has_passwords
                .then(|| {
                    view! {
                        <ul class="list">
                            <Entry to=address(Page::Password) name=password what=texts.password_what() />
                            {methods
                                .can_remove_password()
                                .then(|| {
                                    view! {
                                        <Entry
                                            to=address(Page::RemovePassword)
                                            name=forms.remove_password()
                                            what=texts.remove_password_what()
                                        />
                                    }
                                })}
                        </ul>
                    }
                })}
            {must_keep.then(|| view! { <p class="hint">{keep_password(&strings)}</p> })}
        </section>
        <Passkeys passkeys=found.passkeys.clone() can_remove=methods.can_remove_passkey() />
        <Identities identities=found.identities.clone() can_remove=methods.can_remove_identity() />
        <Address user=Arc::clone(&user) />
        <section id="activity" aria-labelledby="activity-title">
            <h2 id="activity-title">{texts.activity()}</h2>
            <p>{texts.activity_lead(RETENTION_SECONDS / 86_400)}</p>
            <ol class="activity">{activity.collect_view()}</ol>
        </section>
    }
    .into_any()
}

/// When the password may be removed. A confirmed address helps only where the site sends mail.
pub(in crate::pages) fn keep_password(strings: &Messages) -> String {
    let texts = &strings.account;
    if site().mail.is_configured() { texts.keep_password() } else { texts.keep_password_no_mail() }
}

/// Whether the address is confirmed, and the form that sends the link.
#[component]
fn Address(user: Arc<User>) -> impl IntoView {
    let strings = strings();
    let texts = &strings.account;
    let status = match user.account.confirmed_at {
        Some(at) => texts.email_confirmed(format::day(strings.locale(), at.day())),
        None if site().mail.is_configured() => texts.email_unconfirmed(),
        None => texts.email_no_mail(),
    };
    let can_confirm = user.account.confirmed_at.is_none() && site().mail.is_configured();
    let form = can_confirm.then(|| {
        view! {
            <form id="send-confirmation" method="post" action=action("/api/account/send_confirmation")>
                <KeyField />
                <button class="button button--secondary">{texts.confirm_email()}</button>
            </form>
        }
    });
    view! {
        <section id="email" aria-labelledby="email-title">
            <h2 id="email-title">{texts.email()}</h2>
            <p>
                <bdi>{user.account.email.to_string()}</bdi>
            </p>
            <p>{status}</p>
            {form}
        </section>
    }
    .into_any()
}

fn event_item(
    strings: &Messages,
    activity: &SecurityEvent,
    found: &AccountOverview,
    user: &User,
    now: Timestamp,
) -> AnyView {
    let device_id = activity.device_id.as_deref();
    let is_this = device_id == Some(user.session.device_id.as_str());
    let sentence = format::activity(strings, activity, is_this, device_id.and_then(|id| found.name_of(id)));
    let when = match format::ago(strings, activity.at, now) {
        Some(ago) => rich_text::time_ago(strings, activity.at)(ago),
        None => rich_text::time(activity.at)(format::moment(strings.locale(), activity.at)),
    };
    view! {
        <li data-event=activity.event.into_str()>
            <span>{sentence}</span>
            " "
            <small>{when}</small>
        </li>
    }
    .into_any()
}
