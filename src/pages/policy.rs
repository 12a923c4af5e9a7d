//! `/policy` and `/policy/1.0`: the edition in force, and each edition at its permanent address.

use leptos::prelude::*;

use super::{document::Document, policy_text, site, visitor, words};
use crate::model::{
    editions,
    page::Page,
    policy::{Edition, plain_text},
    version::Version,
};

/// The edition that was asked for.
#[component]
pub(super) fn Policy() -> impl IntoView {
    let site = site();
    let in_force = site.edition_in_force();
    let version = match visitor().page {
        Some(Page::Edition(version)) => version,
        _ => in_force.version,
    };
    // An unknown edition was refused before this page was asked to show it.
    let Some(edition) = in_force.content.edition(version).or_else(|| in_force.edition()).cloned() else {
        return ().into_any();
    };
    let is_in_force = edition.version == in_force.version;
    let title = if matches!(visitor().page, Some(Page::Edition(_))) {
        format!("{}, version {}", edition.title, edition.version)
    } else {
        edition.title.clone()
    };
    let others: Vec<_> =
        in_force.content.editions.iter().rev().filter(|other| other.version != edition.version).cloned().collect();
    let before = in_force.content.editions.iter().rfind(|other| other.version < edition.version);
    let before = before.map(|before| before.version);
    let announced = is_in_force.then(|| {
        editions::announced(&in_force.content.editions, edition.version)
            .map(|next| announcement(next, edition.version))
            .collect_view()
    });
    let description = "Which cookies this site sets, why, for how long, and how you control them.";
    let notice = (!is_in_force).then(|| not_in_force(edition.effective > site.now().day()));
    view! {
        <Document title description>
            <article class="policy">
                {notice}
                <h1>{edition.title.clone()}</h1>
                <p class="policy-meta">
                    {format!("Version {} · ", edition.version)}
                    {if is_in_force { "in force since " } else { "dated " }}
                    <time datetime=edition.effective.to_string()>{words::day(edition.effective)}</time>
                </p>
                {announced}
                <div class="policy-body">
                    <div class="introduction">{policy_text::blocks(&edition.introduction, edition.version)}</div>
                    {contents(&edition)}
                    {sections(&edition)}
                    {changes(&edition, before)}
                    {editions(&others)}
                </div>
            </article>
        </Document>
    }
    .into_any()
}

fn not_in_force(is_coming: bool) -> impl IntoView {
    let sentence = if is_coming { "This edition is not in force yet." } else { "This edition is no longer in force." };
    view! {
        <div class="not-in-force warning">
            <p>
                <strong>{sentence}</strong>
                " "
                <a href="/policy">"Read the edition in force"</a>
            </p>
        </div>
    }
}

/// The next edition, before its day, with the way to it and to what it changes.
fn announcement(next: &Edition, in_force: Version) -> impl IntoView + use<> {
    let visitor = visitor();
    view! {
        <div class="announced">
            <p>
                <strong>{format!("Version {} comes into force on ", next.version)}</strong>
                <time datetime=next.effective.to_string()>{words::day(next.effective)}</time> "."
            </p>
            <p>
                <a href=visitor.address(Page::Edition(next.version))>"Read it now"</a> ", or "
                <a href=visitor.address(Page::Comparison(in_force, next.version))>"see what changes"</a> "."
            </p>
        </div>
    }
}

fn contents(edition: &Edition) -> impl IntoView + use<> {
    let links = edition
        .sections
        .iter()
        .map(|section| {
            view! {
                <li>
                    <a href=format!("#{}", section.id)>{plain_text(&section.heading)}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="toc" aria-labelledby="toc-title">
            <h2 id="toc-title">"On this page"</h2>
            <ol>{links}</ol>
        </nav>
    }
}

fn sections(edition: &Edition) -> impl IntoView + use<> {
    edition
        .sections
        .iter()
        .zip(1..)
        .map(|(section, number)| {
            let heading_id = format!("{}-title", section.id);
            let labelled_by = heading_id.clone();
            let address = format!("#{}", section.id);
            let label = format!("Link to section {number}");
            view! {
                <section id=section.id.clone() aria-labelledby=labelled_by>
                    <div class="heading">
                        <h2 id=heading_id>
                            <span class="number">{format!("{number}.")}</span>
                            " "
                            {policy_text::inlines(&section.heading)}
                        </h2>
                        <a class="anchor" href=address aria-label=label>
                            "#"
                        </a>
                    </div>
                    {policy_text::blocks(&section.blocks, edition.version)}
                </section>
            }
        })
        .collect_view()
}

fn changes(edition: &Edition, before: Option<Version>) -> impl IntoView + use<> {
    let compared = before.map(|before| {
        let address = visitor().address(Page::Comparison(before, edition.version));
        view! {
            <p>
                <a href=address>{format!("Compare it with version {before}, word by word")}</a>
            </p>
        }
    });
    let sentences = edition.summary.iter().map(|sentence| view! { <li>{sentence.clone()}</li> }).collect_view();
    (!edition.summary.is_empty()).then(|| {
        view! {
            <section class="changes" id="changes" aria-labelledby="changes-title">
                <h2 id="changes-title">"What is new in this edition"</h2>
                <ul>{sentences}</ul>
                {compared}
            </section>
        }
    })
}

fn editions(others: &[Edition]) -> impl IntoView + use<> {
    let links = others
        .iter()
        .map(|edition| {
            view! {
                <li>
                    <a href=Page::Edition(edition.version).to_string()>{format!("Version {}", edition.version)}</a>
                    {format!(", {}", words::day(edition.effective))}
                </li>
            }
        })
        .collect_view();
    let list = (!others.is_empty()).then(|| view! { <ul>{links}</ul> });
    view! {
        <section class="editions" id="editions" aria-labelledby="editions-title">
            <h2 id="editions-title">"Other editions"</h2>
            {list}
            <p>
                <a href=visitor().address(Page::Editions)>"All editions, with what each changed"</a>
            </p>
        </section>
    }
}
