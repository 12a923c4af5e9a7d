//! `/policy/compare` and `/policy/compare/1.0/1.1`: what changed from one edition to another, word by word.
//!
//! What was removed is struck through and what was added underlined, so it needs no colour; in front and behind stand words for
//! whoever does not see that.

use leptos::prelude::*;

use super::{changes, document::Document, runs::runs, site, strings, visitor, words};
use crate::{
    model::{
        comparison::{ComparedPassage, ComparedSection, Comparison, Declared, Fate, Kind, Place, Run, declared},
        page::Page,
        policy::{Edition, Insert},
        version::Version,
    },
    server::comparison,
};

/// The page on which two editions are chosen.
#[component]
pub(super) fn Compare() -> impl IntoView {
    view! {
        <Document
            title="Compare two editions"
            description="Choose two editions of the cookie policy and see what changed from the one to the other, word by word."
        >
            <div class="editions-page">
                <h1>"Compare two editions"</h1>
                <p class="lead">"See what changed from one edition of the policy to another, word by word."</p>
                <Chooser chosen=None />
                {ways()}
            </div>
        </Document>
    }
    .into_any()
}

/// The page of one comparison.
#[component]
pub(super) fn Compared() -> impl IntoView {
    let content = site().content();
    // A comparison of what is not there was refused before this page was asked to show it.
    let Some(Page::Comparison(from, to)) = visitor().page else { return ().into_any() };
    let Some((older, newer)) = content.edition(from).zip(content.edition(to)) else { return ().into_any() };
    let compared = comparison::compare(older, newer);
    let declared = declared(content.inventory(from), content.inventory(to));
    let title = format!("What changed from version {from} to {to}");
    let description =
        format!("The words and the cookies that changed from version {from} of the cookie policy to version {to}.");
    let (older, newer) = (dated(older), dated(newer));
    let text = (overview(&compared, &declared), changed(&compared), cookies(&declared), unchanged(&compared));
    view! {
        <Document title=title.clone() description>
            <article class="comparison">
                <h1>{title}</h1>
                <p class="policy-meta">{older} " · " {newer}</p>
                {text}
                <Chooser chosen=Some((from, to)) />
                {ways()}
            </article>
        </Document>
    }
    .into_any()
}

/// Where two editions are chosen. It is a form that only asks, so it needs no script.
#[component]
pub(super) fn Chooser(
    /// The two that are chosen already; else the newest and the one before it.
    chosen: Option<(Version, Version)>,
) -> impl IntoView {
    let content = site().content();
    let versions: Vec<_> = content.editions.iter().map(|edition| edition.version).collect();
    let newest = match versions[..] {
        [.., before, last] => Some((before, last)),
        _ => None,
    };
    let Some((from, to)) = chosen.or(newest) else {
        return view! { <p>"There is one edition so far, so there is nothing to compare it with."</p> }.into_any();
    };
    let select = |name: &'static str, label: &'static str, selected: Version| {
        let options = content.editions.iter().rev().map(|edition| {
            let version = edition.version;
            view! {
                <option value=version.to_string() selected=version == selected>
                    {format!("{version} ({})", words::day(strings().locale(), edition.effective))}
                </option>
            }
        });
        view! {
            <div class="field">
                <label for=format!("compare-{name}")>{label}</label>
                <select id=format!("compare-{name}") name=name>
                    {options.collect_view()}
                </select>
            </div>
        }
    };
    view! {
        <section class="chooser" aria-labelledby="compare-title">
            <h2 id="compare-title">"Choose two editions"</h2>
            <form method="get" action=visitor().address(Page::Compare)>
                {select("from", "From", from)} {select("to", "To", to)}
                <button class="button">"Compare"</button>
            </form>
        </section>
    }
    .into_any()
}

