//! The part of `/account/security` that lists the identities at identity providers.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::web::path,
    pages::{
        action,
        components::{form_fields::KeyField, format, rich_text},
        site, strings,
    },
    store::Identity,
};

/// The identities of the user, and the links to add one. Nothing if there are neither.
#[component]
pub(super) fn Identities(
    identities: Vec<Identity>,
    /// Whether another sign-in method remains without one of them.
    can_remove: bool,
) -> impl IntoView {
    let (strings, site) = (strings(), site());
    let providers = site.identity_providers.all();
    if providers.is_empty() && identities.is_empty() {
        return ().into_any();
    }
    let texts = &strings.account;
    let items = identities.iter().map(|identity| item(&strings, identity, can_remove)).collect_view();
    let list = (!identities.is_empty()).then(|| view! { <ul class="sessions">{items}</ul> });
    let must_stay = !can_remove && !identities.is_empty();
    let is_linked = |issuer: &str| identities.iter().any(|identity| identity.issuer == issuer);
    let links = providers.iter().filter(|provider| !is_linked(&provider.settings.issuer)).map(|provider| {
        let target = action(&format!("{}{}?link=1", path::SIGN_IN_WITH, provider.settings.id));
        view! {
            <p>
                <a class="button button--secondary" href=target>
                    {texts.link_identity(&provider.settings.name)}
                </a>
            </p>
        }
    });
    view! {
        <section id="identities" aria-labelledby="identities-title">
            <h2 id="identities-title">{texts.identities()}</h2>
            <p>{texts.identities_lead()}</p>
            {list}
            {must_stay.then(|| view! { <p class="hint">{texts.last_identity()}</p> })}
            {links.collect_view()}
        </section>
    }
    .into_any()
}

/// One identity, with the form that removes it.
fn item(strings: &Messages, identity: &Identity, can_remove: bool) -> AnyView {
    let texts = &strings.account;
    let site = site();
    let name = site.identity_providers.name_of(&identity.issuer).to_owned();
    let linked_at = format::moment(strings.locale(), identity.created_at);
    let linked = texts.identity_linked(&linked_at, rich_text::plain, rich_text::time(identity.created_at));
    let unlink = texts.unlink_identity(&name, &linked_at, rich_text::plain, rich_text::unseen);
    view! {
        <li>
            <div>
                <p>
                    <strong dir="auto">{name}</strong>
                </p>
                <ul class="session-facts">
                    <li>{linked}</li>
                </ul>
            </div>
            {can_remove
                .then(|| {
                    view! {
                        <form class="end" method="post" action=action("/api/identity/unlink")>
                            <KeyField />
                            <input type="hidden" name="identity" value=identity.id.clone() />
                            <button class="button button--secondary">{unlink}</button>
                        </form>
                    }
                })}
        </li>
    }
    .into_any()
}
