//! A record in words: in the history of choices, and beside the verdict on a receipt.

use leptos::prelude::*;

use super::{site, words};
use crate::model::{
    decision::Way,
    page::Page,
    purpose::Optional,
    record::{Choice, Event, Kind, Record},
};

/// What was chosen, how, on which edition, and until when that holds.
#[component]
pub(super) fn RecordFacts(record: Record) -> impl IntoView {
    let Record { processing, event, .. } = record;
    let version = processing.policy_version;
    let edition = format!("Version {version}");
    let edition = match site().content().edition(version) {
        Some(_) => view! { <a href=Page::Edition(version).to_string()>{edition}</a> }.into_any(),
        None => edition.into_any(),
    };
    let choices = processing.purposes.iter().map(|choice| {
        view! {
            <div data-purpose=choice.purpose.name()>
                <dt>{purpose(choice.purpose)}</dt>
                <dd>{answer(choice, &event)}</dd>
            </div>
        }
    });
    view! {
        <dl class="record">
            <div>
                <dt>"What it was"</dt>
                <dd>{kind(event.kind)}</dd>
            </div>
            {choices.collect_view()}
            <div>
                <dt>"How it was made"</dt>
                <dd>{way(&event)}</dd>
            </div>
            <div>
                <dt>"Policy in force"</dt>
                <dd>{edition}</dd>
            </div>
            <div>
                <dt>"Made to hold until"</dt>
                <dd>
                    <bdi>{words::day(event.ends_at.day())}</bdi>
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

/// What kind of decision it was.
const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Decision => "A decision that allows something optional",
        Kind::Refusal => "A refusal of everything optional",
        Kind::Withdrawal => "A withdrawal of what was allowed before",
    }
}

/// A purpose as a heading has it.
const fn purpose(purpose: Optional) -> &'static str {
    match purpose {
        Optional::Preferences => "Preferences",
        Optional::Analytics => "Analytics",
    }
}

/// What was answered, and when and with which signal where that is not as in the rest of the decision.
fn answer(choice: &Choice, event: &Event) -> String {
    let granted = if choice.granted { "Granted" } else { "Refused" };
    match choice.answered_at {
        None => "Not answered, so refused".into(),
        Some(at) if at == event.at => granted.into(),
        Some(at) => {
            let signal = choice.signal.map(|signal| format!(" with {}", words::signal(signal))).unwrap_or_default();
            format!("{granted} on {}{signal}, left as it was", words::day(at.day()))
        }
    }
}

/// How it was made.
fn way(event: &Event) -> String {
    let way = match (event.way, &event.origin) {
        (Way::Banner, _) => "With the banner".to_owned(),
        (Way::Api, Some(origin)) => format!("In a page of {origin}"),
        (Way::Api, None) => "In a page of a service under the policy".to_owned(),
        (Way::Preferences, _) => "On the preferences page".to_owned(),
    };
    match event.signal {
        None => way,
        Some(signal) => format!("{way}, while the browser sent {}", words::signal(signal)),
    }
}