/// The ways to the other pages about editions.
fn ways() -> impl IntoView {
    let visitor = visitor();
    view! {
        <ul class="links">
            <li>
                <a href=visitor.address(Page::Editions)>"History of the policy"</a>
            </li>
            <li>
                <a href=visitor.address(Page::Policy)>"The edition in force"</a>
            </li>
        </ul>
    }
}

/// An edition, with the way to it and its day.
fn dated(edition: &Edition) -> impl IntoView + use<> {
    let address = visitor().address(Page::Edition(edition.version));
    view! {
        <a href=address>{format!("Version {}", edition.version)}</a>
        ", in force from "
        <time datetime=edition.effective.to_string()>{words::day(strings().locale(), edition.effective)}</time>
    }
}

/// What changed, in a sentence, with the ways to it.
fn overview(compared: &Comparison, declared: &Declared) -> impl IntoView + use<> {
    let changed: Vec<_> = compared.sections.iter().filter(|section| !section.is_same()).collect();
    let sentence = match changed.len() {
        _ if compared.is_same() => "The text is the same, word for word.".to_owned(),
        0 => "No section changed, but what stands before them did.".to_owned(),
        1 => format!("One of {} sections changed.", compared.sections.len()),
        some => format!("{some} of {} sections changed.", compared.sections.len()),
    };
    let cookies =
        if declared.is_same() { "No cookie and no purpose changed." } else { "The cookies or purposes changed." };
    let links = changed.iter().map(|section| {
        let heading: String = section
            .heading
            .iter()
            .filter(|run| run.fate.is() || matches!(section.place, Place::Removed { .. }))
            .map(|run| run.text.as_str())
            .collect();
        view! {
            <li>
                <a href=format!("#text-{}", section.id)>{heading}</a>
            </li>
        }
    });
    let links = links.collect_view();
    let legend = (!compared.is_same()).then(|| {
        let sample = |fate, text: &str| runs(&[Run { fate, text: text.to_owned() }]);
        view! {
            <p class="legend">
                "Words that were removed are " {sample(Fate::Removed, "struck through")} ", words that were added are "
                {sample(Fate::Added, "underlined")} "."
            </p>
        }
    });
    view! {
        <p class="lead">{sentence} " " {cookies}</p>
        {legend}
        <nav class="toc" aria-labelledby="toc-title">
            <h2 id="toc-title">"On this page"</h2>
            <ul>
                {links}
                <li>
                    <a href="#declared">"Cookies and purposes"</a>
                </li>
            </ul>
        </nav>
    }
}

/// Everything of the text in which something changed.
fn changed(compared: &Comparison) -> impl IntoView + use<> {
    let title = compared.title.iter().any(|run| run.fate != Fate::Kept).then(|| {
        view! {
            <section aria-labelledby="changed-title">
                <h2 id="changed-title">"The title"</h2>
                <p>{runs(&compared.title)}</p>
            </section>
        }
    });
    let introduction = compared.introduction.iter().any(|passage| !passage.is_same()).then(|| {
        view! {
            <section aria-labelledby="changed-introduction">
                <h2 id="changed-introduction">"Before the first section"</h2>
                {passages(&compared.introduction)}
            </section>
        }
    });
    let sections = compared.sections.iter().filter(|section| !section.is_same()).map(section).collect_view();
    view! { {title} {introduction} {sections} }
}

/// A section in which something changed, or that stands elsewhere.
fn section(section: &ComparedSection) -> AnyView {
    let place = match section.place {
        Place::Kept { .. } => None,
        Place::Added { .. } => Some("This section is new.".to_owned()),
        Place::Removed { before } => Some(format!("This section, once number {before}, is gone.")),
        Place::Moved { before, now } if section.has_same_text() => {
            Some(format!("This section was number {before} and is now number {now}. Its text is the same."))
        }
        Place::Moved { before, now } => Some(format!("This section was number {before} and is now number {now}.")),
    };
    let heading_id = format!("text-{}-title", section.id);
    let labelled_by = heading_id.clone();
    view! {
        <section id=format!("text-{}", section.id) aria-labelledby=labelled_by>
            <h2 id=heading_id>
                {section.place.now().map(|number| view! { <span class="number">{format!("{number}. ")}</span> })}
                {runs(&section.heading)}
            </h2>
            {place.map(|place| view! { <p class="place">{place}</p> })}
            {(!section.has_same_text()).then(|| passages(&section.passages))}
        </section>
    }
    .into_any()
}

