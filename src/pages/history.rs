//! `/preferences/history`: all decisions of this browser and of the user's account, with receipts.

use std::{collections::HashSet, sync::Arc};

use leptos::prelude::*;
use uuid::Uuid;

use super::{action, address, address_with_return, record::RecordFacts, request, site, strings};
use crate::{
    app::request_context::RequestContext,
    content::i18n::Messages,
    domain::{
        consent::decision::EffectiveConsent,
        ledger::record::{Record, RecordStatus},
        web::{page::Page, path},
    },
    ledger,
    pages::{
        components::{format, rich_text},
        layout::document::Document,
    },
};

#[component]
pub(super) fn History() -> impl IntoView {
    let site = site();
    let strings = strings();
    let texts = Arc::clone(&strings.history);
    let unavailable = texts.unavailable();
    let asker = request().record_owner();
    let histories = move || {
        let (site, asker, unavailable) = (Arc::clone(&site), asker.clone(), unavailable.clone());
        Suspend::new(async move {
            match site.ledger.histories(&site.store, asker).await {
                Ok((browser, account)) => view! { <HistoryLists browser account /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "a history of choices could not be read");
                    view! { <p>{unavailable}</p> }.into_any()
                }
            }
        })
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="history">
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead(rich_text::plain, rich_text::link(address(Page::Verify)))}</p>
                <Suspense>{histories}</Suspense>
                <p>{texts.export(rich_text::plain, rich_text::link(action(path::BROWSER_EXPORT)))}</p>
                <p>
                    <a href=address(Page::Preferences)>{texts.back()}</a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}

/// The decisions of this browser, and those of the account.
#[component]
fn HistoryLists(browser: ledger::RecordHistory, account: Option<ledger::RecordHistory>) -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.history;
    let all = browser.records.iter().chain(account.iter().flat_map(|account| &account.records));
    let replaced: HashSet<Uuid> = all.filter_map(|record| record.event.replaces).collect();
    let own = request.consent.decided.as_ref().filter(|_| request.consent.is_own);
    let empty = match own {
        _ if request.consent.record_ref.is_some() => texts.browser_expired(),
        // No cookie leads to the record of a rejection.
        Some(decided) => texts.browser_rejected(format::day(strings.locale(), decided.decision().decided_at.day())),
        None => texts.browser_empty(),
    };
    let account = match account {
        Some(account) => view! {
            <section id="account-history" aria-labelledby="account-history-title">
                <h2 id="account-history-title">{texts.account()}</h2>
                <p>{texts.account_lead()}</p>
                {list(&strings, &account, &replaced, &request, true, texts.account_empty())}
            </section>
        }
        .into_any(),
        // A disabled account records nothing, and signing in would not help.
        None if request.identity.signed_in => ().into_any(),
        None => view! {
            <p>
                {texts.sign_in(rich_text::plain, rich_text::link(address_with_return(Page::SignIn, Some(Page::History))))}
            </p>
        }
        .into_any(),
    };
    view! {
        <section id="browser-history" aria-labelledby="browser-history-title">
            <h2 id="browser-history-title">{texts.browser()}</h2>
            {list(&strings, &browser, &replaced, &request, false, empty)}
        </section>
        {account}
    }
    .into_any()
}

/// The records of one list, or why there are none.
fn list(
    strings: &Messages,
    history: &ledger::RecordHistory,
    replaced: &HashSet<Uuid>,
    request: &RequestContext,
    is_of_many: bool,
    empty: String,
) -> impl IntoView + use<> {
    if history.records.is_empty() {
        return view! { <p class="empty-state">{empty}</p> }.into_any();
    }
    let entries = history.records.iter().map(|record| {
        let place = record.status(
            request.consent.decided.as_ref().map(EffectiveConsent::decision),
            replaced.contains(&record.header.id),
            site().now(),
        );
        let is_here =
            is_of_many && request.consent.record_ref.is_some_and(|filed| filed.subject == record.header.subject);
        entry(strings, record, &place, request, is_here)
    });
    let more = history.has_more.then(|| {
        view! {
            <p class="hint more">
                {strings.history.latest(ledger::MAX_HISTORY_RECORDS as u64)}
            </p>
        }
    });
    view! {
        <ol class="entries">{entries.collect_view()}</ol>
        {more}
    }
    .into_any()
}

/// One record. `is_here` marks it as this browser's in the list of the account.
fn entry(
    strings: &Messages,
    record: &Record,
    place: &RecordStatus,
    request: &RequestContext,
    is_here: bool,
) -> AnyView {
    let texts = &strings.history;
    let moment = format::moment(strings.locale(), record.event.decided_at);
    let in_force = matches!(place, RecordStatus::Current | RecordStatus::PartlyCurrent(_));
    view! {
        <li data-record=record.header.id.to_string()>
            <h3>
                <bdi>{rich_text::time(record.event.decided_at)(moment.clone())}</bdi> " " <span class="badge" class:badge--muted=!in_force>{badge(strings, place, request)}</span>
                {is_here.then(|| view! { " " <span class="badge badge--muted">{texts.this_browser()}</span> })}
            </h3>
            <RecordFacts record=record.clone() />
            <p>
                <a href=format!("/receipts/{}", record.header.id)>
                    {texts.receipt(moment, rich_text::plain, rich_text::unseen)}
                </a>
            </p>
        </li>
    }
    .into_any()
}

/// Returns the badge for the status of a record.
fn badge(strings: &Messages, place: &RecordStatus, request: &RequestContext) -> String {
    let texts = &strings.history;
    let counts = |place| {
        if request.consent.overridden.is_empty() {
            return place;
        }
        texts.signal_counts(place, format::purposes(strings, request.consent.overridden.iter().copied()))
    };
    match place {
        RecordStatus::Current => counts(texts.in_force()),
        RecordStatus::PartlyCurrent(purposes) => {
            counts(texts.in_force_for(format::purposes(strings, purposes.iter().copied())))
        }
        RecordStatus::Replaced => texts.replaced(),
        RecordStatus::Expired => texts.over(),
        RecordStatus::NotCurrent => texts.aside(),
    }
}
