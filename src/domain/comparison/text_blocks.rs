//! The text of an edition, split into the blocks that are compared.

use crate::domain::policy::document::{Block, Edition, Inline, Shortcode};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextBlockKind {
    Paragraph,
    /// The first paragraph of a list item.
    Item,
    /// A paragraph of a quotation.
    Quote,
    /// A subheading within a section.
    Subheading,
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
            Block::Subheading(text) => into.push(TextBlock { kind: TextBlockKind::Subheading, text: words(text) }),
            Block::Shortcode(insert) => {
                into.push(TextBlock { kind: TextBlockKind::Shortcode(*insert), text: String::new() });
            }
            Block::Quote(inner) => collect(inner, TextBlockKind::Quote, into),
            Block::List { items, .. } => {
                for item in items {
                    let (first, rest) = item.split_at(item.len().min(1));
                    collect(first, TextBlockKind::Item, into);
                    collect(rest, TextBlockKind::Paragraph, into);
                }
            }
        }
    }
}

/// The words of inline content. The target of a link follows its words, so that a changed target is
/// a difference.
fn words(inlines: &[Inline]) -> String {
    let mut text = String::new();
    write(inlines, &mut text);
    text
}

fn write(inlines: &[Inline], into: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => into.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) => write(inner, into),
            Inline::Break => into.push(' '),
            Inline::Link { to, text } => {
                let from = into.len();
                write(text, into);
                let says = into.get(from..).unwrap_or_default();
                if to != says && to.strip_prefix("mailto:") != Some(says) {
                    into.push_str(" (");
                    into.push_str(to);
                    into.push(')');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            Block::Subheading(text("Below")),
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
                (TextBlockKind::Subheading, "Below"),
                (TextBlockKind::Shortcode(Shortcode::Controls), ""),
            ]
        );
    }

    #[test]
    fn a_link_says_where_it_leads_unless_its_words_do() {
        for (to, says, expected) in [
            ("/preferences", "here", "here (/preferences)"),
            ("https://example.org", "https://example.org", "https://example.org"),
            ("mailto:me@example.org", "me@example.org", "me@example.org"),
        ] {
            let link = Inline::Link { to: to.into(), text: vec![Inline::Text(says.into())] };
            assert_eq!(words(&[link]), expected);
        }
    }
}
