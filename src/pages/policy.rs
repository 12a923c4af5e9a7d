//! `/policy` and `/policy/1.0`: the edition in force, and each edition at its permanent address.

use leptos::prelude::*;

use super::{address, document::Document, marks, policy_text, site, strings, visitor, words};
use crate::{
    model::{
        page::Page,
        policy::{Edition, plain_text},
    },
    server::content::strings::Strings,
};

/// The edition that was asked for.
#[component]
pub(super) fn Policy() -> impl IntoView {
    let site = site();
    let strings = strings();
    let texts = &strings.policy;
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
        texts.titled(&edition.title, edition.version)
    } else {
        edition.title.clone()
    };
    let others: Vec<_> =
        in_force.content.editions.iter().rev().filter(|other| other.version != edition.version).cloned().collect();
    let notice = (!is_in_force).then(|| not_in_force(&strings, edition.effective > site.now().day()));
    let datetime = edition.effective.to_string();
    let time = |day| view! { <time datetime=datetime.clone()>{day}</time> }.into_any();
    let day = words::day(strings.locale(), edition.effective);
    let meta = if is_in_force {
        texts.in_force(edition.version, day, marks::plain, time)
    } else {
        texts.dated(edition.version, day, marks::plain, time)
    };
    view! {
        <Document title description=texts.description()>
            <article class="policy">
                {notice}
                <h1>{edition.title.clone()}</h1>
                <p class="policy-meta">{meta}</p>
                <div class="policy-body">
                    <div class="introduction">{policy_text::blocks(&edition.introduction, edition.version)}</div>
                    {contents(&strings, &edition)}
                    {sections(&strings, &edition)}
                    {changes(&strings, &edition)}
                    {editions(&strings, &others)}
                </div>
            </article>
        </Document>
    }
    .into_any()
}

fn not_in_force(strings: &Strings, is_coming: bool) -> impl IntoView + use<> {
    let sentence = if is_coming { strings.policy.coming() } else { strings.policy.past() };
    view! {
        <div class="not-in-force warning">
            <p>
                <strong>{sentence}</strong>
                " "
                <a href=address(Page::Policy)>{strings.policy.read_current()}</a>
            </p>
        </div>
    }
}

fn contents(strings: &Strings, edition: &Edition) -> impl IntoView + use<> {
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
            <h2 id="toc-title">{strings.policy.contents()}</h2>
            <ol>{links}</ol>
        </nav>
    }
}

fn sections(strings: &Strings, edition: &Edition) -> impl IntoView + use<> {
    edition
        .sections
        .iter()
        .zip(1..)
        .map(|(section, number)| {
            let heading_id = format!("{}-title", section.id);
            let labelled_by = heading_id.clone();
            let address = format!("#{}", section.id);
            let label = strings.policy.link_to_section(number);
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

fn changes(strings: &Strings, edition: &Edition) -> impl IntoView + use<> {
    let sentences = edition.summary.iter().map(|sentence| view! { <li>{sentence.clone()}</li> }).collect_view();
    (!edition.summary.is_empty()).then(|| {
        view! {
            <section class="changes" id="changes" aria-labelledby="changes-title">
                <h2 id="changes-title">{strings.policy.changes()}</h2>
                <ul>{sentences}</ul>
            </section>
        }
    })
}

fn editions(strings: &Strings, others: &[Edition]) -> impl IntoView + use<> {
    let links = others
        .iter()
        .map(|edition| {
            let link = marks::link(address(Page::Edition(edition.version)));
            let day = words::day(strings.locale(), edition.effective);
            view! { <li>{strings.policy.edition(edition.version, day, marks::plain, link)}</li> }
        })
        .collect_view();
    (!others.is_empty()).then(|| {
        view! {
            <section class="editions" id="editions" aria-labelledby="editions-title">
                <h2 id="editions-title">{strings.policy.editions()}</h2>
                <ul>{links}</ul>
            </section>
        }
    })
}
