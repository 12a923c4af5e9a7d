//! Builds the document of an edition: one title, an introduction, then sections with unique ids.

use std::collections::{BTreeMap, HashSet};

use crate::{
    content::diagnostic::{Diagnostics, Located},
    domain::policy::{
        document::{Block, Footnote, Inline, Section, Shortcode, plain_text},
        section_id,
    },
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
    /// The paths of images; checking that the files exist needs the site's folder.
    pub images: Vec<Located<String>>,
    titled: bool,
    ids: HashSet<String>,
    /// The sections without an id, as index and line.
    without_id: Vec<Located<usize>>,
    footnotes: BTreeMap<String, FootnoteDraft>,
    /// How many of them the text refers to.
    referenced: usize,
    /// Whether the section has a subheading, ###.
    has_subheading: bool,
    inserts: HashSet<Shortcode>,
    anchors: Vec<Located<String>>,
}

/// A footnote, known by its references, its definition, or both.
#[derive(Debug, Default)]
struct FootnoteDraft {
    /// The number, and the index of the section that refers to it first; 0 is the introduction.
    referenced: Option<Located<(usize, usize)>>,
    defined: Option<Located<Vec<Block>>>,
}

/// A heading in Markdown.
#[derive(Debug)]
pub(super) struct Heading {
    /// 1 for the title, 2 for a section, 3 and 4 for subheadings.
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
            3 => {
                self.has_subheading = true;
                self.block(Block::Subheading { level: 3, text });
            }
            4 if !self.has_subheading => report.add(line, "a heading ####, needs a subheading, ###, above it"),
            4 => self.block(Block::Subheading { level: 4, text }),
            _ => report.add(line, "headings go no deeper than ####"),
        }
    }

    /// Registers a shortcode, which may occur once.
    pub fn insert(&mut self, insert: Shortcode, line: usize, report: &mut Diagnostics) {
        if !self.inserts.insert(insert) {
            report.add(line, format!("the insert {} stands in this edition already", insert.into_str()));
        }
    }

    /// Registers a reference to a footnote. Returns the number of the footnote, and whether it is
    /// the first reference.
    pub fn refer_to_footnote(&mut self, label: &str, line: usize) -> (usize, bool) {
        let footnote = self.footnotes.entry(label.to_owned()).or_default();
        let is_first = footnote.referenced.is_none();
        self.referenced += usize::from(is_first);
        let value = (self.referenced, self.sections.len());
        let (number, _) = footnote.referenced.get_or_insert(Located { value, line }).value;
        (number, is_first)
    }

    /// Registers the definition of a footnote.
    pub fn define_footnote(&mut self, label: &str, blocks: Vec<Block>, line: usize, report: &mut Diagnostics) {
        let footnote = self.footnotes.entry(label.to_owned()).or_default();
        if footnote.defined.replace(Located { value: blocks, line }).is_some() {
            report.add(line, format!("the footnote [^{label}] is defined already"));
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
        self.propose_ids(report);
        self.place_footnotes(report);
        for anchor in self.anchors.drain(..).filter(|anchor| !self.ids.contains(&anchor.value)) {
            report.add(anchor.line, format!("the link leads to #{}, but no section has that id", anchor.value));
        }
    }

    /// Proposes an id for each section without one. Ids that are written further below are known
    /// by now.
    fn propose_ids(&mut self, report: &mut Diagnostics) {
        for Located { value: index, line } in std::mem::take(&mut self.without_id).into_iter().take(MAX_SECTIONS) {
            let heading = self.sections.get(index).map(|section| plain_text(&section.heading)).unwrap_or_default();
            let id = section_id::propose(&heading, |id| self.ids.contains(id));
            report.add(line, format!("the section has no id: write ## {} {{#{id}}}", heading.trim()));
            self.ids.insert(id);
        }
    }

    /// Appends each footnote to the section that refers to it first.
    fn place_footnotes(&mut self, report: &mut Diagnostics) {
        let mut placed = Vec::new();
        for (label, footnote) in std::mem::take(&mut self.footnotes) {
            match (footnote.referenced, footnote.defined) {
                (Some(reference), Some(definition)) => {
                    let (number, section) = reference.value;
                    placed.push((section, Footnote { number, blocks: definition.value }));
                }
                (Some(reference), None) => {
                    report.add(reference.line, format!("the footnote [^{label}] is defined nowhere"));
                }
                (None, Some(definition)) => {
                    report.add(definition.line, format!("nothing refers to the footnote [^{label}]"));
                }
                (None, None) => {}
            }
        }
        placed.sort_by_key(|(_, footnote)| footnote.number);
        let mut placed = placed.into_iter().peekable();
        while let Some((section, footnote)) = placed.next() {
            let mut footnotes = vec![footnote];
            while let Some((_, next)) = placed.next_if(|(next, _)| *next == section) {
                footnotes.push(next);
            }
            let section = section.checked_sub(1).and_then(|index| self.sections.get_mut(index));
            section.map_or(&mut self.introduction, |section| &mut section.blocks).push(Block::Footnotes(footnotes));
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
            None => self.without_id.push(Located { value: self.sections.len(), line }),
            Some(id) if !section_id::is_valid(id) => report
                .add(line, format!("the id {id:?} must be small letters, digits and hyphens, with a letter first")),
            Some(id) if section_id::is_reserved(id) => {
                let free = section_id::propose(id, |id| self.ids.contains(id));
                report.add(line, format!("the page itself uses the id {id:?}: take another, such as {{#{free}}}"));
            }
            Some(id) if !self.ids.insert(id.clone()) => {
                report.add(line, format!("the id {id:?} belongs to an earlier section already"));
            }
            Some(_) => {}
        }
        if self.sections.len() == MAX_SECTIONS {
            report.add(line, format!("an edition has at most {MAX_SECTIONS} sections"));
        }
        self.has_subheading = false;
        self.sections.push(Section { id: id.unwrap_or_default(), heading, blocks: Vec::new() });
    }
}
