//! The part of `/preferences` that lists the cookies of this browser, with a button to delete each.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::Answer,
        cookies::{
            declaration::{Declaration, EssentialCookie, FirstPartyCookie},
            purpose::{Optional, PerPurpose, Purpose},
            request_header::readable,
        },
        web::form_route::DELETE_ALL,
    },
    pages::{
        action,
        components::{
            cookie_table::{cells, columns},
            form_fields::{KeyField, PromptField},
            format, rich_text,
        },
        inventory,
        preferences::unsaved,
        request,
        signal::own_answer,
        strings,
    },
    system::percent_encode::percent_encode,
};

/// The most foreign cookies that are listed. Browsers store about 180 cookies per domain.
const MAX_FOREIGN: usize = 200;

/// All cookies that the request carried or that this response sets, first-party cookies first.
#[component]
pub(crate) fn StoredCookies() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let inventory = inventory();
    let (own, foreign): (Vec<_>, Vec<_>) =
        request.cookies.received.names().into_iter().partition(|name| inventory.find(name).is_some());
    let more = foreign.len().saturating_sub(MAX_FOREIGN);
    let carried = own.into_iter().chain(foreign.into_iter().take(MAX_FOREIGN));
    let carried = carried.map(|name| row(&strings, name, inventory.find(name), false));
    let new = request
        .cookies
        .to_set
        .iter()
        .map(|own| row(&strings, own.into_str().as_bytes(), Some(inventory.first_party(*own)), true));
    let rows: Vec<_> = carried.chain(new).collect();
    let lead = match request.cookies.to_set.len() {
        _ if !request.cookies.received.is_empty() => texts.carried(),
        0 => texts.none_carried(),
        _ => texts.none_but_new(),
    };
    let signed_in = request.identity.signed_in;
    view! {
        <section id="stored" aria-labelledby="stored-title">
            <h2 id="stored-title">{texts.cookies()}</h2>
            <p>{lead}</p>
            {unsaved(&strings)}
            {(!rows.is_empty()).then(|| view! { <CookieRows rows /> })}
            {(more > 0).then(|| view! { <p id="more-stored">{texts.more_stored(more as u64)}</p> })}
            <Withdrawals />
            <form id="delete-all" class="delete-all" method="post" action=action(DELETE_ALL)>
                <h3>{texts.afresh()}</h3>
                <p>
                    {texts.afresh_lead()} {signed_in.then(|| format!(" {}", texts.afresh_signs_out()))}
                </p>
                <KeyField />
                <button class="button">{texts.delete_all()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// A withdrawal button for each granted purpose.
#[component]
fn Withdrawals() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let granted: Vec<_> = Optional::ALL
        .into_iter()
        .filter(|purpose| own_answer(&request, *purpose) == Some(Answer::Yes))
        .map(|purpose| {
            let label = texts.withdraw(format::purpose(&strings, Purpose::Optional(purpose)));
            view! { <WithdrawForm purpose class="withdraw" label=label.into_any() /> }
        })
        .collect();
    (!granted.is_empty())
        .then(|| {
            view! {
                <div class="withdrawals">
                    <h3>{texts.withdrawals()}</h3>
                    <p>{texts.withdrawals_lead()}</p>
                    <div class="buttons">{granted}</div>
                </div>
            }
        })
        .into_any()
}

#[component]
fn CookieRows(rows: Vec<AnyView>) -> impl IntoView {
    let strings = strings();
    view! {
        <table class="declarations">
            <caption class="visually-hidden">{strings.preferences.cookies()}</caption>
            <thead>
                <tr>
                    {columns(&strings)}
                    <th scope="col">{strings.cookies.delete()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(strings: &Messages, name: &[u8], declaration: Option<&Declaration>, is_new: bool) -> AnyView {
    let (texts, said) = (&strings.preferences, &strings.cookies);
    let label = format::cookie(strings, name);
    let about = match declaration {
        Some(declaration) => cells(strings, declaration),
        None => view! {
            <td data-label=said.purpose()>{texts.unknown()}</td>
            <td data-label=said.lifetime()>{texts.no_lifetime()}</td>
            <td data-label=said.used_for()>{texts.not_ours()}</td>
        }
        .into_any(),
    };
    view! {
        <tr data-cookie=readable(name).into_owned() class:foreign=declaration.is_none()>
            <th scope="row" data-label=said.cookie()>
                <code>{label.clone()}</code>
                {is_new.then(|| view! { " " <small>{texts.cookie_of_page()}</small> })}
                {hint(strings, name).map(|hint| view! { " " <small>{hint}</small> })}
            </th>
            {about}
            <td class="deletion" data-label=said.delete()>{deletion(strings, name, &label, declaration)}</td>
        </tr>
    }
    .into_any()
}

/// Returns a side effect of deleting a first-party cookie.
fn hint(strings: &Messages, name: &[u8]) -> Option<String> {
    let texts = &strings.preferences;
    let is = |own: FirstPartyCookie| own.into_str().as_bytes() == name;
    if is(EssentialCookie::Consent.into()) {
        return Some(if request().identity.signed_in { texts.forgets_here() } else { texts.forgets_choice() });
    }
    (request().identity.signed_in && FirstPartyCookie::AUTH_COOKIES.into_iter().any(is)).then(|| texts.signs_out())
}

/// The form that deletes a cookie. A cookie that every page sets has none. Deleting a cookie of a
/// granted purpose also withdraws the purpose, because the site would set the cookie again.
fn deletion(strings: &Messages, name: &[u8], label: &str, declaration: Option<&Declaration>) -> AnyView {
    let texts = &strings.preferences;
    if name == FirstPartyCookie::from(EssentialCookie::Visit).into_str().as_bytes() {
        return view! { <small>{texts.set_again()}</small> }.into_any();
    }
    let granted = declaration.and_then(|declaration| match declaration.purpose {
        Purpose::Optional(purpose) => (own_answer(&request(), purpose) == Some(Answer::Yes)).then_some(purpose),
        Purpose::Essential(_) => None,
    });
    if let Some(purpose) = granted {
        let label = texts.turn_off(label, rich_text::plain, rich_text::unseen);
        return view! { <WithdrawForm purpose class="turn-off" label=label.into_any() /> }.into_any();
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

#[component]
fn WithdrawForm(purpose: Optional, class: &'static str, label: AnyView) -> impl IntoView {
    view! {
        <form class=class method="post" action=action("/api/consent/withdraw")>
            <input type="hidden" name="purpose" value=purpose.into_str() />
            <PromptField about=PerPurpose::all(false).with(purpose, true) />
            <KeyField />
            <button class="button button--secondary">{label}</button>
        </form>
    }
    .into_any()
}
