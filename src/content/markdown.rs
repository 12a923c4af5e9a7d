//! Parses the Markdown of an edition into the typed tree; rejects what the tree cannot express.
//!
//! The parser's events are flat, and an explicit stack holds the open elements, so deeply nested
//! text costs no more than its length.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};
use strum::VariantArray as _;

use crate::{
    content::{
        diagnostic::{Diagnostics, Located},
        document_builder::{DocumentBuilder, Heading},
    },
    domain::policy::document::{Block, Inline, Shortcode, link_is_safe, plain_text},
};

/// The deepest nesting of lists, quotations, emphasis and links.
const DEEPEST: usize = 8;

/// The parser's options.
///
/// Typographic replacement is off, since a policy is shown word for word. Extensions that the tree
/// cannot express are on, so that they are detected: an unparsed table would pass as a paragraph
/// full of bars.
fn options() -> Options {
    Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
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
    let mut reader = Reader { report, outline: DocumentBuilder::default(), open: Vec::new(), skipped: 0 };
    for (event, range) in parser.into_offset_iter() {
        let line = reader.report.line_of(from + range.start);
        reader.handle(event, line);
    }
    let Reader { report, mut outline, .. } = reader;
    outline.finish(first, report);
    outline
}

struct Reader<'r, 'f> {
    report: &'r mut Diagnostics<'f>,
    outline: DocumentBuilder,
    open: Vec<OpenElement>,
    /// The depth inside a rejected element, whose content is skipped.
    skipped: usize,
}

/// An open element.
struct OpenElement {
    kind: ElementKind,
    line: usize,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<Vec<Block>>,
}

enum ElementKind {
    Paragraph,
    Heading(Heading),
    Quote,
    List(Option<u64>),
    Item,
    Emphasis,
    Strong,
    Link(String),
}

impl ElementKind {
    /// Whether it can nest, and so counts for the depth.
    const fn nests(&self) -> bool {
        !matches!(self, Self::Paragraph | Self::Heading(_) | Self::Item)
    }

    const fn is_inline(&self) -> bool {
        matches!(self, Self::Emphasis | Self::Strong | Self::Link(_))
    }
}

