//! Parses the Markdown of an edition into the typed tree; rejects what the tree cannot express.
//!
//! The parser's events are flat, and an explicit stack holds the open elements, so deeply nested
//! text costs no more than its length. `dialects` finds what means something to other parsers
//! only.

mod autolink;
pub(super) mod dialects;

use std::ops::Range;

use pulldown_cmark::{Alignment, Event, LinkType, Options, Parser, Tag};
use strum::VariantArray as _;

use crate::{
    content::{
        diagnostic::{Diagnostics, Located},
        document_builder::{DocumentBuilder, Heading},
    },
    domain::policy::document::{
        Align, Block, Column, Definition, Inline, Shortcode, Table, image_is_safe, link_is_safe, plain_text,
    },
};

/// The deepest nesting of lists, quotations, emphasis and links.
const DEEPEST: usize = 8;

/// The most cells of all tables. The parser adds those that a row leaves out, so a short text
/// could make a long page.
const MAX_CELLS: usize = 10_000;

/// The longest heading of a column, in characters. On narrow screens it stands beside every cell.
const MAX_COLUMN_HEADING: usize = 100;

/// The parser's options.
///
/// Typographic replacement is off, since a policy is shown word for word. Extensions that the tree
/// cannot express are on, so that they are detected: an unparsed task list would pass as brackets.
pub(super) fn options() -> Options {
    Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
}

/// Parses Markdown that begins at byte `from` of its file, with diagnostics in the report.
pub(super) fn parse(markdown: &str, from: usize, report: &mut Diagnostics) -> DocumentBuilder {
    // A reference without a definition would pass as text in brackets. Resolved to nothing, it is
    // detected and rejected; single brackets stay text.
    let mut unresolved = |link: pulldown_cmark::BrokenLink<'_>| {
        matches!(link.link_type, LinkType::Reference | LinkType::Collapsed).then(|| ("".into(), "".into()))
    };
    let parser = Parser::new_with_broken_link_callback(markdown, options(), Some(&mut unresolved));
    let first = report.line_of(from);
    let mut reader = Reader {
        markdown,
        report,
        outline: DocumentBuilder::default(),
        open: Vec::new(),
        skipped: 0,
        is_line_start: true,
        cells: 0,
    };
    for (event, range) in parser.into_offset_iter() {
        let line = reader.report.line_of(from + range.start);
        reader.handle(event, range, line);
    }
    let Reader { report, mut outline, .. } = reader;
    outline.finish(first, report);
    outline
}

struct Reader<'m, 'r, 'f> {
    markdown: &'m str,
    report: &'r mut Diagnostics<'f>,
    outline: DocumentBuilder,
    open: Vec<OpenElement>,
    /// The depth inside a rejected element, whose content is skipped.
    skipped: usize,
    /// Whether the next text is the first of its line.
    is_line_start: bool,
    /// The cells so far.
    cells: usize,
}

/// An open element.
struct OpenElement {
    kind: ElementKind,
    line: usize,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<Vec<Block>>,
    /// The cells of a row.
    cells: Vec<Vec<Inline>>,
    /// The rows of a table.
    rows: Vec<Vec<Vec<Inline>>>,
    definitions: Vec<Definition>,
    /// Where the last cell of a row ends in the text.
    cell_end: usize,
    /// How many lines have a bar, and the last of them.
    bars: (usize, usize),
}

enum ElementKind {
    Paragraph,
    Heading(Heading),
    Quote,
    List(Option<u64>),
    Item,
    Table(Vec<Alignment>),
    Row,
    Cell,
    Definitions,
    Term,
    Detail,
    Footnote(String),
    Emphasis,
    Strong,
    Link { to: String, title: String },
    Image(String),
}

impl ElementKind {
    /// Whether it can nest, and so counts for the depth.
    const fn nests(&self) -> bool {
        matches!(self, Self::Quote | Self::List(_) | Self::Definitions) || self.is_inline()
    }

    const fn is_inline(&self) -> bool {
        matches!(self, Self::Emphasis | Self::Strong | Self::Link { .. } | Self::Image(_))
    }

