//! The part of `/preferences` that lists the cookies of this browser, with a button to delete each.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::Answer,
        cookies::{
            declaration::{Declaration, FirstPartyCookie},
            inventory::ServiceEntries,
            purpose::{Optional, Purpose, Purposes},
            request_header::readable,
            well_known,
            well_known::KnownUse,
        },
        web::{flash::Flash, page::Page},
    },
    pages::{
        action, address,
        components::{
            cookie_table::{LastColumn, cookie_table},
            flash::message,
            form_fields::{KeyField, PromptField},
            format, rich_text, service_entries,
            tally::tally,
        },
        inventory,
        preferences::unsaved,
        request,
        signal::own_answer,
        site, strings,
    },
    system::percent_encode::percent_encode,
};

/// The most foreign cookies that are listed. Browsers store about 180 cookies per domain.
const MAX_FOREIGN: usize = 200;

/// All cookies that the request carried or that this response sets: those of this site by purpose,
/// and the others apart.
#[component]
pub(crate) fn StoredCookies() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let inventory = inventory();
    let received = request.cookies.received.names();
    let foreign: Vec<_> = received.iter().copied().filter(|name| inventory.find_or_former(name).is_none()).collect();
    let own: Vec<_> = inventory
        .declarations()
        .iter()
        .chain(inventory.former())
        .filter(|declaration| {
            let name = declaration.name.as_bytes();
            received.contains(&name) || request.cookies.sets(&inventory, name)
        })
        .cloned()
        .collect();
    let lead = match request.cookies.to_set.len() {
        _ if !received.is_empty() => texts.carried(),
        0 => texts.none_carried(),
        _ => texts.none_but_new(),
    };
    let numbers = [
        ("declared", texts.declared(), (inventory.declarations().len() + inventory.services().all().len()).to_string()),
        ("own", texts.in_browser(), own.len().to_string()),
        ("foreign", texts.foreign(), foreign.len().to_string()),
    ];
    let deleted = (request.outcome.flash == Some(Flash::Deleted)).then(|| message(&strings, &request));
    view! {
        <section id="stored" aria-labelledby="stored-title">
            <h2 id="stored-title">{texts.cookies()}</h2>
            {deleted} <p>{lead}</p>
            {tally(numbers)}
            {unsaved(&strings)}
            {(!own.is_empty()).then(|| own_cookies(&strings, &own))}
            {(!foreign.is_empty()).then(|| foreign_cookies(&strings, inventory.services(), &foreign))}
            <p>
                <a class="button button--danger" id="delete-all" href=address(Page::DeleteCookies)>
                    {texts.delete_all()}
                </a>
            </p>
        </section>
    }
    .into_any()
}

fn own_cookies(strings: &Messages, own: &[Declaration]) -> AnyView {
    let request = request();
    let (texts, inventory) = (&strings.preferences, inventory());
    let note = |declaration: &Declaration| {
        let name = declaration.name.as_bytes();
        let is_new = request.cookies.sets(&inventory, name).then(|| texts.cookie_of_page());
        is_new.or_else(|| side_effect(strings, name))
    };
    let last = LastColumn {
        heading: strings.cookies.delete(),
        class: "deletion",
        cell: |declaration: &Declaration| deletion(strings, declaration.name.as_bytes(), Some(declaration)),
    };
    cookie_table(strings, texts.cookies(), own, note, &last)
}

