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
        strings,
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
    let link = rich_text::link(address(Page::Password));
    let message = texts.copied_when(moment, rich_text::plain, rich_text::time(at), link);
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