impl Reader<'_, '_> {
    fn handle(&mut self, event: Event, line: usize) {
        match event {
            Event::Start(_) if self.skipped > 0 => self.skipped += 1,
            Event::End(_) if self.skipped > 0 => self.skipped -= 1,
            _ if self.skipped > 0 => {}
            Event::Start(tag) => self.start(tag, line),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text, line),
            Event::SoftBreak => self.text(" ", line),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Code(text) => {
                self.report_invisible(&text, line);
                self.inline(Inline::Code(text.into_string()));
            }
            Event::Html(_) | Event::InlineHtml(_) => self.refuse(line, "raw HTML"),
            Event::Rule => self.refuse(line, "a rule"),
            Event::FootnoteReference(_) => self.refuse(line, "a footnote"),
            Event::TaskListMarker(_) => self.refuse(line, "a task list"),
            Event::InlineMath(_) | Event::DisplayMath(_) => self.refuse(line, "a formula"),
        }
    }

    fn refuse(&mut self, line: usize, what: &str) {
        self.report.add(line, format!("{what} has no place in a policy"));
    }

    fn start(&mut self, tag: Tag, line: usize) {
        let kind = match self.kind(tag, line) {
            Ok(kind) => kind,
            Err(wrong) => {
                self.report.add(line, wrong);
                self.skipped = 1;
                return;
            }
        };
        if !kind.is_inline() {
            self.close_loose_text();
        }
        self.open.push(OpenElement { kind, line, blocks: Vec::new(), inlines: Vec::new(), items: Vec::new() });
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
            Tag::Emphasis => ElementKind::Emphasis,
            Tag::Strong => ElementKind::Strong,
            Tag::Link { link_type, dest_url, title, id } => {
                if matches!(link_type, LinkType::ReferenceUnknown | LinkType::CollapsedUnknown) {
                    return Err(format!("the link names [{id}], which is defined nowhere"));
                }
                if !title.is_empty() {
                    return Err("a link has no title: say it in the text".to_owned());
                }
                ElementKind::Link(self.address(link_type, &dest_url, line)?)
            }
            Tag::Image { .. } => return no_place("an image"),
            Tag::HtmlBlock => return no_place("raw HTML"),
            Tag::CodeBlock(_) => return no_place("a code block (a line indented by four spaces is one too)"),
            Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell => return no_place("a table"),
            Tag::FootnoteDefinition(_) => return no_place("a footnote"),
            Tag::Strikethrough => return no_place("struck-out text"),
            Tag::DefinitionList | Tag::DefinitionListTitle | Tag::DefinitionListDefinition => {
                return no_place("a definition list");
            }
            Tag::Superscript | Tag::Subscript => return no_place("raised or lowered text"),
            Tag::MetadataBlock(_) => return no_place("a second front matter"),
        };
        if kind.nests() && self.open.iter().filter(|open| open.kind.nests()).count() >= DEEPEST {
            return Err(format!("the text is nested deeper than {DEEPEST} levels"));
        }
        Ok(kind)
    }

    fn address(&mut self, link_type: LinkType, to: &str, line: usize) -> Result<String, String> {
        let to = if link_type == LinkType::Email { format!("mailto:{to}") } else { to.to_owned() };
        if !link_is_safe(&to) {
            return Err(format!(
                "the link to {to:?} is refused: use https://, mailto:, a path such as /preferences, or #id of a section"
            ));
        }
        if let Some(id) = to.strip_prefix('#') {
            self.outline.link_to(id.to_owned(), line);
        } else if to.starts_with('/') {
            self.outline.links.push(Located { value: to.clone(), line });
        }
        Ok(to)
    }

    fn end(&mut self) {
        self.close_loose_text();
        let Some(OpenElement { kind, line, blocks, inlines, items }) = self.open.pop() else { return };
        match kind {
            ElementKind::Paragraph => {
                let block = self.paragraph(inlines, line);
                self.block(block);
            }
            ElementKind::Heading(heading) => {
                if has_braces(&inlines) {
                    self.report.add(line, ALONE);
                }
                self.outline.heading(heading, inlines, line, self.report);
            }
            ElementKind::Quote => self.block(Block::Quote(blocks)),
            ElementKind::List(start) => self.block(Block::List { start, items }),
            ElementKind::Item => {
                if let Some(list) = self.open.last_mut() {
                    list.items.push(blocks);
                }
            }
            ElementKind::Emphasis => self.inline(Inline::Emphasis(inlines)),
            ElementKind::Strong => self.inline(Inline::Strong(inlines)),
            ElementKind::Link(to) => {
                if plain_text(&inlines).trim().is_empty() {
                    self.report.add(line, "the link has no text");
                }
                self.inline(Inline::Link { to, text: inlines });
            }
        }
    }

    /// Tight list items have no paragraph around their text: adds one.
    fn close_loose_text(&mut self) {
        let Some(item) = self.open.last_mut() else { return };
        if matches!(item.kind, ElementKind::Item) && !item.inlines.is_empty() {
            let (inlines, line) = (std::mem::take(&mut item.inlines), item.line);
            let block = self.paragraph(inlines, line);
            self.block(block);
        }
    }

    /// A paragraph, or the shortcode that it consists of.
    fn paragraph(&mut self, inlines: Vec<Inline>, line: usize) -> Block {
        if !has_braces(&inlines) {
            return Block::Paragraph(inlines);
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

/// Whether the text outside code contains the start of a shortcode.
fn has_braces(inlines: &[Inline]) -> bool {
    inlines.iter().any(|inline| match inline {
        Inline::Text(text) => text.contains("{{"),
        Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => has_braces(inner),
        Inline::Code(_) | Inline::Break => false,
    })
}
