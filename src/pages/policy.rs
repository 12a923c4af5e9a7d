//! `/policy` and `/policy/1.0`: the current edition, and each edition at its permanent URL.

use leptos::prelude::*;

use super::{address as to, original_language, request, site, strings};
use crate::{
    content::{LocalizedEdition, i18n::Messages},
    domain::{
        cookies::service_entry::StorageKind,
        i18n::locale_path,
        policy::{
            document::{Block, Edition, has_own_numbers, plain_text},
            editions,
            version::Version,
        },
        web::page::Page,
    },
    pages::{
        components::{edition_changes, format, policy_text, rich_text, service_entries, tally::tally},
        layout::document::Document,
    },
};

#[component]
pub(super) fn Policy() -> impl IntoView {
    let site = site();
    let strings = strings();
    let texts = &strings.policy;
    let in_force = site.current_version();
    let version = match request().page {
        Some(Page::Edition(version)) => version,
        _ => in_force.version,
    };
    // The middleware already rejected unknown editions.
    let reading = in_force.content.localized_edition(version, strings.locale());
    let Some(reading) = reading.or_else(|| in_force.content.localized_edition(in_force.version, strings.locale()))
    else {
        return ().into_any();
    };
    let edition = reading.edition.clone();
    // If the text is not in the language of the page, it carries its own `lang` and `dir`.
    let (lang, dir) =
        (reading.locale != strings.locale()).then(|| (reading.locale.to_string(), reading.locale.direction())).unzip();
    let translation = translation(&strings, &reading);
    let is_in_force = edition.version == in_force.version;
    let title = if matches!(request().page, Some(Page::Edition(_))) {
        texts.titled(&edition.title, edition.version)
    } else {
        edition.title.clone()
    };
    let others: Vec<_> =
        in_force.content.editions.iter().rev().filter(|other| other.version != edition.version).cloned().collect();
    let before = in_force.content.editions.iter().rfind(|other| other.version < edition.version);
    let before = before.map(|before| before.version);
    let announced = is_in_force.then(|| {
        editions::announced(&in_force.content.editions, edition.version)
            .map(|next| announcement(&strings, next, edition.version))
            .collect_view()
    });
    let is_future = edition.effective > site.now().day();
    let notice = (!is_in_force).then(|| not_in_force(&strings, is_future));
    let datetime = edition.effective.to_string();
    let time = |day| view! { <time datetime=datetime.clone()>{day}</time> }.into_any();
    let day = format::day(strings.locale(), edition.effective);
    // The first edition is shown before its day too.
    let meta = if Some(edition.version) == in_force.effective {
        texts.in_force(edition.version, day, rich_text::plain, time)
    } else {
        texts.dated(edition.version, day, rich_text::plain, time)
    };
    view! {
        <Document title description=texts.description()>
            <article class="policy">
                {notice}
                {translation}
                {announced}
                <h1 lang=lang.clone() dir=dir>{edition.title.clone()}</h1>
                <ul class="policy-meta">
                    <li>{meta}</li>
                    <li>
                        <a href=to(Page::Editions)>{strings.editions.history()}</a>
                    </li>
                    {before
                        .map(|before| {
                            view! {
                                <li>
                                    <a href=to(Page::Comparison(before, edition.version))>
                                        {strings.editions.compare_with(before)}
                                    </a>
                                </li>
                            }
                        })}
                </ul>
                {in_short(&strings, edition.version)}
                <div class="policy-body">
                    <div class="introduction" lang=lang.clone() dir=dir>{policy_text::blocks(&edition.introduction, edition.version)}</div>
                    {(!edition.sections.is_empty()).then(|| contents(&strings, &edition, lang.clone(), dir))}
                    {sections(&strings, &edition, lang.clone(), dir)}
                    {changes(&strings, &edition, before, lang, dir)}
                    {editions(&strings, &others)}
                    {services(&strings)}
                </div>
            </article>
        </Document>
    }
    .into_any()
}