/// Passages, those of a list together.
fn passages(all: &[ComparedPassage]) -> AnyView {
    let groups = all.chunk_by(|one, next| one.kind == Kind::Item && next.kind == Kind::Item);
    let groups = groups.map(|group| match group {
        [first, ..] if first.kind == Kind::Item => {
            let items = group.iter().map(|item| view! { <li>{runs(&item.runs)}</li> }).collect_view();
            view! { <ul>{items}</ul> }.into_any()
        }
        _ => group.iter().map(passage).collect_view().into_any(),
    });
    groups.collect_view().into_any()
}

fn passage(passage: &ComparedPassage) -> AnyView {
    let text = runs(&passage.runs);
    match passage.kind {
        Kind::Paragraph => view! { <p>{text}</p> }.into_any(),
        Kind::Item => view! { <li>{text}</li> }.into_any(),
        Kind::Quote => view! { <blockquote>{text}</blockquote> }.into_any(),
        Kind::Subheading => view! { <h3>{text}</h3> }.into_any(),
        Kind::Insert(insert) => {
            let text = format!("Here the site itself shows {}.", shown(insert));
            view! { <p class="shown">{runs(&[Run { fate: passage.fate, text }])}</p> }.into_any()
        }
    }
}

/// What the site shows there.
const fn shown(insert: Insert) -> &'static str {
    match insert {
        Insert::InPractice => "what a visit sets in practice",
        Insert::CookieTable => "the table of cookies",
        Insert::Purposes => "what each purpose means",
        Insert::Controls => "where to control cookies",
    }
}

/// What changed of what is declared.
fn cookies(declared: &Declared) -> impl IntoView + use<> {
    let purposes = declared.purposes.iter().map(|(purpose, changes)| {
        let sentences =
            changes.iter().map(|change| view! { <li>{changes::sentence(&strings(), change)}</li> }).collect_view();
        view! {
            <h3>{format!("Purpose: {}", purpose.name())}</h3>
            <ul>{sentences}</ul>
        }
    });
    let moved = declared.moved.iter().map(|moved| {
        let (before, after) = (moved.before.name(), moved.after.name());
        view! { <li>{format!("The cookie {} served {before} and serves {after} now.", moved.name)}</li> }
    });
    let moved = (!declared.moved.is_empty()).then(|| view! { <ul>{moved.collect_view()}</ul> });
    view! {
        <section id="declared" aria-labelledby="declared-title">
            <h2 id="declared-title">"Cookies and purposes"</h2>
            {declared.is_same().then(|| view! { <p>"No cookie came, went or changed, and each purpose means the same."</p> })}
            {purposes.collect_view()}
            {moved}
        </section>
    }
}

/// The sections in which nothing changed.
fn unchanged(compared: &Comparison) -> impl IntoView + use<> {
    let visitor = visitor();
    let same: Vec<_> = compared.sections.iter().filter(|section| section.is_same()).collect();
    let address = visitor.address(Page::Edition(compared.to));
    let links = same.iter().map(|section| {
        let number = section.place.now().unwrap_or_default();
        view! {
            <li>
                <a href=format!("{address}#{}", section.id)>{format!("{number}. ")} {runs(&section.heading)}</a>
            </li>
        }
    });
    let links = links.collect_view();
    (!same.is_empty()).then(|| {
        view! {
            <section aria-labelledby="unchanged-title">
                <h2 id="unchanged-title">"Sections without a change"</h2>
                <ul class="unchanged" role="list">
                    {links}
                </ul>
            </section>
        }
    })
}
