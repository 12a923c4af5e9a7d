//! No input of a publisher makes loading panic, and nothing unsafe passes.

use std::path::Path;

use proptest::prelude::*;

use super::{
    super::{compliance, cookies, lifetime, services},
    HEAD, edition,
};
use crate::{
    domain::policy::document::{Block, Edition, Inline, link_is_safe},
    properties::cases,
};

/// Texts of marks that have a meaning: random characters would seldom combine them.
fn marked(marks: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(marks).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

const MARKDOWN: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "    ",
    " ",
    "# ",
    "## ",
    "### ",
    "{#a}",
    "{#b}",
    "- ",
    "1. ",
    "> ",
    "*",
    "**",
    "_",
    "`",
    "```",
    "~~",
    "[",
    "]",
    "(",
    ")",
    "](",
    "[a](",
    "[a]: ",
    "/a)",
    "https://a.b",
    "javascript:",
    "//",
    "\\",
    "<",
    ">",
    "<b>",
    "<!--",
    "-->",
    "<a@b.c>",
    "<https://a.b>",
    "<javascript:a>",
    "&colon;",
    "&#0;",
    "{{",
    "}}",
    "{{ purposes }}",
    "{{ x }}",
    "| a |\n|---|\n",
    "| a | b |\n",
    "|",
    "[^a]",
    "[^a]: ",
    ": a\n",
    "![a](/a.png)",
    "https://www.example.org/a",
    "a@example.org",
    " \"title\")",
    "<br>",
    "{:",
    "!!!",
    "::: ",
    "#### ",
    "---",
    "+++",
    "!",
    "\0",
    "\u{a0}",
    "é",
    "a",
];

const TOML: &[&str] = &[
    "\n",
    "=",
    " = ",
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "[[cookie]]\n",
    "{",
    "}",
    ",",
    ".",
    "#",
    "1",
    "true",
    "2026-01-15",
    "version",
    "effective",
    "summary",
    "name",
    "purpose",
    "lifetime",
    "\"1.0\"",
    "[\"a\"]",
    "\\u",
    "+++",
    "a",
    "cookie",
    "\r",
    "\0",
    "é",
];

const YAML: &[&str] = &[
    "\n",
    "\n- ",
    "\n  - ",
    "version: ",
    "effective: ",
    "summary: ",
    "summary:",
    ": ",
    ":",
    "[",
    "]",
    ", ",
    "'",
    "''",
    "\"",
    "\\",
    "\\\"",
    " #",
    "#",
    "|",
    "&a",
    "1.0",
    "2026-01-15",
    "a",
    "é",
    "\t",
    "\r",
    "\0",
];

/// Texts of Markdown marks.
pub(super) fn markdown() -> impl Strategy<Value = String> {
    marked(MARKDOWN)
}

/// The targets of the links in a parsed edition.
pub(super) fn links<E>(read: &Result<Option<Edition>, E>) -> Vec<String> {
    read.as_ref().ok().and_then(Option::as_ref).map(links_of).unwrap_or_default()
}

fn links_of(edition: &Edition) -> Vec<String> {
    let mut found = Vec::new();
    blocks(&edition.introduction, &mut found);
    for section in &edition.sections {
        inlines(&section.heading, &mut found);
        blocks(&section.blocks, &mut found);
    }
    found
}

fn blocks(of: &[Block], found: &mut Vec<String>) {
    for block in of {
        match block {
            Block::Paragraph(inner) | Block::Subheading { text: inner, .. } => inlines(inner, found),
            Block::List { items, .. } => items.iter().for_each(|item| blocks(item, found)),
            Block::Quote(inner) => blocks(inner, found),
            Block::Table(table) => {
                table.columns.iter().for_each(|column| inlines(&column.heading, found));
                table.rows.iter().flatten().for_each(|cell| inlines(cell, found));
            }
            Block::Definitions(definitions) => {
                for definition in definitions {
                    inlines(&definition.term, found);
                    definition.details.iter().for_each(|detail| blocks(detail, found));
                }
            }
            Block::Footnotes(footnotes) => footnotes.iter().for_each(|footnote| blocks(&footnote.blocks, found)),
            Block::Rule | Block::Shortcode(_) => {}
        }
    }
}

