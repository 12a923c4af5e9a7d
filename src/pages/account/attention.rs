//! What the user should check: which events need attention, and the warning of a copied cookie.

use leptos::prelude::*;

use crate::{
    app::accounts::service::AccountOverview,
    domain::{
        Timestamp,
        account::security_event::{SecurityEvent, SecurityEventKind, needing_attention},
        web::page::Page,
    },
    pages::{
        address,
        components::{format, rich_text},
        site, strings,
    },
    store::User,
};

/// The events that the user should check, the gravest first. Recognised are this browser and those
/// with a name.
pub(super) fn attention<'a>(found: &'a AccountOverview, user: &User, now: Timestamp) -> Vec<&'a SecurityEvent> {
    let is_recognised = |id: &str| id == user.session.device_id || found.name_of(id).is_some();
    needing_attention(&found.activity, now, is_recognised)
}

/// The warning that a cookie was copied, if that is among the events.
pub(super) fn copied(attention: &[&SecurityEvent]) -> Option<AnyView> {
    let at = attention.iter().find(|activity| activity.event == SecurityEventKind::Replayed)?.at;
    let strings = strings();
    let texts = &strings.account;
    let moment = format::moment(strings.locale(), at);
    let (time, link) = (rich_text::time(at), |page| rich_text::link(address(page)));
    let message = if site().passwords.is_some() {
        texts.copied_when(moment, rich_text::plain, time, link(Page::Password))
    } else {
        texts.copied_when_no_password(moment, rich_text::plain, time, link(Page::Account))
    };
    let warning = view! {
        <div id="replayed" class="warning">
            <p>
                <strong>{texts.copied()}</strong>
            </p>
            <p>{message}</p>
        </div>
    };
    Some(warning.into_any())
}
