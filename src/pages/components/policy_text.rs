//! Renders the policy's document tree as HTML, including its shortcodes.

use std::sync::Arc;

use leptos::prelude::*;

use super::cookie_table::{LastColumn, cookie_table};
use crate::{
    content::i18n::Messages,
    domain::{
        cookies::{
            declaration::{Declaration, EssentialCookie, FirstPartyCookie},
            inventory::Inventory,
        },
        policy::{
            document::{Block, Definition, Footnote, Inline, Shortcode, Table, plain_text},
            version::Version,
        },
        web::page::Page,
    },
    pages::{
        address,
        components::{format, rich_text, service_entries},
        inventory, request, site, strings,
    },
};

pub(crate) fn blocks(blocks: &[Block], version: Version) -> AnyView {
    blocks.iter().map(|one| block(one, version)).collect_view().into_any()
}

fn block(block: &Block, version: Version) -> AnyView {
    match block {
        Block::Paragraph(text) => view! { <p>{inlines(text)}</p> }.into_any(),
        Block::List { start, items } => {
            let items = items.iter().map(|item| view! { <li>{blocks(item, version)}</li> }).collect_view();
            match start {
                None => view! { <ul>{items}</ul> }.into_any(),
                Some(start) => view! { <ol start=start.to_string()>{items}</ol> }.into_any(),
            }
        }
        Block::Quote(inner) => view! { <blockquote>{blocks(inner, version)}</blockquote> }.into_any(),
        Block::Subheading { level: 4, text } => view! { <h4>{inlines(text)}</h4> }.into_any(),
        Block::Subheading { text, .. } => view! { <h3>{inlines(text)}</h3> }.into_any(),
        Block::Table(table) => text_table(table),
        Block::Definitions(definitions) => {
            let definitions = definitions.iter().map(|Definition { term, details }| {
                let details = details.iter().map(|detail| view! { <dd>{blocks(detail, version)}</dd> }).collect_view();
                view! { <dt>{inlines(term)}</dt> {details} }
            });
            view! { <dl>{definitions.collect_view()}</dl> }.into_any()
        }
        Block::Rule => view! { <hr /> }.into_any(),
        Block::Footnotes(footnotes) => self::footnotes(footnotes, version),
        Block::Shortcode(which) => insert(*which, version),
    }
}

