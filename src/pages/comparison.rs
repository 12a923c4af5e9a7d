//! `/policy/compare` and `/policy/compare/1.0/1.1`: the differences between two editions, word by
//! word.
//!
//! Deletions are struck through and insertions underlined, so that they do not depend on colour.
//! Readers who do not see that get hidden words before and after each.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, declared::ListedCookies, original_language, request, site, strings};
use crate::{
    app::comparison,
    content::i18n::Messages,
    domain::{
        comparison::{
            ChangeTag, ComparedSection, ComparedTextBlock, Comparison, DiffPosition, DiffSpan, TextBlockKind,
        },
        policy::{
            document::{Edition, Shortcode, has_own_numbers},
            version::Version,
        },
        web::page::Page,
    },
    pages::{
        components::{diff_spans::runs, format, rich_text},
        layout::document::Document,
    },
};

/// The page that lets the reader choose two editions.
#[component]
pub(super) fn Compare() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.editions);
    view! {
        <Document title=texts.compare_title() description=texts.compare_description()>
            <div class="editions-page">
                <h1>{texts.compare_title()}</h1>
                <p class="lead">{texts.compare_lead()}</p>
                {chooser(&strings, None)}
                {page_links(&strings)}
            </div>
        </Document>
    }
    .into_any()
}

/// The page that compares two editions.
#[component]
pub(super) fn Compared() -> impl IntoView {
    let content = site().content();
    let strings = strings();
    let texts = &strings.editions;
    // The middleware already rejected a comparison of unknown editions.
    let Some(Page::Comparison(from, to)) = request().page else { return ().into_any() };
    let Some((older, newer)) = content.edition(from).zip(content.edition(to)) else { return ().into_any() };
    let numbers = SectionNumbers { are_added: !has_own_numbers(&newer.sections) };
    let compared = comparison::compare(older, newer);
    let declared = ListedCookies::of(&content, from, to, strings.locale());
    let title = texts.changed(from, to);
    let description = texts.changed_description(from, to);
    let (older, newer) = (dated(&strings, older), dated(&strings, newer));
    let overview = overview(&strings, &compared, &declared);
    let cookies = declared.view(&strings, (from, to));
    let text =
        (changed_sections(&strings, &compared, numbers), cookies, unchanged_sections(&strings, &compared, numbers));
    let choose = (chooser(&strings, Some((from, to))), page_links(&strings));
    view! {
        <Document title=title.clone() description>
            <article class="comparison">
                <h1>{title}</h1>
                <p class="policy-meta">{older} " · " {newer}</p>
                {overview}
                {text}
                {choose}
            </article>
        </Document>
    }
    .into_any()
}

/// Whether the page numbers the sections, as the page of the newer edition does.
#[derive(Clone, Copy)]
struct SectionNumbers {
    are_added: bool,
}

impl SectionNumbers {
    fn view(self, number: Option<usize>) -> Option<AnyView> {
        let number = number.filter(|_| self.are_added)?;
        Some(view! { <span class="number">{format!("{number}. ")}</span> }.into_any())
    }
}

/// Returns `lang` and `dir` of the compared originals, if the page is in another language.
fn original(strings: &Messages) -> (Option<String>, Option<&'static str>) {
    let original = original_language();
    (strings.locale() != original).then(|| (original.to_string(), original.direction())).unzip()
}

