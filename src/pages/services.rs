//! `/services`: partner services under the policy, and instructions for their developers.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, site, strings};
use crate::{
    content::scripts,
    domain::{
        partners::{PolicyRelation, Service},
        policy::version::Version,
        web::{origin::Origin, page::Page},
    },
    pages::{
        components::{format, rich_text},
        layout::document::Document,
    },
};

#[component]
pub(super) fn Services() -> impl IntoView {
    let texts = Arc::clone(&strings().services);
    let in_force = site().current_version();
    let services = &in_force.content.services;
    let list = if services.is_empty() {
        view! { <p class="empty-state">{texts.none()}</p> }.into_any()
    } else {
        let items = services.iter().map(|service| entry(service, in_force.effective)).collect_view();
        view! { <ul class="services">{items}</ul> }.into_any()
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <h1>{texts.title()}</h1>
            <p class="lead">{texts.lead(rich_text::plain, rich_text::link(address(Page::Policy)))}</p>
            {list}
            {for_developers()}
        </Document>
    }
    .into_any()
}

/// A service, and the edition that applies to it.
fn entry(service: &Service, effective: Option<Version>) -> AnyView {
    let strings = strings();
    let texts = &strings.services;
    let link = |version: Version| rich_text::link(address(Page::Edition(version)));
    let (since, plain) = (service.since, rich_text::plain);
    let standing = if let Some(in_force) = effective.filter(|in_force| service.is_under(*in_force)) {
        let (now, first) = (link(in_force), link(since));
        match (service.how, since == in_force) {
            (PolicyRelation::Links, true) => texts.links(in_force, plain, now),
            (PolicyRelation::Links, false) => texts.links_since(in_force, since, plain, now, first),
            (PolicyRelation::Incorporates, true) => texts.incorporates(in_force, plain, now),
            (PolicyRelation::Incorporates, false) => texts.incorporates_since(in_force, since, plain, now, first),
        }
    } else {
        let edition = site().content().edition(since).map(|edition| edition.effective);
        let day = edition.map(|day| format::day(strings.locale(), day)).unwrap_or_default();
        match service.how {
            PolicyRelation::Links => texts.will_link(since, day, plain, link(since)),
            PolicyRelation::Incorporates => texts.will_incorporate(since, day, plain, link(since)),
        }
    };
    let asks = (!service.origins.is_empty())
        .then(|| texts.asks(format::list(&strings, service.origins.iter().map(Origin::as_str))));
    view! {
        <li data-service=service.name.clone()>
            <h2>
                <a href=service.address.clone() dir="auto">
                    {service.name.clone()}
                </a>
            </h2>
            <p>{standing}</p>
            {asks.map(|asks| view! { <p class="hint">{asks}</p> })}
        </li>
    }
    .into_any()
}

/// The script for a service's pages with its hash, and the URL of the key that a server verifies
/// tokens with.
fn for_developers() -> AnyView {
    let strings = strings();
    let texts = &strings.services;
    let address = format!("{}{}", site().origin, scripts::NEWEST_EMBED.path);
    let element = format!(
        "<script src=\"{address}\" integrity=\"{}\" crossorigin=\"anonymous\" defer></script>",
        scripts::NEWEST_EMBED.integrity()
    );
    let key = rich_text::link("/.well-known/harmony-keys.json".to_owned());
    view! {
        <section id="developers" class="developers" aria-labelledby="developers-title">
            <h2 id="developers-title">{texts.developers()}</h2>
            <p>{texts.developers_lead()}</p>
            <pre dir="ltr">
                <code>{element}</code>
            </pre>
            <p>{texts.key(rich_text::plain, key)}</p>
        </section>
    }
    .into_any()
}
