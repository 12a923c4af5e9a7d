//! `/preferences/history`: every choice of this browser, and of the member's account, each with its receipt.

use std::{collections::HashSet, sync::Arc};

use leptos::prelude::*;
use uuid::Uuid;

use super::{document::Document, record::RecordFacts, site, visitor, words};
use crate::{
    model::{
        decision::InForce,
        page::Page,
        record::{Place, Record},
    },
    server::{
        http::visitor::Visitor,
        ledger::{self, Ledger},
    },
};

/// The page.
#[component]
pub(super) fn History() -> impl IntoView {
    let site = site();
    let asker = visitor().asker();
    let histories = move || {
        let (site, asker) = (Arc::clone(&site), asker.clone());
        Suspend::new(async move {
            match Ledger::histories(&site, asker).await {
                Ok((browser, account)) => view! { <Found browser account /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "a history of choices could not be read");
                    view! { <p>"Your choices cannot be read just now. Please try again later."</p> }.into_any()
                }
            }
        })
    };
    view! {
        <Document
            title="History of your choices"
            description="Every choice about cookies that you made here, with a receipt of each to take away."
        >
            <div class="history">
                <h1>"History of your choices"</h1>
                <p class="lead">
                    "Each choice is recorded when it is made, and its record is never altered. A receipt is your copy of one, which "
                    <a href=Page::Verify.to_string()>"anybody can verify"</a> "."
                </p>
                <Suspense>{histories}</Suspense>
                <p>
                    <a href=Page::Preferences.to_string()>"Back to the cookie preferences"</a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}

/// The list of this browser, and the one of the account.
#[component]
fn Found(browser: ledger::History, account: Option<ledger::History>) -> impl IntoView {
    let visitor = visitor();
    let all = browser.records.iter().chain(account.iter().flat_map(|account| &account.records));
    let replaced: HashSet<Uuid> = all.filter_map(|record| record.event.replaces).collect();
    let empty = if visitor.filed.is_some() {
        "The records of this browser’s choices are no longer kept."
    } else {
        "No choice of this browser is known: none was made yet, or the cookie that remembered it was deleted."
    };
    let account = match account {
        Some(account) => {
            let empty = "No choice was made yet while signed in to your account.";
            view! {
                <section id="account-history" aria-labelledby="account-history-title">
                    <h2 id="account-history-title">"Your account"</h2>
                    <p>"Choices that were made while signed in, in any browser."</p>
                    {list(&account, &replaced, &visitor, true, empty)}
                </section>
            }
            .into_any()
        }
        None => view! {
            <p>
                <a href=format!("{}?return_to={}", Page::SignIn, Page::History)>"Sign in"</a>
                " to see also the choices that you made in other browsers while signed in."
            </p>
        }
        .into_any(),
    };
    view! {
        <section id="browser-history" aria-labelledby="browser-history-title">
            <h2 id="browser-history-title">"This browser"</h2>
            {list(&browser, &replaced, &visitor, false, empty)}
        </section>
        {account}
    }
    .into_any()
}

/// The records of one list, or why there are none.
fn list(
    history: &ledger::History,
    replaced: &HashSet<Uuid>,
    visitor: &Visitor,
    is_of_many: bool,
    empty: &'static str,
) -> impl IntoView + use<> {
    if history.records.is_empty() {
        return view! { <p class="none">{empty}</p> }.into_any();
    }
    let entries = history.records.iter().map(|record| {
        let place = record.place(
            visitor.made.as_ref().map(InForce::decision),
            replaced.contains(&record.header.id),
            site().now(),
        );
        let is_here = is_of_many && visitor.filed.is_some_and(|filed| filed.subject == record.header.subject);
        entry(record, &place, visitor, is_here)
    });
    let more = history.has_more.then(|| {
        view! {
            <p class="hint more">
                {format!("These are the latest {}. Older ones are kept, but not shown here.", ledger::MOST)}
            </p>
        }
    });
    view! {
        <ol class="entries" role="list">{entries.collect_view()}</ol>
        {more}
    }
    .into_any()
}

/// One record; `is_here` says that it is this browser's among those of many.
fn entry(record: &Record, place: &Place, visitor: &Visitor, is_here: bool) -> AnyView {
    let moment = words::moment(record.event.at);
    let in_force = matches!(place, Place::InForce | Place::InPart(_));
    view! {
        <li data-record=record.header.id.to_string()>
            <h3>
                <bdi>{moment.clone()}</bdi> " " <span class="mark" class:quiet=!in_force>{said(place, visitor)}</span>
                {is_here.then(|| view! { " " <span class="mark quiet">"this browser"</span> })}
            </h3>
            <RecordFacts record=record.clone() />
            <p>
                <a href=format!("/receipts/{}", record.header.id)>
                    "Download the receipt (JSON)" <span class="visually-hidden">{format!(" of {moment}")}</span>
                </a>
            </p>
        </li>
    }
    .into_any()
}

/// How a record stands to what is in force, as a mark says it.
fn said(place: &Place, visitor: &Visitor) -> String {
    let aside: Vec<_> = visitor.set_aside.iter().map(|purpose| purpose.name()).collect();
    let but = match (place, aside.is_empty()) {
        (_, true) => String::new(),
        (_, false) => format!(", but your browser’s signal counts more for {}", words::row(&aside)),
    };
    match place {
        Place::InForce => format!("in force{but}"),
        Place::InPart(purposes) => {
            let names: Vec<_> = purposes.iter().map(|purpose| purpose.name()).collect();
            format!("in force for {}{but}", words::row(&names))
        }
        Place::Replaced => "replaced".into(),
        Place::Over => "over".into(),
        Place::Aside => "not in force".into(),
    }
}
