//! What partner services keep in browsers, by service: as tables, as a list, and as a number.

use leptos::prelude::*;

use crate::{
    content::{Content, i18n::Messages},
    domain::cookies::{
        inventory::ServiceEntries,
        purpose::Purpose,
        service_entry::{Party, ServiceEntry, StatedAttributes},
    },
    pages::{
        components::{cookie_table, folded_text, format},
        site,
    },
};

/// A table for each service, with a group for each purpose. `None` if no service declares anything.
pub(crate) fn tables(strings: &Messages, services: &ServiceEntries) -> Option<AnyView> {
    let texts = &strings.cookies;
    let content = site().content();
    let purposes = cookie_table::in_order(services.all().iter().map(|entry| entry.purpose));
    let tables: Vec<_> = services.by_service().map(|entries| table(strings, &content, &purposes, entries)).collect();
    (!tables.is_empty()).then(|| {
        view! {
            <h4 id="of-services">{texts.of_services()}</h4>
            <p>{texts.of_services_lead()}</p>
            {tables}
        }
        .into_any()
    })
}

/// The table of a service. `entries` are all of one service.
fn table(strings: &Messages, content: &Content, purposes: &[Purpose], entries: &[ServiceEntry]) -> AnyView {
    let texts = &strings.cookies;
    let id = entries.first().map(|entry| entry.service.clone()).unwrap_or_default();
    let name = content.service_name(&id).to_owned();
    let groups = purposes.iter().map(|&purpose| {
        let rows: Vec<_> =
            entries.iter().filter(|entry| entry.purpose == purpose).map(|entry| row(strings, entry, &name)).collect();
        (!rows.is_empty()).then(|| view! { <tbody>{cookie_table::group(strings, purpose, 3)} {rows}</tbody> })
    });
    view! {
        <table class="declarations" data-service=id>
            <caption>{texts.of_service(&name)}</caption>
            <thead>
                <tr>
                    <th scope="col">{texts.cookie()}</th>
                    <th scope="col">{texts.used_for()}</th>
                    <th scope="col">{texts.lifetime()}</th>
                </tr>
            </thead>
            {groups.collect_view()}
        </table>
    }
    .into_any()
}

fn row(strings: &Messages, entry: &ServiceEntry, service: &str) -> AnyView {
    let texts = &strings.cookies;
    let kind = entry.storage.kind();
    view! {
        <tr data-entry=entry.name.as_str().to_owned() data-kind=kind.into_str()>
            <th scope="row">
                <code>{entry.name.as_str().to_owned()}</code>
                {format::storage_kind(strings, kind).map(|kind| view! { " " <small>{kind}</small> })}
            </th>
            <td>
                {folded_text::folded(&entry.description)} <small>{facts(strings, entry, service)}</small>
            </td>
            <td data-label=texts.lifetime()>{format::retention(strings, kind, entry.storage.retention())}</td>
        </tr>
    }
    .into_any()
}

/// Who sets it, and what is stated of its attributes.
fn facts(strings: &Messages, entry: &ServiceEntry, service: &str) -> String {
    let texts = &strings.cookies;
    let whom = entry.set_by.as_deref().unwrap_or(service);
    let party = (entry.party == Some(Party::Third)).then(|| texts.third_party());
    let stated = party.into_iter().chain(attributes(&entry.storage.attributes()));
    match stated.reduce(|before, next| strings.words.comma(before, next)) {
        None => texts.set_by(whom),
        Some(stated) => texts.facts(whom, stated),
    }
}

/// The stated attributes, as they appear in a `Set-Cookie` header.
pub(crate) fn attributes(stated: &StatedAttributes) -> impl Iterator<Item = String> + use<> {
    let StatedAttributes { http_only, secure, same_site, path } = stated;
    let flags = [(*http_only, "HttpOnly"), (*secure, "Secure")];
    let flags = flags.map(|(flag, name)| (flag == Some(true)).then(|| name.to_owned()));
    let same_site = same_site.map(|same_site| format!("SameSite={}", same_site.into_str()));
    let path = path.as_ref().map(|path| format!("Path={path}"));
    flags.into_iter().chain([same_site, path]).flatten().collect::<Vec<_>>().into_iter()
}

/// A list for each service of what it declares.
pub(crate) fn lists(strings: &Messages, entries: &[&ServiceEntry]) -> AnyView {
    let content = site().content();
    let lists = entries.chunk_by(|one, next| one.service == next.service).map(|entries| {
        let id = entries.first().map(|entry| entry.service.clone()).unwrap_or_default();
        let name = content.service_name(&id).to_owned();
        let rows = entries.iter().map(|entry| {
            let kind = entry.storage.kind();
            let kept = format::retention(strings, kind, entry.storage.retention());
            let kept = match format::storage_kind(strings, kind) {
                None => kept,
                Some(kind) => strings.words.comma(kind, kept),
            };
            view! {
                <li>
                    <code>{entry.name.as_str().to_owned()}</code>
                    " "
                    <span class="meta">{kept}</span>
                    <p>{folded_text::split(&entry.description).0.to_owned()}</p>
                </li>
            }
        });
        view! {
            <h4>{strings.cookies.of_service(name)}</h4>
            <ul class="declaration-list" data-service=id>
                {rows.collect_view()}
            </ul>
        }
    });
    lists.collect_view().into_any()
}

/// How many these are, and from how many services, in English as `3 from 2 services`. `None` for
/// none.
pub(crate) fn amount<'e>(strings: &Messages, entries: impl Iterator<Item = &'e ServiceEntry>) -> Option<String> {
    let (mut count, mut services, mut last) = (0_usize, 0, None);
    for entry in entries {
        count += 1;
        services += u64::from(last != Some(entry.service.as_str()));
        last = Some(entry.service.as_str());
    }
    (count > 0).then(|| strings.cookies.theirs(count, strings.cookies.services(services)))
}

/// What is known of a cookie in this browser that a service declares.
pub(crate) fn recognised(strings: &Messages, content: &Content, entry: &ServiceEntry) -> AnyView {
    let (name, purpose) = (content.service_name(&entry.service), format::purpose(strings, entry.purpose));
    let kept = format::retention(strings, entry.storage.kind(), entry.storage.retention());
    view! {
        {folded_text::folded(&entry.description)}
        <small>{strings.cookies.declared_by(name, purpose, kept)}</small>
    }
    .into_any()
}
