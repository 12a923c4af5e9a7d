//! The policy's typed tree as HTML, with what the server knows set into it.

use leptos::prelude::*;

use super::{cookie_table::CookieTable, site, words};
use crate::model::{
    declaration::EssentialCookie,
    declaration::OwnCookie,
    policy::{Block, Inline, Insert},
    purpose::Purpose,
    version::Version,
};

/// Blocks of text of that edition.
pub(super) fn blocks(blocks: &[Block], version: Version) -> AnyView {
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
        Block::Subheading(text) => view! { <h3>{inlines(text)}</h3> }.into_any(),
        Block::Insert(which) => insert(*which, version),
    }
}

/// A run of text.
pub(super) fn inlines(text: &[Inline]) -> AnyView {
    text.iter().map(inline).collect_view().into_any()
}

fn inline(text: &Inline) -> AnyView {
    match text {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Emphasis(inner) => view! { <em>{inlines(inner)}</em> }.into_any(),
        Inline::Strong(inner) => view! { <strong>{inlines(inner)}</strong> }.into_any(),
        Inline::Code(text) => view! { <code>{text.clone()}</code> }.into_any(),
        Inline::Link { to, text } => view! { <a href=to.clone()>{inlines(text)}</a> }.into_any(),
        Inline::Break => view! { <br /> }.into_any(),
    }
}

/// What the server knows, visibly set apart from what the publisher wrote.
fn insert(which: Insert, version: Version) -> AnyView {
    let (label, inner) = match which {
        Insert::InPractice => ("In practice on this site", in_practice()),
        Insert::CookieTable => ("The cookies of this site", cookie_table(version)),
        Insert::Purposes => ("What each purpose means here", purposes(version)),
        Insert::Controls => ("Where to control them", controls()),
    };
    let id = format!("insert-{}", which.name());
    let labelled_by = id.clone();
    view! {
        <aside class="insert" aria-labelledby=labelled_by>
            <p class="insert-title" id=id>
                {label}
            </p>
            {inner}
        </aside>
    }
    .into_any()
}

fn in_practice() -> AnyView {
    let visit = OwnCookie::from(EssentialCookie::Visit).name();
    view! {
        <p>
            "Visiting alone sets one essential cookie, " <code>{visit}</code>
            ". Optional cookies wait for your yes: going on reading is not a yes, and saying nothing is a no. That is stricter than the sentence above, and it is what the server does."
        </p>
    }
    .into_any()
}

fn cookie_table(version: Version) -> AnyView {
    let in_force = site().edition_in_force();
    let declarations = in_force.content.inventory(version).declarations().to_vec();
    let (explains, caption) = if version == in_force.version {
        (
            "This table is the list that the server itself works from: a cookie that is not in it cannot leave the server, and one that is leaves with exactly this lifetime.",
            "Every cookie that this site can set",
        )
    } else {
        (
            "This is the list of this edition. The server itself works from that of the edition in force.",
            "Every cookie that this edition declares",
        )
    };
    view! {
        <p>{explains}</p>
        <CookieTable caption declarations />
    }
    .into_any()
}

fn purposes(version: Version) -> AnyView {
    let content = site().content();
    let inventory = content.inventory(version);
    let rows = Purpose::ALL.map(|purpose| {
        let names: Vec<_> = inventory.of(purpose).map(|declaration| declaration.name.clone()).collect();
        let kind = if purpose.is_essential() { "always on" } else { "optional: off until you say yes" };
        let cookies = if names.is_empty() {
            "No cookie has this purpose at present.".into_any()
        } else {
            names
                .into_iter()
                .enumerate()
                .map(|(index, name)| view! { {(index > 0).then_some(", ")} <code>{name}</code> })
                .collect_view()
                .into_any()
        };
        view! {
            <div>
                <dt>
                    {capitalised(purpose.name())} <small>{kind}</small>
                </dt>
                <dd>{inventory.about(purpose).description.clone()} " " {cookies}</dd>
            </div>
        }
    });
    view! { <dl>{rows.collect_view()}</dl> }.into_any()
}

fn capitalised(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    word
}

/// Where each browser's makers explain its cookie settings.
const BROWSERS: [(&str, &str); 5] = [
    ("Chrome", "https://support.google.com/chrome/answer/95647"),
    (
        "Edge",
        "https://support.microsoft.com/microsoft-edge/delete-cookies-in-microsoft-edge-63947406-40ac-c3b8-57b9-2a946a29ae09",
    ),
    ("Firefox", "https://support.mozilla.org/kb/clear-cookies-and-site-data-firefox"),
    ("Safari", "https://support.apple.com/guide/safari/manage-cookies-sfri11471/mac"),
    ("Safari on iPhone and iPad", "https://support.apple.com/105082"),
];

fn controls() -> AnyView {
    view! {
        <p>
            "On the " <a href="/preferences">"cookie preferences"</a>
            " page you see the cookies that your browser holds for this site, give or withdraw your permission for each optional purpose, and delete one cookie or all of them."
        </p>
        <p>
            "If your browser sends the signal Global Privacy Control or Do Not Track, that counts as a no to everything optional, and no banner asks you. An explicit choice that you make while it is sent counts before it."
        </p>
        <p>
            {format!(
                "Each answer holds for {}. Before that you are asked again only about a purpose whose description or cookies have changed, and you are shown what changed.",
                words::duration(site().inventory().own(OwnCookie::Consent).lifetime.duration()),
            )}
        </p>
        <p>"Your browser has cookie settings of its own; its makers explain them:"</p>
        <ul>
            {BROWSERS
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
