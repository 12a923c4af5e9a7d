//! `/policy/history`: all editions of the policy, with their changes and hashes.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, site, strings};
use crate::{
    content::{Content, i18n::Messages},
    domain::{
        policy::{
            document::Edition,
            editions::{EditionEntry, EditionStatus, listed},
        },
        web::{page::Page, path::FEED},
    },
    pages::{
        components::{edition_changes, format, rich_text},
        layout::document::Document,
    },
};

#[component]
pub(super) fn Editions() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.editions);
    let in_force = site().current_version();
    let content = &in_force.content;
    let all = listed(&content.editions, in_force.effective);
    let entries = all.iter().map(|listed| entry(&strings, content, listed)).collect_view();
    view! {
        <Document title=texts.history() description=texts.history_description()>
            <div class="editions-page">
                <h1>{texts.history()}</h1>
                <p class="lead">{texts.history_lead()}</p>
                <ol class="edition-list" reversed=true>
                    {entries}
                </ol>
                <p>
                    <a href=address(Page::Compare)>{texts.compare_any()}</a>
                </p>
                {site()
                    .mail
                    .is_configured()
                    .then(|| {
                        view! { <p>{texts.subscribe(rich_text::plain, rich_text::link(address(Page::Subscribe)))}</p> }
                    })}
                <p>{texts.hashes(rich_text::plain, rich_text::link(FEED.to_owned()))}</p>
            </div>
        </Document>
    }
    .into_any()
}

fn entry(strings: &Messages, content: &Content, listed: &EditionEntry<'_>) -> AnyView {
    let texts = &strings.editions;
    let EditionEntry { edition, status, before } = *listed;
    let Edition { version, effective, published, sha256, .. } = edition;
    let (mark, quiet) = match status {
        EditionStatus::Announced => (texts.is_announced(), true),
        EditionStatus::Current => (texts.is_in_force(), false),
        EditionStatus::Replaced(_) => (texts.is_replaced(), true),
    };
    let until = match status {
        EditionStatus::Replaced(day) => Some(day),
        _ => None,
    };
    let id = format!("edition-{version}");
    let labelled_by = id.clone();
    let compared = before.map(|before| {
        let to = address(Page::Comparison(before.version, *version));
        view! {
            <li>
                <a href=to>{texts.changed(before.version, version)}</a>
            </li>
        }
    });
    view! {
        <li>
            <article aria-labelledby=labelled_by>
                <h2 id=id>
                    {texts.version(version)} " "
                    <span class="badge" class:badge--muted=quiet>
                        {mark}
                    </span>
                </h2>
                <dl class="record">
                    {fact(strings, texts.in_force_from(), *effective)}
                    {until.map(|day| fact(strings, texts.replaced_on(), day))}
                    {published.map(|day| fact(strings, texts.published_on(), day))}
                </dl>
                {summary(strings, content, edition)}
                <p class="hash">{texts.hash(sha256, rich_text::plain, rich_text::code)}</p>
                <ul class="links">
                    <li>
                        <a href=address(Page::Edition(*version))>{texts.read_version(version)}</a>
                    </li>
                    {compared}
                </ul>
            </article>
        </li>
    }
    .into_any()
}

/// The changes of an edition, in the reader's language if they are translated.
fn summary(strings: &Messages, content: &Content, edition: &Edition) -> AnyView {
    let reading = content.localized_edition(edition.version, strings.locale());
    let original = reading.map(|reading| reading.locale).filter(|locale| *locale != strings.locale());
    let (lang, dir) = original.map(|locale| (locale.to_string(), locale.direction())).unzip();
    edition_changes::summary(strings, reading.map_or(edition, |reading| reading.edition), lang, dir)
}

fn fact(strings: &Messages, name: String, day: time::Date) -> impl IntoView + use<> {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <time datetime=day.to_string()>{format::day(strings.locale(), day)}</time>
            </dd>
        </div>
    }
}
