//! The plain text of a policy, for API clients.

use crate::domain::policy::document::{Block, Section, Shortcode, plain_text};

/// The text below one heading of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainPart {
    pub heading: String,
    /// The text, with an empty line between paragraphs.
    pub text: String,
    /// The shortcodes in the text.
    pub inserts: Vec<Shortcode>,
}

/// Splits a section into its own text and one part for each subheading.
pub fn parts(section: &Section) -> (PlainPart, Vec<PlainPart>) {
    let mut own = PlainPart::new(plain_text(&section.heading));
    let mut below: Vec<PlainPart> = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Subheading(heading) => below.push(PlainPart::new(plain_text(heading))),
            other => below.last_mut().unwrap_or(&mut own).add(other),
        }
    }
    (own, below)
}

/// The text of blocks outside sections.
pub fn text(blocks: &[Block]) -> String {
    let mut part = PlainPart::new(String::new());
    for block in blocks {
        part.add(block);
    }
    part.text
}

impl PlainPart {
    const fn new(heading: String) -> Self {
        Self { heading, text: String::new(), inserts: Vec::new() }
    }

    fn add(&mut self, block: &Block) {
        if let Block::Shortcode(insert) = block {
            self.inserts.push(*insert);
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
        Block::Paragraph(inlines) | Block::Subheading(inlines) => into.push_str(&plain_text(inlines)),
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
        // Lists and quotations contain no shortcode.
        Block::Shortcode(_) => {}
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

fn new_line(margin: &str, into: &mut String) {
    into.push('\n');
    into.push_str(margin);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::document::Inline;

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
                Block::Subheading(words("B")),
                list(None, vec![list(Some(9), vec![paragraph("two")])]),
                paragraph("Last."),
                Block::Subheading(words("C")),
            ],
        };
        let (own, below) = parts(&section);
        let part =
            |heading: &str, text: &str| PlainPart { heading: heading.into(), text: text.into(), inserts: vec![] };
        assert_eq!(own, PlainPart { inserts: vec![Shortcode::Purposes], ..part("A", "First.") });
        let list = "- one\n  > said\n  > twice\n- 9. one\n     > said\n     > twice\n  10. two\n\nLast.";
        assert_eq!(below, [part("B", list), part("C", "")]);
        assert_eq!(text(&[paragraph("One."), paragraph("Two.")]), "One.\n\nTwo.");
    }
}