/// The cookies that are not this site's, with what a service declares or is known of them.
fn foreign_cookies(strings: &Messages, services: &ServiceEntries, foreign: &[&[u8]]) -> AnyView {
    let (texts, heads) = (&strings.preferences, &strings.cookies);
    let content = site().content();
    let rows = foreign.iter().take(MAX_FOREIGN).map(|name| {
        let declared = services.cookie(name);
        let known = || match well_known::find(name) {
            Some((vendor, KnownUse::Analytics)) => texts.usually_analytics(vendor),
            Some((vendor, KnownUse::Advertising)) => texts.usually_advertising(vendor),
            Some((vendor, KnownUse::Session)) => texts.usually_session(vendor),
            None => texts.unknown(),
        };
        let about = declared.map_or_else(|| known().into_any(), |entry| service_entries::recognised(strings, &content, entry));
        view! {
            <tr data-cookie=readable(name).into_owned() class="foreign" data-service=declared.map(|entry| entry.service.clone())>
                <th scope="row">
                    <code>{format::cookie(strings, name)}</code>
                </th>
                <td>{about}</td>
                <td class="deletion">{deletion(strings, name, None)}</td>
            </tr>
        }
    });
    let more = foreign.len().saturating_sub(MAX_FOREIGN);
    view! {
        <h3 id="foreign-title">{texts.foreign_title()}</h3>
        <p>{texts.foreign_lead()}</p>
        <table class="declarations declarations--foreign" aria-labelledby="foreign-title">
            <colgroup>
                <col />
                <col />
                <col />
            </colgroup>
            <thead>
                <tr>
                    <th scope="col">{heads.cookie()}</th>
                    <th scope="col">{heads.used_for()}</th>
                    <th scope="col" class="deletion">{heads.delete()}</th>
                </tr>
            </thead>
            <tbody>{rows.collect::<Vec<_>>()}</tbody>
        </table>
        {(more > 0).then(|| view! { <p id="more-stored">{texts.more_stored(more as u64)}</p> })}
    }
    .into_any()
}

/// Returns a side effect of deleting a first-party cookie.
fn side_effect(strings: &Messages, name: &[u8]) -> Option<String> {
    let texts = &strings.preferences;
    let own = FirstPartyCookie::from_name(name)?;
    if own == FirstPartyCookie::Consent {
        return Some(if request().identity.signed_in { texts.forgets_here() } else { texts.forgets_choice() });
    }
    (request().identity.signed_in && FirstPartyCookie::AUTH_COOKIES.contains(&own)).then(|| texts.signs_out())
}

/// The form that deletes a cookie. A cookie that every page sets has none. Deleting a cookie of a
/// granted purpose also withdraws the purpose, because the site would set the cookie again.
fn deletion(strings: &Messages, name: &[u8], declaration: Option<&Declaration>) -> AnyView {
    let texts = &strings.preferences;
    let label = format::cookie(strings, name);
    if FirstPartyCookie::from_name(name) == Some(FirstPartyCookie::Visit) {
        return view! { <small>{texts.set_again()}</small> }.into_any();
    }
    let granted = declaration.and_then(|declaration| match declaration.purpose {
        Purpose::Optional(purpose) => (own_answer(&request(), purpose) == Some(Answer::Yes)).then_some(purpose),
        Purpose::Essential(_) => None,
    });
    if let Some(purpose) = granted {
        let label = texts.turn_off(label, rich_text::plain, rich_text::unseen);
        return turn_off(purpose, label.into_any());
    }
    // Sends the name back unchanged, or percent-encoded if it is not valid UTF-8.
    let (name, is_encoded) = match std::str::from_utf8(name) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (percent_encode(name), true),
    };
    view! {
        <form method="post" action=action("/api/cookies/delete")>
            <input type="hidden" name="name" value=name />
            {is_encoded.then(|| view! { <input type="hidden" name="encoded" value="true" /> })}
            <KeyField />
            <button class="button button--secondary">{texts.delete_cookie(label, rich_text::plain, rich_text::unseen)}</button>
        </form>
    }
    .into_any()
}

/// The form that withdraws a purpose, and so deletes its cookies.
fn turn_off(purpose: Optional, label: AnyView) -> AnyView {
    view! {
        <form class="turn-off" method="post" action=action("/api/consent/withdraw")>
            <input type="hidden" name="purpose" value=purpose.to_string() />
            <PromptField about=Purposes::from([purpose]) />
            <KeyField />
            <button class="button button--secondary">{label}</button>
        </form>
    }
    .into_any()
}
