//! `/policy/history`: every edition of the policy, with what it changed and the hash of its text.

use leptos::prelude::*;

use super::{document::Document, site, strings, visitor, words};
use crate::{
    model::{
        editions::{Listed, Status, listed},
        page::Page,
        policy::Edition,
    },
    server::http::documents::FEED,
};

/// The page.
#[component]
pub(super) fn Editions() -> impl IntoView {
    let in_force = site().edition_in_force();
    let entries = listed(&in_force.content.editions, in_force.version).iter().map(entry).collect_view();
    let compare = visitor().address(Page::Compare);
    view! {
        <Document
            title="History of the policy"
            description="Every edition of the cookie policy: from when it is in force, what it changed, and the hash of its text."
        >
            <div class="editions-page">
                <h1>"History of the policy"</h1>
                <p class="lead">
                    "Every edition of the cookie policy, the newest first. Each keeps its address and its text for good."
                </p>
                <ol class="edition-list" role="list" reversed=true>
                    {entries}
                </ol>
                <p>
                    <a href=compare>"Compare any two editions, word by word"</a>
                </p>
                <p>
                    "The hash is the SHA-256 of the text as its publisher wrote it: one that is the same later says that not a letter was changed. New editions are also announced in a "
                    <a href=FEED>"feed"</a> "."
                </p>
            </div>
        </Document>
    }
    .into_any()
}

/// One edition.
fn entry(listed: &Listed<'_>) -> AnyView {
    let visitor = visitor();
    let Listed { edition, status, before } = *listed;
    let Edition { version, effective, published, sha256, summary, .. } = edition;
    let (status, quiet) = match status {
        Status::Announced => ("Announced", true),
        Status::InForce => ("In force", false),
        Status::Replaced(_) => ("Replaced", true),
    };
    let until = match listed.status {
        Status::Replaced(day) => Some(day),
        _ => None,
    };
    let id = format!("edition-{version}");
    let labelled_by = id.clone();
    let compared = before.map(|before| {
        let address = visitor.address(Page::Comparison(before.version, *version));
        view! {
            <li>
                <a href=address>{format!("What changed from version {} to {version}", before.version)}</a>
            </li>
        }
    });
    view! {
        <li>
            <article aria-labelledby=labelled_by>
                <h2 id=id>
                    {format!("Version {version}")} " "
                    <span class="mark" class:quiet=quiet>
                        {status}
                    </span>
                </h2>
                <dl class="record">
                    {fact("In force from", *effective)} {until.map(|day| fact("Replaced on", day))}
                    {published.map(|day| fact("Published on", day))}
                </dl>
                <ul>
                    {summary.iter().map(|sentence| view! { <li>{sentence.clone()}</li> }).collect_view()}
                </ul>
                <p class="hash">
                    "SHA-256: " <code>{sha256.clone()}</code>
                </p>
                <ul class="links">
                    <li>
                        <a href=visitor.address(Page::Edition(*version))>{format!("Read version {version}")}</a>
                    </li>
                    {compared}
                </ul>
            </article>
        </li>
    }
    .into_any()
}

fn fact(name: &'static str, day: time::Date) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <time datetime=day.to_string()>{words::day(strings().locale(), day)}</time>
            </dd>
        </div>
    }
}
