//! Builds the document of an edition: one title, an introduction, then sections with unique ids.

use std::collections::HashSet;

use crate::{
    content::diagnostic::{Diagnostics, Located},
    domain::policy::document::{Block, Inline, Section, Shortcode, plain_text},
};

/// The most sections of an edition; more would make the table of contents unusable.
const MAX_SECTIONS: usize = 200;

/// The document of an edition, built from top to bottom.
#[derive(Debug, Default)]
pub(super) struct DocumentBuilder {
    /// Empty until the title is found.
    pub title: String,
    /// The text before the first section.
    pub introduction: Vec<Block>,
    pub sections: Vec<Section>,
    /// Links to paths of this site; checking their targets needs all editions.
    pub links: Vec<Located<String>>,
    titled: bool,
    ids: HashSet<String>,
    inserts: HashSet<Shortcode>,
    anchors: Vec<Located<String>>,
}

/// A heading in Markdown.
#[derive(Debug)]
pub(super) struct Heading {
    /// 1 for the title, 2 for a section, 3 for a subheading.
    pub level: usize,
    pub id: Option<String>,
    /// Whether the braces contain more than an id.
    pub decorated: bool,
}

impl DocumentBuilder {
    /// Appends a block.
    pub fn block(&mut self, block: Block) {
        match self.sections.last_mut() {
            Some(section) => section.blocks.push(block),
            None => self.introduction.push(block),
        }
    }

    /// Appends a heading.
    pub fn heading(&mut self, heading: Heading, text: Vec<Inline>, line: usize, report: &mut Diagnostics) {
        if plain_text(&text).trim().is_empty() {
            report.add(line, "the heading is empty");
        }
        if heading.decorated {
            report.add(line, "the braces of a heading hold an id and nothing else: {#some-id}");
        }
        if heading.level != 2 && heading.id.is_some() {
            report.add(line, "only the heading of a section, ##, has an id");
        }
        match heading.level {
            1 => self.title(&text, line, report),
            2 => self.section(heading.id, text, line, report),
            3 if self.sections.is_empty() => report.add(line, "a subheading, ###, needs a section, ##, above it"),
            3 => self.block(Block::Subheading(text)),
            _ => report.add(line, "headings go no deeper than ###"),
        }
    }

    /// Registers a shortcode, which may occur once.
    pub fn insert(&mut self, insert: Shortcode, line: usize, report: &mut Diagnostics) {
        if !self.inserts.insert(insert) {
            report.add(line, format!("the insert {} stands in this edition already", insert.into_str()));
        }
    }

    /// Registers a link to a section, which [`DocumentBuilder::finish`] checks.
    pub fn link_to(&mut self, id: String, line: usize) {
        self.anchors.push(Located { value: id, line });
    }

    /// Reports what only the end of the text shows; the text begins on line `first`.
    pub fn finish(&mut self, first: usize, report: &mut Diagnostics) {
        if !self.titled {
            report.add(first, "the title is missing: begin the text with # and the title");
        }
        for anchor in self.anchors.drain(..).filter(|anchor| !self.ids.contains(&anchor.value)) {
            report.add(anchor.line, format!("the link leads to #{}, but no section has that id", anchor.value));
        }
    }

    fn title(&mut self, text: &[Inline], line: usize, report: &mut Diagnostics) {
        if self.titled {
            report.add(line, "this is a second title: an edition has one, and a section begins with ##");
            return;
        }
        if !self.introduction.is_empty() || !self.sections.is_empty() {
            report.add(line, "the title must come before all other text");
        }
        if text.iter().any(|inline| !matches!(inline, Inline::Text(_))) {
            report.add(line, "the title is plain text, without marks or links");
        }
        self.titled = true;
        self.title = plain_text(text);
    }

    fn section(&mut self, id: Option<String>, heading: Vec<Inline>, line: usize, report: &mut Diagnostics) {
        match &id {
            None => report.add(line, "the section has no id: write ## Heading {#some-id}"),
            Some(id) if !is_id(id) => report
                .add(line, format!("the id {id:?} must be small letters, digits and hyphens, with a letter first")),
            Some(id) if !self.ids.insert(id.clone()) => {
                report.add(line, format!("the id {id:?} belongs to an earlier section already"));
            }
            Some(_) => {}
        }
        if self.sections.len() == MAX_SECTIONS {
            report.add(line, format!("an edition has at most {MAX_SECTIONS} sections"));
        }
        self.sections.push(Section { id: id.unwrap_or_default(), heading, blocks: Vec::new() });
    }
}

fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