/// A form with the editions to compare. It uses GET and needs no script. Preselects `chosen`, or
/// the two newest editions.
fn chooser(strings: &Messages, chosen: Option<(Version, Version)>) -> AnyView {
    let texts = &strings.editions;
    let content = site().content();
    let versions: Vec<_> = content.editions.iter().map(|edition| edition.version).collect();
    let newest = match versions[..] {
        [.., before, last] => Some((before, last)),
        _ => None,
    };
    let Some((from, to)) = chosen.or(newest) else {
        return view! { <p>{texts.only_one()}</p> }.into_any();
    };
    let select = |name: &'static str, label: String, selected: Version| {
        let options = content.editions.iter().rev().map(|edition| {
            let version = edition.version;
            let day = format::day(strings.locale(), edition.effective);
            view! {
                <option value=version.to_string() selected=version == selected>
                    {texts.choice(version, day)}
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
            <h2 id="compare-title">{texts.choose()}</h2>
            <form method="get" action=address(Page::Compare)>
                {select("from", texts.from(), from)} {select("to", texts.to(), to)}
                <button class="button">{texts.compare()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Links to the other pages about editions.
fn page_links(strings: &Messages) -> impl IntoView + use<> {
    view! {
        <ul class="links">
            <li>
                <a href=address(Page::Editions)>{strings.editions.history()}</a>
            </li>
            <li>
                <a href=address(Page::Policy)>{strings.editions.current()}</a>
            </li>
        </ul>
    }
}

/// A link to an edition, with its effective date.
fn dated(strings: &Messages, edition: &Edition) -> impl IntoView + use<> {
    let link = rich_text::link(address(Page::Edition(edition.version)));
    let datetime = edition.effective.to_string();
    let time = move |day| view! { <time datetime=datetime.clone()>{day}</time> }.into_any();
    let day = format::day(strings.locale(), edition.effective);
    strings.editions.dated(edition.version, day, rich_text::plain, link, time)
}

/// A summary of the changes, with links to them.
fn overview(strings: &Messages, compared: &Comparison, declared: &ListedCookies) -> impl IntoView + use<> {
    let texts = &strings.editions;
    let (lang, dir) = original(strings);
    let changed: Vec<_> = compared.sections.iter().filter(|section| !section.is_same()).collect();
    let all = compared.sections.len();
    // Counts the publisher's text and the site's shortcodes separately.
    let shown = changed.iter().filter(|section| section.only_shortcodes_changed()).count();
    let sentences = match (changed.len() - shown, shown) {
        _ if compared.is_same() => vec![texts.same_text()],
        (0, 0) => vec![texts.same_sections()],
        (0, shown) => vec![texts.changed_inserts(shown as u64, all)],
        (written, 0) => vec![texts.changed_sections(written as u64, all)],
        (written, shown) => {
            vec![texts.changed_sections(written as u64, all), texts.changed_inserts(shown as u64, all)]
        }
    };
    let declared_sentence = declared.sentence(strings, (compared.from, compared.to));
    // What changed comes first.
    let sentences = if compared.is_same() {
        [vec![declared_sentence], sentences].concat()
    } else {
        [sentences, vec![declared_sentence]].concat()
    };
    let sentences = sentences.join(" ");
    let links = changed.iter().map(|section| {
        let heading: String = section
            .heading
            .iter()
            .filter(|run| run.tag.in_newer() || matches!(section.position, DiffPosition::Removed { .. }))
            .map(|run| run.text.as_str())
            .collect();
        view! {
            <li>
                <a href=format!("#text-{}", section.id) lang=lang.clone() dir=dir>
                    {heading}
                </a>
            </li>
        }
    });
    let links = links.collect_view();
    let sample = |tag| move |text| runs(strings, &[DiffSpan { tag, text }]);
    let legend = (!compared.is_same() || declared.is_changed()).then(|| {
        let legend = texts.legend(rich_text::plain, sample(ChangeTag::Delete), sample(ChangeTag::Insert));
        view! { <p class="legend">{legend}</p> }
    });
    view! {
        <p class="lead">{sentences}</p>
        {legend}
        <nav class="toc" aria-labelledby="toc-title">
            <h2 id="toc-title">{strings.policy.contents()}</h2>
            <ul>
                {links}
                <li>
                    <a href="#declared">{texts.declared()}</a>
                </li>
            </ul>
        </nav>
    }
}

/// All sections with changes.
fn changed_sections(strings: &Messages, compared: &Comparison, numbers: SectionNumbers) -> impl IntoView + use<> {
    let texts = &strings.editions;
    let (lang, dir) = original(strings);
    let title = compared.title.iter().any(|run| run.tag != ChangeTag::Equal).then(|| {
        view! {
            <section aria-labelledby="changed-title">
                <h2 id="changed-title">{texts.text_title()}</h2>
                <p lang=lang dir=dir>{runs(strings, &compared.title)}</p>
            </section>
        }
    });
    let introduction = compared.introduction.iter().any(|passage| !passage.is_same()).then(|| {
        view! {
            <section aria-labelledby="changed-introduction">
                <h2 id="changed-introduction">{texts.text_introduction()}</h2>
                {passages(strings, &compared.introduction)}
            </section>
        }
    });
    let sections = compared.sections.iter().filter(|section| !section.is_same());
    let sections = sections.map(|one| section(strings, one, numbers)).collect_view();
    view! { {title} {introduction} {sections} }
}

/// A section that changed or moved.
fn section(strings: &Messages, section: &ComparedSection, numbers: SectionNumbers) -> AnyView {
    let texts = &strings.editions;
    let (lang, dir) = original(strings);
    let place = match section.position {
        DiffPosition::Kept { .. } => None,
        DiffPosition::Added { .. } => Some(texts.section_new()),
        DiffPosition::Removed { before } => Some(texts.section_gone(before)),
        DiffPosition::Moved { before, now } if section.has_same_text() => Some(texts.section_only_moved(before, now)),
        DiffPosition::Moved { before, now } => Some(texts.section_moved(before, now)),
    };
    let heading_id = format!("text-{}-title", section.id);
    let labelled_by = heading_id.clone();
    view! {
        <section id=format!("text-{}", section.id) aria-labelledby=labelled_by>
            <h2 id=heading_id lang=lang dir=dir>
                {numbers.view(section.position.now())}
                {runs(strings, &section.heading)}
            </h2>
            {place.map(|place| view! { <p class="diff-position">{place}</p> })}
            {(!section.has_same_text()).then(|| passages(strings, &section.blocks))}
        </section>
    }
    .into_any()
}

/// Text blocks, with consecutive list items in one list.
fn passages(strings: &Messages, all: &[ComparedTextBlock]) -> AnyView {
    let (lang, dir) = original(strings);
    let groups = all.chunk_by(|one, next| one.kind == TextBlockKind::Item && next.kind == TextBlockKind::Item);
    let groups = groups.map(|group| match group {
        [first, ..] if first.kind == TextBlockKind::Item => {
            let items = group.iter().map(|item| view! { <li>{runs(strings, &item.spans)}</li> }).collect_view();
            view! { <ul lang=lang.clone() dir=dir>{items}</ul> }.into_any()
        }
        _ => group.iter().map(|one| passage(strings, one)).collect_view().into_any(),
    });
    groups.collect_view().into_any()
}

fn passage(strings: &Messages, passage: &ComparedTextBlock) -> AnyView {
    let (lang, dir) = original(strings);
    let text = runs(strings, &passage.spans);
    match passage.kind {
        TextBlockKind::Paragraph => view! { <p lang=lang dir=dir>{text}</p> }.into_any(),
        TextBlockKind::Item => view! { <li lang=lang dir=dir>{text}</li> }.into_any(),
        TextBlockKind::Quote => view! { <blockquote lang=lang dir=dir>{text}</blockquote> }.into_any(),
        TextBlockKind::Subheading(4) => view! { <h4 lang=lang dir=dir>{text}</h4> }.into_any(),
        TextBlockKind::Subheading(_) => view! { <h3 lang=lang dir=dir>{text}</h3> }.into_any(),
        TextBlockKind::Row => view! { <p class="diff-row" lang=lang dir=dir>{text}</p> }.into_any(),
        TextBlockKind::Term => view! { <p class="diff-term" lang=lang dir=dir>{text}</p> }.into_any(),
        TextBlockKind::Shortcode(insert) => {
            let text = shortcode_title(strings, insert);
            view! { <p class="diff-callout">{runs(strings, &[DiffSpan { tag: passage.tag, text }])}</p> }.into_any()
        }
    }
}

/// Names what a shortcode shows.
fn shortcode_title(strings: &Messages, insert: Shortcode) -> String {
    let texts = &strings.editions;
    match insert {
        Shortcode::InPractice => texts.shown_practice(),
        Shortcode::CookieTable => texts.shown_cookies(),
        Shortcode::Purposes => texts.shown_purposes(),
        Shortcode::Controls => texts.shown_controls(),
    }
}

/// The sections without changes.
fn unchanged_sections(strings: &Messages, compared: &Comparison, numbers: SectionNumbers) -> impl IntoView + use<> {
    let (lang, dir) = original(strings);
    let same: Vec<_> = compared.sections.iter().filter(|section| section.is_same()).collect();
    let to = address(Page::Edition(compared.to));
    let links = same.iter().map(|section| {
        view! {
            <li>
                <a href=format!("{to}#{}", section.id) lang=lang.clone() dir=dir>
                    {numbers.view(section.position.now())}
                    {runs(strings, &section.heading)}
                </a>
            </li>
        }
    });
    let links = links.collect_view();
    (!same.is_empty()).then(|| {
        view! {
            <section aria-labelledby="unchanged-title">
                <h2 id="unchanged-title">{strings.editions.unchanged()}</h2>
                <ul class="unchanged">
                    {links}
                </ul>
            </section>
        }
    })
}
