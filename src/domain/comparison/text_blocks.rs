//! The text of an edition, split into the blocks that are compared.

use std::fmt::Write as _;

use crate::domain::policy::document::{Block, Definition, Edition, Footnote, Inline, Shortcode};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextBlockKind {
    Paragraph,
    /// The first paragraph of a list item.
    Item,
    /// A paragraph of a quotation.
    Quote,
    /// A subheading within a section, with its level.
    Subheading(u8),
    /// A row of a table, with bars between the cells.
    Row,
    /// A term of a definition list; its definitions are items.
    Term,
    /// A shortcode, which has no text of its own.
    Shortcode(Shortcode),
}

/// A block of text that is compared word by word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextBlock {
    pub kind: TextBlockKind,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainTextSection {
    pub id: String,
    pub heading: String,
    pub blocks: Vec<TextBlock>,
}

/// The text of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainText {
    pub title: String,
    /// The text before the first section.
    pub introduction: Vec<TextBlock>,
    pub sections: Vec<PlainTextSection>,
}

impl From<&Edition> for PlainText {
    fn from(edition: &Edition) -> Self {
        let sections = edition.sections.iter().map(|section| PlainTextSection {
            id: section.id.clone(),
            heading: words(&section.heading),
            blocks: text_blocks(&section.blocks),
        });
        Self {
            title: edition.title.clone(),
            introduction: text_blocks(&edition.introduction),
            sections: sections.collect(),
        }
    }
}

/// The text blocks in reading order.
fn text_blocks(blocks: &[Block]) -> Vec<TextBlock> {
    let mut found = Vec::new();
    collect(blocks, TextBlockKind::Paragraph, &mut found);
    found
}

fn collect(blocks: &[Block], paragraph: TextBlockKind, into: &mut Vec<TextBlock>) {
    for block in blocks {
        match block {
            Block::Paragraph(text) => into.push(TextBlock { kind: paragraph, text: words(text) }),
            Block::Subheading { level, text } => {
                into.push(TextBlock { kind: TextBlockKind::Subheading(*level), text: words(text) });
            }
            Block::Table(table) => {
                let headings: Vec<_> = table.columns.iter().map(|column| words(&column.heading)).collect();
                let rows = table.rows.iter().map(|row| row.iter().map(|cell| words(cell)).collect());
                let rows = std::iter::once(headings).chain(rows);
                into.extend(rows.map(|cells| TextBlock { kind: TextBlockKind::Row, text: cells.join(" | ") }));
            }
            Block::Definitions(definitions) => {
                for Definition { term, details } in definitions {
                    into.push(TextBlock { kind: TextBlockKind::Term, text: words(term) });
                    for detail in details {
                        item(detail, into);
                    }
                }
            }
            Block::Footnotes(footnotes) => {
                for Footnote { number, blocks } in footnotes {
                    let first = into.len();
                    collect(blocks, TextBlockKind::Paragraph, into);
                    if let Some(first) = into.get_mut(first) {
                        first.text.insert_str(0, &format!("[{number}] "));
                    }
                }
            }
            // A rule has no words.
            Block::Rule => {}
            Block::Shortcode(insert) => {
                into.push(TextBlock { kind: TextBlockKind::Shortcode(*insert), text: String::new() });
            }
            Block::Quote(inner) => collect(inner, TextBlockKind::Quote, into),
            Block::List { items, .. } => {
                for blocks in items {
                    item(blocks, into);
                }
            }
        }
    }
}

fn item(blocks: &[Block], into: &mut Vec<TextBlock>) {
    let (first, rest) = blocks.split_at(blocks.len().min(1));
    collect(first, TextBlockKind::Item, into);
    collect(rest, TextBlockKind::Paragraph, into);
}

/// The words of inline content. The target of a link, its title and the path of an image follow
/// the words, so that a change of these is a difference.
fn words(inlines: &[Inline]) -> String {
    let mut text = String::new();
    words_of(inlines, &mut text);
    text
}

