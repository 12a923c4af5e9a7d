//! The plain text of a policy, for API clients.

use crate::domain::policy::document::{Block, Inline, Section, Shortcode, plain_text};

/// The text below one heading of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainPart {
    /// The level of the heading, from 2.
    pub level: u8,
    pub heading: String,
    /// The text, with an empty line between paragraphs.
    pub text: String,
    /// The shortcodes in the text.
    pub inserts: Vec<Shortcode>,
}

/// Splits a section into its own text and one part for each subheading.
pub fn parts(section: &Section) -> (PlainPart, Vec<PlainPart>) {
    let mut own = PlainPart::new(2, plain_text(&section.heading));
    let mut below: Vec<PlainPart> = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Subheading { level, text } => below.push(PlainPart::new(*level, plain_text(text))),
            other => below.last_mut().unwrap_or(&mut own).add(other),
        }
    }
    (own, below)
}

/// The text of blocks outside sections.
pub fn text(blocks: &[Block]) -> String {
    let mut part = PlainPart::new(2, String::new());
    for block in blocks {
        part.add(block);
    }
    part.text
}

impl PlainPart {
    const fn new(level: u8, heading: String) -> Self {
        Self { level, heading, text: String::new(), inserts: Vec::new() }
    }

    fn add(&mut self, block: &Block) {
        if let Block::Shortcode(insert) = block {
            self.inserts.push(*insert);
            return;
        }
        // A rule has no text.
        if matches!(block, Block::Rule) {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        write(block, "", &mut self.text);
    }
}

/// Writes a block; every line after the first starts with the margin.
fn write(block: &Block, margin: &str, into: &mut String) {
    match block {
        Block::Paragraph(text) | Block::Subheading { text, .. } => into.push_str(&plain_text(text)),
        Block::List { start, items } => {
            for (number, item) in (start.unwrap_or_default()..).zip(items) {
                if number != start.unwrap_or_default() {
                    new_line(margin, into);
                }
                let mark = start.map_or("- ".to_owned(), |_| format!("{number}. "));
                into.push_str(&mark);
                write_all(item, &format!("{margin}{}", " ".repeat(mark.len())), into);
            }
        }
        Block::Quote(blocks) => {
            into.push_str("> ");
            write_all(blocks, &format!("{margin}> "), into);
        }
        Block::Table(table) => {
            let headings = table.columns.iter().map(|column| column.heading.as_slice());
            into.push_str(&cells(headings));
            for row in &table.rows {
                new_line(margin, into);
                into.push_str(&cells(row.iter().map(Vec::as_slice)));
            }
        }
        Block::Definitions(definitions) => {
            for (index, definition) in definitions.iter().enumerate() {
                if index > 0 {
                    new_line(margin, into);
                }
                into.push_str(&plain_text(&definition.term));
                for detail in &definition.details {
                    new_line(margin, into);
                    into.push_str("  ");
                    write_all(detail, &format!("{margin}  "), into);
                }
            }
        }
        Block::Footnotes(footnotes) => {
            for (index, footnote) in footnotes.iter().enumerate() {
                if index > 0 {
                    new_line(margin, into);
                }
                let mark = format!("[{}] ", footnote.number);
                into.push_str(&mark);
                write_all(&footnote.blocks, &format!("{margin}{}", " ".repeat(mark.len())), into);
            }
        }
        // A rule has no text. Lists and quotations contain no shortcode.
        Block::Rule | Block::Shortcode(_) => {}
    }
}

fn write_all(blocks: &[Block], margin: &str, into: &mut String) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            new_line(margin, into);
        }
        write(block, margin, into);
    }
}

/// The cells of a row on one line.
fn cells<'t>(row: impl Iterator<Item = &'t [Inline]>) -> String {
    row.map(plain_text).collect::<Vec<_>>().join(" | ")
}

fn new_line(margin: &str, into: &mut String) {
    into.push('\n');
    into.push_str(margin);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::document::{Align, Column, Definition, Footnote, Table};

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline::Emphasis(vec![Inline::Text(text.to_owned())])]
    }

    fn paragraph(text: &str) -> Block {
        Block::Paragraph(words(text))
    }

    #[test]
    fn a_section_is_its_own_text_and_that_of_each_heading_below_it() {
        let list = |start, inner| Block::List {
            start,
            items: vec![vec![paragraph("one"), Block::Quote(vec![paragraph("said"), paragraph("twice")])], inner],
        };
        let section = Section {
            id: "a".to_owned(),
            heading: words("A"),
            blocks: vec![
                paragraph("First."),
                Block::Shortcode(Shortcode::Purposes),
                Block::Subheading { level: 3, text: words("B") },
                list(None, vec![list(Some(9), vec![paragraph("two")])]),
                paragraph("Last."),
                Block::Subheading { level: 4, text: words("C") },
                Block::Table(Table {
                    columns: ["name", "use"].map(|it| Column { heading: words(it), align: Align::Start }).to_vec(),
                    rows: vec![vec![words("a"), words("one")], vec![words("b"), vec![]]],
                }),
                Block::Rule,
                Block::Definitions(vec![Definition {
                    term: words("term"),
                    details: vec![vec![paragraph("it"), paragraph("is")], vec![paragraph("this")]],
                }]),
                Block::Footnotes(vec![Footnote { number: 3, blocks: vec![paragraph("see"), paragraph("there")] }]),
            ],
        };
        let (own, below) = parts(&section);
        let part = |level, heading: &str, text: &str| PlainPart {
            level,
            heading: heading.into(),
            text: text.into(),
            inserts: vec![],
        };
        assert_eq!(own, PlainPart { inserts: vec![Shortcode::Purposes], ..part(2, "A", "First.") });
        let list = "- one\n  > said\n  > twice\n- 9. one\n     > said\n     > twice\n  10. two\n\nLast.";
        let table = "name | use\na | one\nb | \n\nterm\n  it\n  is\n  this\n\n[3] see\n    there";
        assert_eq!(below, [part(3, "B", list), part(4, "C", table)]);
        assert_eq!(text(&[paragraph("One."), paragraph("Two.")]), "One.\n\nTwo.");
    }
}