    /// Whether text can stand in it without a paragraph.
    const fn may_be_tight(&self) -> bool {
        matches!(self, Self::Item | Self::Detail | Self::Footnote(_))
    }
}

impl Reader<'_, '_, '_> {
    fn handle(&mut self, event: Event, range: Range<usize>, line: usize) {
        match event {
            Event::Start(_) if self.skipped > 0 => self.skipped += 1,
            Event::End(_) if self.skipped > 0 => self.skipped -= 1,
            _ if self.skipped > 0 => {}
            Event::Start(tag) => self.start(tag, &range, line),
            Event::End(_) => self.end(&range),
            Event::Text(text) => {
                self.report_dialect(range, line);
                self.text(&text, line);
            }
            Event::SoftBreak => {
                self.text(" ", line);
                self.is_line_start = true;
            }
            Event::HardBreak => {
                self.inline(Inline::Break);
                self.is_line_start = true;
            }
            Event::Code(text) => {
                self.report_invisible(&text, line);
                self.inline(Inline::Code(text.into_string()));
            }
            // A cell has no other line break.
            Event::InlineHtml(html) if is_line_break(&html) => self.inline(Inline::Break),
            Event::Html(_) | Event::InlineHtml(_) => self.refuse(line, "raw HTML"),
            Event::Rule => self.block(Block::Rule),
            Event::FootnoteReference(label) => self.footnote_reference(&label, line),
            Event::TaskListMarker(_) => self.refuse(line, "a task list"),
            Event::InlineMath(_) | Event::DisplayMath(_) => self.refuse(line, "a formula"),
        }
    }

    fn refuse(&mut self, line: usize, what: &str) {
        self.report.add(line, format!("{what} has no place in a policy"));
    }

    fn start(&mut self, tag: Tag, range: &Range<usize>, line: usize) {
        if matches!(tag, Tag::TableCell) {
            self.cells += 1;
        }
        if self.cells > MAX_CELLS {
            if self.cells == MAX_CELLS + 1 && matches!(tag, Tag::TableCell) {
                self.report.add(line, format!("the tables of an edition have at most {MAX_CELLS} cells"));
            }
            self.skipped = 1;
            return;
        }
        // A fence of a container right below a paragraph would be a definition.
        let source = self.markdown.get(range.start..).unwrap_or_default();
        let is_fence = matches!(tag, Tag::DefinitionListDefinition) && source.starts_with("::");
        let kind = if is_fence { Err(dialects::means_nothing(dialects::CONTAINER)) } else { self.kind(tag, line) };
        let kind = match kind {
            Ok(kind) => kind,
            Err(wrong) => {
                self.report.add(line, wrong);
                self.skipped = 1;
                return;
            }
        };
        if !kind.is_inline() {
            self.close_loose_text();
            self.is_line_start = true;
        }
        if matches!(kind, ElementKind::Cell)
            && let Some(row) = self.open.last_mut()
        {
            row.cell_end = range.end;
        }
        self.open.push(OpenElement {
            kind,
            line,
            blocks: Vec::new(),
            inlines: Vec::new(),
            items: Vec::new(),
            cells: Vec::new(),
            rows: Vec::new(),
            definitions: Vec::new(),
            cell_end: range.start,
            bars: (0, 0),
        });
    }

    /// The element of a tag, or why it is rejected.
    fn kind(&mut self, tag: Tag, line: usize) -> Result<ElementKind, String> {
        let no_place = |what: &str| Err(format!("{what} has no place in a policy"));
        let kind = match tag {
            Tag::Paragraph => ElementKind::Paragraph,
            Tag::Heading { .. } if !self.open.is_empty() => {
                return Err("a heading cannot stand within a list or quotation".to_owned());
            }
            Tag::Heading { level, id, classes, attrs } => ElementKind::Heading(Heading {
                level: level as usize,
                id: id.map(pulldown_cmark::CowStr::into_string),
                decorated: !classes.is_empty() || !attrs.is_empty(),
            }),
            Tag::BlockQuote(None) => ElementKind::Quote,
            Tag::BlockQuote(Some(_)) => return no_place("an alert"),
            Tag::List(start) => ElementKind::List(start),
            Tag::Item => ElementKind::Item,
            Tag::Table(alignments) => ElementKind::Table(alignments),
            Tag::TableHead | Tag::TableRow => ElementKind::Row,
            Tag::TableCell => ElementKind::Cell,
            Tag::DefinitionList => ElementKind::Definitions,
            Tag::DefinitionListTitle => ElementKind::Term,
            Tag::DefinitionListDefinition => ElementKind::Detail,
            Tag::FootnoteDefinition(_) if !self.open.is_empty() => {
                return Err("a footnote is defined outside of lists and quotations".to_owned());
            }
            Tag::FootnoteDefinition(label) => ElementKind::Footnote(label.into_string()),
            Tag::Emphasis => ElementKind::Emphasis,
            Tag::Strong => ElementKind::Strong,
            Tag::Link { link_type: LinkType::ReferenceUnknown | LinkType::CollapsedUnknown, id, .. }
            | Tag::Image { link_type: LinkType::ReferenceUnknown | LinkType::CollapsedUnknown, id, .. } => {
                return Err(format!("the link names [{id}], which is defined nowhere"));
            }
            Tag::Link { link_type, dest_url, title, .. } => {
                self.report_invisible(&title, line);
                let to = if link_type == LinkType::Email { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                ElementKind::Link { to: self.address(to, line)?, title: title.into_string() }
            }
            Tag::Image { title, .. } if !title.is_empty() => {
                return Err("an image has no title: say it in the text".to_owned());
            }
            Tag::Image { dest_url, .. } if !image_is_safe(&dest_url) => {
                return Err(format!(
                    "the image {:?} is refused: use the path of a file in public/, such as /a.png",
                    &*dest_url
                ));
            }
            Tag::Image { dest_url, .. } => ElementKind::Image(dest_url.into_string()),
            Tag::HtmlBlock => return no_place("raw HTML"),
            Tag::CodeBlock(_) => return no_place("a code block (a line indented by four spaces is one too)"),
            Tag::Strikethrough => return no_place("struck-out text"),
            Tag::Superscript | Tag::Subscript => return no_place("raised or lowered text"),
            Tag::MetadataBlock(_) => return no_place("a second front matter"),
        };
        if kind.nests() && self.open.iter().filter(|open| open.kind.nests()).count() >= DEEPEST {
            return Err(format!("the text is nested deeper than {DEEPEST} levels"));
        }
        Ok(kind)
    }

    fn address(&mut self, to: String, line: usize) -> Result<String, String> {
        if !link_is_safe(&to) {
            return Err(format!(
                "the link to {to:?} is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section"
            ));
        }
        if let Some(id) = to.strip_prefix('#') {
            self.outline.link_to(id.to_owned(), line);
        } else if to.starts_with('/') {
            self.outline.links.push(Located { value: to.clone(), line });
        }
        Ok(to)
    }

    fn end(&mut self, range: &Range<usize>) {
        self.close_loose_text();
        let Some(open) = self.open.pop() else { return };
        let OpenElement { kind, line, blocks, inlines, items, cells, rows, definitions, cell_end, bars } = open;
        match kind {
            ElementKind::Paragraph => {
                let block = self.paragraph(inlines, bars.0, line);
                self.block(block);
            }
            ElementKind::Heading(heading) => {
                self.refuse_braces(&inlines, line);
                // The title is plain text.
                let inlines = if heading.level > 1 { self.with_links(inlines, line) } else { inlines };
                self.outline.heading(heading, inlines, line, self.report);
            }
            ElementKind::Quote => self.block(Block::Quote(blocks)),
            ElementKind::List(start) => self.block(Block::List { start, items }),
            ElementKind::Item => {
                if let Some(list) = self.open.last_mut() {
                    list.items.push(blocks);
                }
            }
            ElementKind::Table(alignments) => self.table(&alignments, rows, line),
            ElementKind::Row => {
                self.check_row(range, cell_end, cells.len(), line);
                if let Some(table) = self.open.last_mut() {
                    table.rows.push(cells);
                }
            }
            ElementKind::Cell => {
                self.refuse_braces(&inlines, line);
                let inlines = self.with_links(inlines, line);
                if let Some(row) = self.open.last_mut() {
                    row.cells.push(inlines);
                }
            }
            ElementKind::Definitions => self.block(Block::Definitions(definitions)),
            ElementKind::Term => {
                self.refuse_braces(&inlines, line);
                let term = self.with_links(inlines, line);
                if let Some(list) = self.open.last_mut() {
                    list.definitions.push(Definition { term, details: Vec::new() });
                }
            }
            ElementKind::Detail => {
                if let Some(definition) = self.open.last_mut().and_then(|list| list.definitions.last_mut()) {
                    definition.details.push(blocks);
                }
            }
            ElementKind::Footnote(label) => self.outline.define_footnote(&label, blocks, line, self.report),
            ElementKind::Emphasis => self.inline(Inline::Emphasis(inlines)),
            ElementKind::Strong => self.inline(Inline::Strong(inlines)),
            ElementKind::Link { to, title } => {
                if plain_text(&inlines).trim().is_empty() {
                    self.report.add(line, "the link has no text");
                }
                self.inline(Inline::Link { to, title, text: inlines });
            }
            ElementKind::Image(path) => {
                let alt = plain_text(&inlines);
                if alt.trim().is_empty() {
                    self.report.add(line, "the image has no text for readers who do not see it: ![text](/a.png)");
                }
                self.outline.images.push(Located { value: path.clone(), line });
                self.inline(Inline::Image { path, alt });
            }
        }
    }

    /// Tight items have no paragraph around their text: adds one.
    fn close_loose_text(&mut self) {
        let Some(item) = self.open.last_mut() else { return };
        if item.kind.may_be_tight() && !item.inlines.is_empty() {
            let (inlines, bars) = (std::mem::take(&mut item.inlines), std::mem::take(&mut item.bars));
            let line = item.line;
            let block = self.paragraph(inlines, bars.0, line);
            self.block(block);
        }
    }

    fn table(&mut self, alignments: &[Alignment], rows: Vec<Vec<Vec<Inline>>>, line: usize) {
        let mut rows = rows.into_iter();
        let headings = rows.next().unwrap_or_default();
        if headings.iter().any(|heading| plain_text(heading).chars().count() > MAX_COLUMN_HEADING) {
            self.report.add(line, format!("the heading of a column has at most {MAX_COLUMN_HEADING} characters"));
        }
        let columns = headings.into_iter().zip(alignments).map(|(heading, alignment)| Column {
            heading,
            align: match alignment {
                Alignment::None | Alignment::Left => Align::Start,
                Alignment::Center => Align::Center,
                Alignment::Right => Align::End,
            },
        });
        let columns = columns.collect();
        self.block(Block::Table(Table { columns, rows: rows.collect() }));
    }

    /// Reports a row that the parser takes for another than its writer. It drops what stands
    /// behind the last column, and takes a paragraph right below a table for a row.
    fn check_row(&mut self, row: &Range<usize>, cell_end: usize, cells: usize, line: usize) {
        // Of a row that is one too many, no cell was read.
        if self.cells > MAX_CELLS {
            return;
        }
        let rest = self.markdown.get(cell_end..row.end).unwrap_or_default();
        if rest.contains(|c: char| c != '|' && !c.is_whitespace()) {
            self.report.add(line, format!("the row has more cells than the table has columns, which are {cells}"));
        }
        if cells > 1 && !self.markdown.get(row.clone()).unwrap_or_default().contains('|') {
            self.report.add(line, "the row has no bar: put an empty line between a table and what follows");
        }
    }

    fn footnote_reference(&mut self, label: &str, line: usize) {
        let is_in = |is: fn(&ElementKind) -> bool| self.open.iter().any(|open| is(&open.kind));
        if is_in(|kind| matches!(kind, ElementKind::Footnote(_))) {
            self.report.add(line, "a footnote cannot refer to a footnote");
        } else if is_in(|kind| {
            matches!(kind, ElementKind::Heading(_) | ElementKind::Link { .. } | ElementKind::Image(_))
        }) {
            self.report.add(line, "a heading, a link or an image cannot refer to a footnote");
        } else {
            let (number, is_first) = self.outline.refer_to_footnote(label, line);
            self.inline(Inline::FootnoteReference { number, is_first });
        }
    }

    /// Turns addresses in the text into links.
    fn with_links(&mut self, inlines: Vec<Inline>, line: usize) -> Vec<Inline> {
        autolink::with_links(inlines, &mut |to| {
            self.address(to, line).inspect_err(|wrong| self.report.add(line, wrong.clone())).ok()
        })
    }

    fn refuse_braces(&mut self, inlines: &[Inline], line: usize) {
        if has_braces(inlines) {
            self.report.add(line, ALONE);
        }
    }

    /// A paragraph, or the shortcode that it consists of.
    fn paragraph(&mut self, inlines: Vec<Inline>, bar_lines: usize, line: usize) -> Block {
        if bar_lines > 1 {
            self.report.add(line, "a table needs a rule below its head, such as |---|---|; \\| is a bar in a text");
        }
        if !has_braces(&inlines) {
            return Block::Paragraph(self.with_links(inlines, line));
        }
        let name = match inlines.as_slice() {
            [Inline::Text(text)] => text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")),
            _ => None,
        };
        let Some(name) = name.filter(|name| !name.contains("{{")).map(str::trim) else {
            self.report.add(line, ALONE);
            return Block::Paragraph(inlines);
        };
        let Ok(insert) = name.parse::<Shortcode>() else {
            let known = Shortcode::VARIANTS.iter().map(Shortcode::into_str).collect::<Vec<_>>().join(", ");
            self.report.add(line, format!("there is no insert {name:?}; there are {known}"));
            return Block::Paragraph(inlines);
        };
        if !self.open.is_empty() {
            self.report.add(line, "an insert cannot stand within a list or quotation");
        }
        self.outline.insert(insert, line, self.report);
        Block::Shortcode(insert)
    }

    fn block(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(open) => open.blocks.push(block),
            None => self.outline.block(block),
        }
    }

    fn inline(&mut self, inline: Inline) {
        if let Some(open) = self.open.last_mut() {
            open.inlines.push(inline);
        }
    }

    /// Reports what means something in another dialect, and counts the lines with bars.
    fn report_dialect(&mut self, range: Range<usize>, line: usize) {
        let text = dialects::Text { source: self.markdown, range, is_line_start: self.is_line_start };
        self.is_line_start = false;
        if let Some((_, what)) = text.foreign() {
            self.report.add(line, dialects::means_nothing(what));
        }
        let open = self.open.iter_mut().rev().find(|open| !open.kind.is_inline());
        if let Some(open) = open.filter(|open| open.bars.1 != line && text.has_bar()) {
            open.bars = (open.bars.0 + 1, line);
        }
    }

    /// Reports invisible characters that have an effect.
    fn report_invisible(&mut self, text: &str, line: usize) {
        if text.chars().any(|c| c.is_control() && c != '\t') {
            self.report.add(line, "the text holds a control character");
        }
        if text.chars().any(turns_around) {
            self.report.add(line, "the text holds a character that turns the direction of reading around");
        }
    }

    /// Appends text, joining the pieces into which the parser splits it.
    fn text(&mut self, text: &str, line: usize) {
        self.report_invisible(text, line);
        match self.open.last_mut().and_then(|open| open.inlines.last_mut()) {
            Some(Inline::Text(before)) => before.push_str(text),
            _ => self.inline(Inline::Text(text.to_owned())),
        }
    }
}

/// Whether the character overrides the direction of text (Unicode Standard Annex 9). No language
/// needs it: isolates do the same for a part of the text.
const fn turns_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}')
}

const ALONE: &str = "an insert stands in a paragraph of its own, with nothing beside it: {{ name }}";

/// Whether the HTML is `<br>`.
pub(super) fn is_line_break(html: &str) -> bool {
    let name = html.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or_default();
    name.trim_end_matches('/').trim_end().eq_ignore_ascii_case("br")
}

/// Whether the text outside code contains the start of a shortcode.
fn has_braces(inlines: &[Inline]) -> bool {
    inlines.iter().any(|inline| match inline {
        Inline::Text(text) | Inline::Image { alt: text, .. } => text.contains("{{"),
        Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => has_braces(inner),
        Inline::Code(_) | Inline::FootnoteReference { .. } | Inline::Break => false,
    })
}