fn not_in_force(strings: &Messages, is_coming: bool) -> impl IntoView + use<> {
    let sentence = if is_coming { strings.policy.coming() } else { strings.policy.past() };
    view! {
        <div class="not-in-force warning">
            <p>
                <strong>{sentence}</strong>
                " "
                <a href=to(Page::Policy)>{strings.policy.read_current()}</a>
            </p>
        </div>
    }
}

/// A note for readers of a translation: which language prevails, and whether the original has
/// changed since.
fn translation(strings: &Messages, reading: &LocalizedEdition<'_>) -> impl IntoView + use<> {
    let texts = &strings.languages;
    let page = Page::Edition(reading.edition.version);
    let original = rich_text::link(locale_path::join(original_language(), &page.to_string()));
    let sentence = match (reading.locale == strings.locale(), reading.is_outdated) {
        (true, _) if reading.locale == original_language() => return None,
        (true, false) => texts.translation(rich_text::plain, original).into_any(),
        (true, true) => view! { <strong>{texts.of_older_text(rich_text::plain, original)}</strong> }.into_any(),
        (false, _) => texts.untranslated().into_any(),
    };
    Some(view! { <p class="translation">{sentence}</p> })
}

/// The announcement of the next edition before its effective date, with a link to its changes.
fn announcement(strings: &Messages, next: &Edition, in_force: Version) -> impl IntoView + use<> {
    let texts = &strings.editions;
    let datetime = next.effective.to_string();
    let time = move |day| view! { <time datetime=datetime.clone()>{day}</time> }.into_any();
    let day = format::day(strings.locale(), next.effective);
    let read = rich_text::link(to(Page::Edition(next.version)));
    let compare = rich_text::link(to(Page::Comparison(in_force, next.version)));
    view! {
        <div class="announcement">
            <p>{texts.announced(next.version, day, rich_text::plain, rich_text::strong, time)}</p>
            <p>{texts.read_or_compare(rich_text::plain, read, compare)}</p>
        </div>
    }
}

/// What the cookies of an edition come to, those of services among them, computed from its list.
fn in_short(strings: &Messages, version: Version) -> Option<AnyView> {
    let texts = &strings.policy;
    let declarations = policy_text::declarations(strings, version);
    let inventory = policy_text::inventory_of(strings, version);
    let entries = inventory.services().all();
    let is_essential = declarations.iter().map(|declaration| declaration.purpose.is_essential());
    let is_essential = is_essential.chain(entries.iter().map(|entry| entry.purpose.is_essential()));
    let essential = is_essential.filter(|is_essential| *is_essential).count();
    let kept = declarations.iter().map(|declaration| (declaration.lifetime.into(), StorageKind::Cookie));
    let kept = kept.chain(entries.iter().map(|entry| (entry.storage.retention(), entry.storage.kind())));
    let (longest, kind) = kept.max()?;
    let (whose, parties) = if let Some(theirs) = service_entries::amount(strings, entries.iter()) {
        let ours = strings.cookies.ours(declarations.len() as u64);
        (texts.listed(), strings.words.comma(ours, theirs))
    } else {
        let mut parties: Vec<_> = declarations.iter().map(|declaration| declaration.set_by.as_str()).collect();
        parties.sort_unstable();
        parties.dedup();
        (texts.all_set_by(), format::list(strings, parties))
    };
    let numbers = [
        ("essential", texts.essential(), essential.to_string()),
        ("optional", texts.optional(), (declarations.len() + entries.len() - essential).to_string()),
        ("longest", texts.longest(), format::retention(strings, kind, longest)),
        ("set-by", whose, parties),
    ];
    let summary = view! {
        <section class="in-short" aria-labelledby="in-short-title">
            <h2 id="in-short-title">{texts.in_short()}</h2>
            {tally(numbers)}
            <p>
                <a class="button" href=to(Page::Preferences)>
                    {texts.manage()}
                </a>
            </p>
        </section>
    };
    Some(summary.into_any())
}