fn inlines(of: &[Inline], found: &mut Vec<String>) {
    for inline in of {
        match inline {
            Inline::Link { to, text, .. } => {
                found.push(to.clone());
                inlines(text, found);
            }
            Inline::Emphasis(inner) | Inline::Strong(inner) => inlines(inner, found),
            Inline::Text(_)
            | Inline::Code(_)
            | Inline::Break
            | Inline::Image { .. }
            | Inline::FootnoteReference { .. } => {}
        }
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match edition(text) {
        Ok(read) => {
            let read = read.ok_or_else(|| TestCaseError::fail("no mistake and no edition"))?;
            let links = links_of(&read);
            prop_assert!(links.iter().all(|to| link_is_safe(to)), "{links:?}");
        }
        Err(mistakes) => {
            let lines = text.split('\n').count();
            prop_assert!(!mistakes.is_empty());
            for mistake in mistakes {
                prop_assert!((1..=lines).contains(&mistake.line), "{mistake}");
                prop_assert!(!mistake.what.contains('\n'), "{mistake}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn no_text_breaks_an_edition_and_only_safe_links_come_through(text in any::<String>()) {
        check(&text)?;
        check(&format!("{HEAD}# Title\n\n{text}"))?;
    }

    #[test]
    fn no_markdown_breaks_an_edition_and_only_safe_links_come_through(text in marked(MARKDOWN)) {
        check(&format!("{HEAD}# Title\n\n{text}"))?;
        check(&format!("{HEAD}{text}"))?;
    }

    #[test]
    fn whatever_is_accepted_reads_the_same_twice(text in marked(MARKDOWN)) {
        let text = format!("{HEAD}# Title\n\n{text}");
        prop_assert_eq!(edition(&text), edition(&text));
    }

    #[test]
    fn a_link_comes_through_only_if_it_is_safe(to in "[a-zA-Z:/\\\\.&#;\t ()<>\\PC]{0,12}", scheme in prop::sample::select(&["", "javascript:", "https://", "/", "//", "#", "mailto:", "data:"][..])) {
        check(&format!("{HEAD}# Title\n\n[a]({scheme}{to}) <{scheme}{to}> [b](<{scheme}{to}>) [c][d]\n\n[d]: {scheme}{to}\n"))?;
    }

    #[test]
    fn no_front_matter_breaks_an_edition(head in marked(TOML)) {
        check(&format!("+++\n{head}\n+++\n# Title\n"))?;
    }

    #[test]
    fn no_yaml_breaks_an_edition(head in marked(YAML)) {
        check(&format!("---\n{head}\n---\n# Title\n"))?;
    }

    #[test]
    fn no_toml_breaks_the_cookies(text in marked(TOML), any in any::<String>()) {
        for text in [text, any] {
            let lines = text.split('\n').count();
            let mistakes = cookies::parse(Path::new("cookies.toml"), &text, (&[], None), "Acme").err().unwrap_or_default();
            prop_assert!(!mistakes.is_empty());
            prop_assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)), "{mistakes:?}");
        }
    }

    #[test]
    fn no_toml_breaks_the_services(text in marked(TOML)) {
        let lines = text.split('\n').count();
        let mistakes = services::parse(Path::new("services.toml"), &text, &[]).err().unwrap_or_default();
        prop_assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)), "{mistakes:?}");
    }

    #[test]
    fn no_text_breaks_the_report_of_an_examination(text in marked(TOML), any in any::<String>()) {
        for text in [text, any] {
            prop_assert!(compliance::parse(Path::new("compliance.json"), &text).is_err());
        }
    }

    #[test]
    fn no_text_breaks_a_lifetime(text in any::<String>(), number in any::<u64>()) {
        prop_assert!(lifetime::parse(&text).is_none_or(|_| text == "session" || text.contains(' ')));
        let seconds = format!("{number} seconds");
        prop_assert!(lifetime::parse(&seconds).is_some());
    }
}
