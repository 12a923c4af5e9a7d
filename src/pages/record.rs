//! The content of a record, for the history and for the verification page.

use leptos::prelude::*;

use super::{address, site, strings};
use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::CollectedVia,
        cookies::purpose::Purpose,
        ledger::record::{ConsentEvent, DecisionKind, Record, RecordedAnswer},
        web::page::Page,
    },
    pages::components::format,
};

/// The decision, how it was made, the edition, and until when it is valid.
#[component]
pub(super) fn RecordFacts(record: Record) -> impl IntoView {
    let Record { processing, event, .. } = record;
    let strings = strings();
    let texts = &strings.record;
    let version = processing.policy_version;
    let edition = texts.version(version);
    let edition = match site().content().edition(version) {
        Some(_) => view! { <a href=address(Page::Edition(version))>{edition}</a> }.into_any(),
        None => edition.into_any(),
    };
    let choices = processing.purposes.iter().map(|choice| {
        view! {
            <div data-purpose=choice.purpose.to_string()>
                <dt>{format::purpose_title(&strings, Purpose::Optional(choice.purpose))}</dt>
                <dd>{answer(&strings, choice, &event)}</dd>
            </div>
        }
    });
    view! {
        <dl class="record">
            <div>
                <dt>{texts.kind()}</dt>
                <dd>{kind(&strings, event.kind, &processing.purposes)}</dd>
            </div>
            {choices.collect_view()}
            <div>
                <dt>{texts.way()}</dt>
                <dd>{collected_via(&strings, &event)}</dd>
            </div>
            <div>
                <dt>{texts.policy()}</dt>
                <dd>{edition}</dd>
            </div>
            <div>
                <dt>{texts.until()}</dt>
                <dd>
                    <bdi>{format::day(strings.locale(), event.expires_at.day())}</bdi>
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

/// Returns the kind of decision as text, which says whether it is the same for every purpose.
fn kind(strings: &Messages, kind: DecisionKind, purposes: &[RecordedAnswer]) -> String {
    let texts = &strings.record;
    match kind {
        DecisionKind::Decision if purposes.iter().all(|choice| choice.granted) => texts.decision_all(),
        DecisionKind::Decision => texts.decision(),
        DecisionKind::Refusal => texts.refusal(),
        DecisionKind::Withdrawal if purposes.iter().any(|choice| choice.granted) => texts.withdrawal(),
        DecisionKind::Withdrawal => texts.withdrawal_all(),
    }
}

/// Returns an answer as text, with its time and signal where they differ from the rest of the
/// decision.
fn answer(strings: &Messages, choice: &RecordedAnswer, event: &ConsentEvent) -> String {
    let texts = &strings.record;
    let Some(at) = choice.answered_at else { return texts.not_answered() };
    if at == event.decided_at {
        return if choice.granted { texts.granted() } else { texts.refused() };
    }
    let day = format::day(strings.locale(), at.day());
    match (choice.granted, choice.signal_at_answer.map(format::signal)) {
        (true, None) => texts.granted_before(day),
        (false, None) => texts.refused_before(day),
        (true, Some(signal)) => texts.granted_before_with(day, signal),
        (false, Some(signal)) => texts.refused_before_with(day, signal),
    }
}

/// Where the decision was made.
fn collected_via(strings: &Messages, event: &ConsentEvent) -> String {
    let texts = &strings.record;
    match (event.collected_via, &event.origin, event.signal.map(format::signal)) {
        (CollectedVia::Banner, _, None) => texts.banner(),
        (CollectedVia::Preferences, _, None) => texts.preferences(),
        (CollectedVia::Footer, _, None) => texts.footer(),
        (CollectedVia::Api, Some(origin), None) => texts.service(origin),
        (CollectedVia::Api, None, None) => texts.some_service(),
        (CollectedVia::Banner, _, Some(signal)) => texts.banner_with(signal),
        (CollectedVia::Preferences, _, Some(signal)) => texts.preferences_with(signal),
        (CollectedVia::Footer, _, Some(signal)) => texts.footer_with(signal),
        (CollectedVia::Api, Some(origin), Some(signal)) => texts.service_with(origin, signal),
        (CollectedVia::Api, None, Some(signal)) => texts.some_service_with(signal),
    }
}