fn contents(
    strings: &Messages,
    edition: &Edition,
    lang: Option<String>,
    dir: Option<&'static str>,
) -> impl IntoView + use<> {
    let links = edition
        .sections
        .iter()
        .map(|section| {
            let inserts = section.blocks.iter().filter_map(|block| match block {
                Block::Shortcode(which) => Some(*which),
                _ => None,
            });
            let inserts: Vec<_> = inserts
                .map(|which| {
                    view! {
                        <li>
                            <a href=format!("#{}", policy_text::insert_id(which))>
                                {policy_text::insert_title(strings, which)}
                            </a>
                        </li>
                    }
                })
                .collect();
            // The titles of inserts are in the language of the page.
            let (inner_lang, inner_dir) =
                lang.as_ref().map(|_| (strings.locale().to_string(), strings.locale().direction())).unzip();
            let inserts = (!inserts.is_empty()).then(|| view! { <ul lang=inner_lang dir=inner_dir>{inserts}</ul> });
            view! {
                <li>
                    <a href=format!("#{}", section.id)>{plain_text(&section.heading)}</a>
                    {inserts}
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="toc" aria-labelledby="toc-title">
            <h2 id="toc-title">{strings.policy.contents()}</h2>
            <ol class:own-numbers=has_own_numbers(&edition.sections) lang=lang.clone() dir=dir>
                {links}
            </ol>
        </nav>
    }
}

fn sections(
    strings: &Messages,
    edition: &Edition,
    lang: Option<String>,
    dir: Option<&'static str>,
) -> impl IntoView + use<> {
    let has_own_numbers = has_own_numbers(&edition.sections);
    edition
        .sections
        .iter()
        .zip(1..)
        .map(|(section, number)| {
            let heading_id = format!("{}-title", section.id);
            let labelled_by = heading_id.clone();
            let address = format!("#{}", section.id);
            let of_label = lang.as_ref().map(|_| strings.locale().to_string());
            let label = strings.policy.link_to_section(number);
            view! {
                <section id=section.id.clone() aria-labelledby=labelled_by lang=lang.clone() dir=dir>
                    <div class="heading">
                        <h2 id=heading_id>
                            {(!has_own_numbers).then(|| view! { <span class="number">{format!("{number}. ")}</span> })}
                            {policy_text::inlines(&section.heading)}
                        </h2>
                        <a class="anchor" href=address aria-label=label lang=of_label>
                            "#"
                        </a>
                    </div>
                    {policy_text::blocks(&section.blocks, edition.version)}
                </section>
            }
        })
        .collect_view()
}

fn changes(
    strings: &Messages,
    edition: &Edition,
    before: Option<Version>,
    lang: Option<String>,
    dir: Option<&'static str>,
) -> impl IntoView + use<> {
    let compared = before.map(|before| {
        let address = to(Page::Comparison(before, edition.version));
        view! {
            <p>
                <a href=address>{strings.editions.compare_with(before)}</a>
            </p>
        }
    });
    (!edition.summary.is_empty()).then(|| {
        view! {
            <section class="changes" id="changes" aria-labelledby="changes-title">
                <h2 id="changes-title">{strings.policy.changes()}</h2>
                {edition_changes::summary(strings, edition, lang, dir)}
                {compared}
            </section>
        }
    })
}

fn editions(strings: &Messages, others: &[Edition]) -> impl IntoView + use<> {
    let links = others
        .iter()
        .map(|edition| {
            let link = rich_text::link(to(Page::Edition(edition.version)));
            let day = format::day(strings.locale(), edition.effective);
            view! { <li>{strings.policy.edition(edition.version, day, rich_text::plain, link)}</li> }
        })
        .collect_view();
    let list = (!others.is_empty()).then(|| view! { <ul>{links}</ul> });
    view! {
        <section class="editions" id="editions" aria-labelledby="editions-title">
            <h2 id="editions-title">{strings.policy.editions()}</h2>
            {list}
            <p>
                <a href=to(Page::Editions)>{strings.editions.all()}</a>
            </p>
        </section>
    }
}

/// A link to the services under the policy.
fn services(strings: &Messages) -> impl IntoView + use<> {
    let texts = &strings.services;
    view! {
        <section class="applies-to" id="applies-to" aria-labelledby="applies-to-title">
            <h2 id="applies-to-title">{texts.applies()}</h2>
            <p>{texts.applies_to(rich_text::plain, rich_text::link(super::address(Page::Services)))}</p>
        </section>
    }
}