fn words_of(inlines: &[Inline], into: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => into.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) => words_of(inner, into),
            Inline::Break => into.push(' '),
            Inline::Image { path, alt } => {
                let _ = write!(into, "{alt} ({path})");
            }
            Inline::FootnoteReference { number, .. } => {
                let _ = write!(into, "[{number}]");
            }
            Inline::Link { to, title, text } => {
                let from = into.len();
                words_of(text, into);
                let says = into.get(from..).unwrap_or_default();
                if to != says && to.strip_prefix("mailto:") != Some(says) {
                    let _ = write!(into, " ({to})");
                }
                if !title.is_empty() {
                    let _ = write!(into, " (“{title}”)");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::document::{Align, Column, Table};

    #[test]
    fn a_text_is_taken_apart_in_the_order_in_which_it_is_read() {
        let text = |text: &str| vec![Inline::Text(text.to_owned())];
        let blocks = [
            Block::Paragraph(vec![
                Inline::Text("One ".into()),
                Inline::Strong(vec![Inline::Emphasis(text("two"))]),
                Inline::Break,
                Inline::Code("three".into()),
            ]),
            Block::List {
                start: None,
                items: vec![vec![
                    Block::Paragraph(text("first")),
                    Block::Paragraph(text("more")),
                    Block::List { start: Some(1), items: vec![vec![Block::Paragraph(text("inner"))]] },
                ]],
            },
            Block::Quote(vec![Block::Paragraph(text("said"))]),
            Block::Subheading { level: 4, text: text("Below") },
            Block::Table(Table {
                columns: vec![Column { heading: text("Name"), align: Align::End }],
                rows: vec![vec![text("_ga")], vec![text("_gid")]],
            }),
            Block::Rule,
            Block::Definitions(vec![Definition {
                term: text("Cookie"),
                details: vec![vec![Block::Paragraph(text("a file")), Block::Paragraph(text("a small one"))]],
            }]),
            Block::Footnotes(vec![Footnote { number: 2, blocks: vec![Block::Paragraph(text("see there"))] }]),
            Block::Shortcode(Shortcode::Controls),
        ];
        let found = text_blocks(&blocks);
        let found: Vec<_> = found.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(
            found,
            [
                (TextBlockKind::Paragraph, "One two three"),
                (TextBlockKind::Item, "first"),
                (TextBlockKind::Paragraph, "more"),
                (TextBlockKind::Item, "inner"),
                (TextBlockKind::Quote, "said"),
                (TextBlockKind::Subheading(4), "Below"),
                (TextBlockKind::Row, "Name"),
                (TextBlockKind::Row, "_ga"),
                (TextBlockKind::Row, "_gid"),
                (TextBlockKind::Term, "Cookie"),
                (TextBlockKind::Item, "a file"),
                (TextBlockKind::Paragraph, "a small one"),
                (TextBlockKind::Paragraph, "[2] see there"),
                (TextBlockKind::Shortcode(Shortcode::Controls), ""),
            ]
        );
    }

    #[test]
    fn a_link_says_where_it_leads_unless_its_words_do() {
        for (to, title, says, expected) in [
            ("/preferences", "", "here", "here (/preferences)"),
            ("/preferences", "yours", "here", "here (/preferences) (“yours”)"),
            ("https://example.org", "", "https://example.org", "https://example.org"),
            ("mailto:me@example.org", "", "me@example.org", "me@example.org"),
        ] {
            let link = Inline::Link { to: to.into(), title: title.into(), text: vec![Inline::Text(says.into())] };
            assert_eq!(words(&[link]), expected);
        }
        let image = Inline::Image { path: "/a.png".into(), alt: "a cookie".into() };
        assert_eq!(words(&[image, Inline::FootnoteReference { number: 1, is_first: true }]), "a cookie (/a.png)[1]");
    }
}
