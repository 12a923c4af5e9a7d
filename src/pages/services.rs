//! `/services`: the services beside this site that stand under the policy, and what those who build one need.

use leptos::prelude::*;

use super::{document::Document, site, visitor, words};
use crate::{
    model::{
        origin::Origin,
        page::Page,
        service::{How, Service},
        version::Version,
    },
    server::embed,
};

/// The page.
#[component]
pub(super) fn Services() -> impl IntoView {
    let in_force = site().edition_in_force();
    let policy = visitor().address(Page::Policy);
    let services = &in_force.content.services;
    let list = if services.is_empty() {
        view! { <p class="none">"No other service stands under the policy yet. It applies to this site alone."</p> }
            .into_any()
    } else {
        let items = services.iter().map(|service| entry(service, in_force.version)).collect_view();
        view! { <ul class="services" role="list">{items}</ul> }.into_any()
    };
    view! {
        <Document
            title="Services under the policy"
            description="Which services link to this cookie policy or incorporate it by reference, and which edition."
        >
            <h1>"Services under the policy"</h1>
            <p class="lead">
                "The " <a href=policy>"cookie policy"</a>
                " applies to this site and to every service that links to it or incorporates it by reference. Where such a service asks you about cookies, your answer counts here as well, and here you can change it."
            </p>
            {list}
            {for_developers()}
        </Document>
    }
    .into_any()
}

/// One service, and the edition that it stands under.
fn entry(service: &Service, in_force: Version) -> AnyView {
    let visitor = visitor();
    let link = |version: Version| {
        view! { <a href=visitor.address(Page::Edition(version))>{format!("version {version}")}</a> }
    };
    let (verb, coming) = match service.how {
        How::Links => ("Links to the policy", "Will link to the policy"),
        How::Incorporates => ("Incorporates the policy by reference", "Will incorporate the policy by reference"),
    };
    let standing = if service.is_under(in_force) {
        let since = (service.since != in_force).then(|| view! { ", and has done so since " {link(service.since)} });
        view! { {verb} ": " {link(in_force)} ", the edition in force" {since} "." }.into_any()
    } else {
        let day = site().content().edition(service.since).map(|edition| words::day(edition.effective));
        let day = day.map(|day| format!(", in force from {day}"));
        view! { {coming} " from " {link(service.since)} {day} " on." }.into_any()
    };
    let origins: Vec<_> = service.origins.iter().map(Origin::as_str).collect();
    let asks = (!origins.is_empty()).then(|| format!("Asks what you chose in pages of {}.", words::row(&origins)));
    view! {
        <li data-service=service.name.clone()>
            <h2>
                <a href=service.address.clone()>{service.name.clone()}</a>
            </h2>
            <p>{standing}</p>
            {asks.map(|asks| view! { <p class="hint">{asks}</p> })}
        </li>
    }
    .into_any()
}

/// The script that asks in a service's pages, with the hash to trust it by, and the key that its server verifies with.
fn for_developers() -> impl IntoView {
    let address = format!("{}{}", site().origin, embed::NEWEST);
    let element = format!(
        "<script src=\"{address}\" integrity=\"{}\" crossorigin=\"anonymous\" defer></script>",
        embed::integrity()
    );
    view! {
        <section id="developers" class="developers" aria-labelledby="developers-title">
            <h2 id="developers-title">"For those who build a service"</h2>
            <p>"This asks the question in the pages of a listed service, and runs nothing optional without a yes:"</p>
            <pre>
                <code>{element}</code>
            </pre>
            <p>
                "A service’s server verifies what it is told with "
                <a href="/.well-known/harmony-keys.json">"the public key of this site"</a> "."
            </p>
        </section>
    }
}