/// A table of the text. On a narrow screen the cells of a row stand below each other, each with the
/// heading of its column.
fn text_table(table: &Table) -> AnyView {
    let headings = table.columns.iter().map(|column| {
        view! { <th scope="col" data-align=column.align.into_str()>{inlines(&column.heading)}</th> }
    });
    let rows = table.rows.iter().map(|row| {
        let cells = table.columns.iter().zip(row).map(|(column, cell)| {
            let label = Some(plain_text(&column.heading)).filter(|label| !label.is_empty());
            view! { <td data-align=column.align.into_str() data-label=label>{inlines(cell)}</td> }
        });
        view! { <tr>{cells.collect_view()}</tr> }
    });
    view! {
        <table class="text-table">
            <thead>
                <tr>{headings.collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// Footnotes, each behind its number, which links back to the first reference. No id of a section
/// has a colon.
fn footnotes(footnotes: &[Footnote], version: Version) -> AnyView {
    let items = footnotes.iter().map(|Footnote { number, blocks }| {
        view! {
            <li id=format!("footnote:{number}")>
                <a href=format!("#reference:{number}") role="doc-backlink">
                    {format!("[{number}]")}
                </a>
                <div>{self::blocks(blocks, version)}</div>
            </li>
        }
    });
    view! { <ul class="footnotes" role="list">{items.collect_view()}</ul> }.into_any()
}

pub(crate) fn inlines(text: &[Inline]) -> AnyView {
    text.iter().map(inline).collect_view().into_any()
}

fn inline(text: &Inline) -> AnyView {
    match text {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Emphasis(inner) => view! { <em>{inlines(inner)}</em> }.into_any(),
        Inline::Strong(inner) => view! { <strong>{inlines(inner)}</strong> }.into_any(),
        Inline::Code(text) => view! { <code>{text.clone()}</code> }.into_any(),
        Inline::Image { path, alt } => {
            view! { <img src=path.clone() alt=alt.clone() loading="lazy" decoding="async" /> }.into_any()
        }
        Inline::FootnoteReference { number, is_first } => {
            let id = is_first.then(|| format!("reference:{number}"));
            view! {
                <sup>
                    <a href=format!("#footnote:{number}") id=id role="doc-noteref">
                        {format!("[{number}]")}
                    </a>
                </sup>
            }
            .into_any()
        }
        Inline::Link { to, title, text } => {
            // Links to pages of this site keep the language.
            let (page, anchor) = to.split_at(to.find('#').unwrap_or(to.len()));
            let to = page.parse().map_or_else(|_| to.clone(), |page| format!("{}{anchor}", address(page)));
            let title = (!title.is_empty()).then(|| title.clone());
            view! { <a href=to title=title>{inlines(text)}</a> }.into_any()
        }
        Inline::Break => view! { <br /> }.into_any(),
    }
}

/// The anchor of a shortcode.
pub(crate) fn insert_id(which: Shortcode) -> String {
    format!("insert-{}", which.into_str())
}

/// The heading of a shortcode.
pub(crate) fn insert_title(strings: &Messages, which: Shortcode) -> String {
    let texts = &strings.policy;
    match which {
        Shortcode::InPractice => texts.practice_title(),
        Shortcode::CookieTable => texts.table_title(),
        Shortcode::Purposes => texts.purposes_title(),
        Shortcode::Controls => texts.controls_title(),
    }
}

/// Renders a shortcode, visibly apart from the publisher's text.
fn insert(which: Shortcode, version: Version) -> AnyView {
    let strings = strings();
    let inner = match which {
        Shortcode::InPractice => in_practice(&strings),
        Shortcode::CookieTable => table(&strings, version),
        Shortcode::Purposes => purposes(&strings, version),
        Shortcode::Controls => controls(&strings),
    };
    let id = insert_id(which);
    let labelled_by = id.clone();
    view! {
        // The surrounding text may be in another language; see `policy`.
        // Not an `aside`, which reader views leave out (HTML, 4.3.5): a binding sentence is in one
        // of these.
        <section
            class="callout"
            class:callout--wide=which == Shortcode::CookieTable
            aria-labelledby=labelled_by
            lang=strings.locale().to_string()
            dir=strings.locale().direction()
        >
            <h3 class="callout-title" id=id>
                {insert_title(&strings, which)}
            </h3>
            {inner}
        </section>
    }
    .into_any()
}

fn in_practice(strings: &Messages) -> AnyView {
    let inventory = inventory();
    let visit = &inventory.essential(EssentialCookie::Visit).name;
    view! { <p>{strings.policy.practice(visit, rich_text::plain, rich_text::code)}</p> }.into_any()
}

/// The cookies that an edition declares. The edition in force has those that the server sets.
pub(crate) fn declarations(strings: &Messages, version: Version) -> Vec<Declaration> {
    let current = site().current_version();
    let inventory = current.content.localized_inventory(version, strings.locale());
    if version == current.version {
        inventory.declarations().to_vec()
    } else {
        inventory.declared_by(version).declarations().to_vec()
    }
}

/// The inventory of an edition, with what partner services declare under it.
pub(crate) fn inventory_of(strings: &Messages, version: Version) -> Arc<Inventory> {
    Arc::clone(site().content().localized_inventory(version, strings.locale()))
}

fn table(strings: &Messages, version: Version) -> AnyView {
    let texts = &strings.policy;
    let (explains, caption) = if version == site().current_version().version {
        (texts.table(), texts.table_caption())
    } else {
        (texts.table_of_edition(), texts.table_of_edition_caption())
    };
    let (cookies, inventory) = (request().cookies.clone(), inventory());
    let held = |declaration: &Declaration| {
        let Some(own) = FirstPartyCookie::from_name(&declaration.name) else { return view! { "–" }.into_any() };
        if cookies.sets(&inventory, declaration.name.as_bytes()) {
            return dot("new", strings.preferences.cookie_of_page());
        }
        if cookies.holds(own, &declaration.name) {
            dot("yes", strings.cookies.held())
        } else {
            dot("no", strings.cookies.not_held())
        }
    };
    let last = LastColumn { heading: strings.cookies.in_browser(), class: "held", cell: held };
    let table = cookie_table(strings, caption, &declarations(strings, version), |_| None, &last);
    view! {
        <p>{explains}</p>
        {table}
        {service_entries::tables(strings, inventory_of(strings, version).services())}
    }
    .into_any()
}

/// Whether a cookie is in the browser: a sign, and the words for it.
fn dot(is_held: &'static str, words: String) -> AnyView {
    view! { <span class="dot" data-held=is_held>{words}</span> }.into_any()
}

fn purposes(strings: &Messages, version: Version) -> AnyView {
    let content = site().content();
    let inventory = content.localized_inventory(version, strings.locale());
    let rows = inventory.purposes().iter().map(|text| {
        let purpose = text.purpose;
        let names: Vec<_> = inventory.cookies_for(purpose).map(|declaration| declaration.name.clone()).collect();
        let comma = strings.words.comma("", "");
        let kind = if purpose.is_essential() { strings.cookies.always_on() } else { strings.policy.off_until_yes() };
        let theirs = service_entries::amount(strings, inventory.services().for_purpose(purpose));
        let cookies = if names.is_empty() && theirs.is_some() {
            ().into_any()
        } else if names.is_empty() {
            strings.policy.no_cookie().into_any()
        } else {
            names
                .into_iter()
                .enumerate()
                .map(|(index, name)| view! { {(index > 0).then(|| comma.clone())} <code>{name}</code> })
                .collect_view()
                .into_any()
        };
        view! {
            <div>
                <dt>
                    {format::purpose_title(strings, purpose)} " " <small>{kind}</small>
                </dt>
                <dd>
                    {text.description.clone()} " " {cookies} {theirs.map(|theirs| format!(" + {theirs}"))}
                </dd>
            </div>
        }
    });
    view! {
        <p>{strings.policy.purposes()}</p>
        <dl>{rows.collect_view()}</dl>
    }
    .into_any()
}

/// Pages of browser makers about cookie settings. The names are the same in every language.
const BROWSERS: [(&str, &str); 4] = [
    ("Chrome", "https://support.google.com/chrome/answer/95647"),
    (
        "Edge",
        "https://support.microsoft.com/microsoft-edge/delete-cookies-in-microsoft-edge-63947406-40ac-c3b8-57b9-2a946a29ae09",
    ),
    ("Firefox", "https://support.mozilla.org/kb/clear-cookies-and-site-data-firefox"),
    ("Safari", "https://support.apple.com/guide/safari/manage-cookies-sfri11471/mac"),
];

/// The page for Safari on iPhone and iPad.
const SAFARI_MOBILE: &str = "https://support.apple.com/105082";

fn controls(strings: &Messages) -> AnyView {
    let texts = &strings.policy;
    let length =
        format::duration(strings.locale(), inventory().essential(EssentialCookie::Consent).lifetime.duration());
    let browsers = BROWSERS.map(|(name, address)| (name.to_owned(), address));
    let browsers = browsers.into_iter().chain([(texts.safari_mobile(), SAFARI_MOBILE)]);
    view! {
        <p>{texts.controls(rich_text::plain, rich_text::link(address(Page::Preferences)))}</p>
        <p>{texts.controls_signal()}</p>
        <p>{texts.controls_time(length)}</p>
        <p>{texts.browsers()}</p>
        <ul>
            {browsers
                .map(|(name, address)| {
                    view! {
                        <li>
                            <a href=address>{name}</a>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}
