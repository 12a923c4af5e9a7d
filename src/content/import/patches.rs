//! Finds what an edition may not hold, and what takes its place.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use pulldown_cmark::{BlockQuoteKind, CowStr, Event, LinkType, Parser, Tag};

use super::{Patch, Target, html};
use crate::{
    content::{
        link_check,
        markdown::{self, dialects},
    },
    domain::{
        i18n::languages::Languages,
        policy::{
            document::{image_is_safe, link_is_safe},
            section_id,
            version::Version,
        },
    },
};

/// The title of a policy that has none.
const TITLE: &str = "Cookie policy";

/// How many headings are mended; more are no policy.
const MAX_HEADINGS: usize = 1_000;

/// What a policy needs to become an edition, and what earlier rounds found.
pub(super) struct Importer {
    title: String,
    version: Version,
    languages: Languages,
    base: Option<String>,
    /// The section of each anchor that other sites give to a heading.
    anchors: HashMap<String, String>,
}

/// An element that is open, or a heading that is complete.
struct Element<'m> {
    tag: Tag<'m>,
    range: Range<usize>,
    /// From the start of the first child to the end of the last.
    inner: Option<Range<usize>>,
    /// The words.
    plain: String,
    /// Whether the content is more than text.
    is_marked: bool,
    /// Whether the element is in a list or quotation.
    is_nested: bool,
}

/// What one round collects.
#[derive(Default)]
struct Round<'m> {
    open: Vec<Element<'m>>,
    headings: Vec<Element<'m>>,
    /// The links to anchors, as range, target and text.
    anchors: Vec<(Range<usize>, String, String)>,
    patches: Vec<Patch>,
    footnotes: Vec<(Range<usize>, String)>,
    references: HashSet<String>,
    /// Whether the HTML link that is open has a target.
    html_links: Vec<Option<String>>,
    is_line_start: bool,
    /// Where the last cell of the row ends, and how many cells it has.
    row: (usize, usize),
    first_block: Option<usize>,
}

impl Importer {
    pub fn new(title: Option<String>, target: &Target) -> Self {
        let base = target.base.map(|base| base.trim_end_matches('/').to_owned());
        Self {
            title: title.unwrap_or_else(|| TITLE.to_owned()),
            version: target.version,
            languages: target.languages.clone(),
            base,
            anchors: HashMap::new(),
        }
    }

    /// The changes of one round; none if the text needs no more.
    pub fn patches(&mut self, text: &str) -> Vec<Patch> {
        let mut round = Round { is_line_start: true, ..Round::default() };
        let mut unresolved = |_: pulldown_cmark::BrokenLink<'_>| None::<(CowStr, CowStr)>;
        let parser = Parser::new_with_broken_link_callback(text, markdown::options(), Some(&mut unresolved));
        for (event, range) in parser.into_offset_iter() {
            // An end has the range of its own element.
            if let Some(parent) = round.open.last_mut().filter(|_| !matches!(event, Event::End(_))) {
                let inner = parent.inner.get_or_insert_with(|| range.clone());
                inner.end = inner.end.max(range.end);
            }
            match event {
                Event::Start(tag) => round.start(text, tag, range),
                Event::End(_) => self.end(text, &mut round),
                leaf => round.leaf(text, leaf, range),
            }
        }
        let Round { mut patches, headings, anchors, footnotes, references, first_block, .. } = round;
        for (range, label) in footnotes.into_iter().filter(|(_, label)| !references.contains(label)) {
            let mark = format!("[^{label}]:");
            if text.get(range.clone()).is_some_and(|source| source.starts_with(&mark)) {
                let range = range.start..range.start + mark.len();
                patches.push(patch(range, "", "the footnote that nothing refers to becomes text"));
            }
        }
        let before = patches.len();
        let ids = self.headings(text, &headings, first_block, &mut patches);
        if patches.len() == before {
            for (range, anchor, says) in anchors {
                self.anchor(&ids, range, &anchor, says, &mut patches);
            }
        }
        patches
    }

    fn end(&self, text: &str, round: &mut Round) {
        let Some(element) = round.open.pop() else { return };
        let Element { ref tag, ref range, ref inner, ref plain, is_marked, .. } = element;
        let source = inner.clone().and_then(|inner| text.get(inner)).unwrap_or_default();
        if let Some(parent) = round.open.last_mut() {
            parent.plain.push_str(plain);
            parent.is_marked |= is_marked || !matches!(tag, Tag::Paragraph);
        }
        match tag {
            Tag::Heading { .. } if element.is_nested => {
                let with = format!("**{}**\n", source.trim());
                round.patches.push(patch(
                    range.clone(),
                    with,
                    "the heading within a list or quotation becomes strong text",
                ));
            }
            Tag::Heading { .. } => round.headings.push(element),
            Tag::Link { link_type, dest_url, title, .. } => {
                let to =
                    if *link_type == LinkType::Email { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                self.link(range, &to, title, source, plain, round);
            }
            Tag::Image { dest_url, title, .. }
                if !image_is_safe(dest_url) || !title.is_empty() || plain.trim().is_empty() =>
            {
                let what =
                    format!("the image {:?} becomes its text: put the file into public/ to show it", &**dest_url);
                round.patches.push(patch(range.clone(), source, what));
            }
            Tag::Strikethrough => {
                round.patches.push(patch(range.clone(), source, "the text is not struck out any more"));
            }
            Tag::BlockQuote(Some(kind)) => {
                let quote = text.get(range.clone()).unwrap_or_default();
                let mark = format!("[!{}]", name_of(*kind));
                if let Some(at) = quote.to_ascii_uppercase().find(&mark) {
                    let at = range.start + at..range.start + at + mark.len();
                    round.patches.push(patch(at, "", "the alert becomes a quotation"));
                }
            }
            Tag::CodeBlock(_) => {
                let lines = plain.lines().filter(|line| !line.trim().is_empty());
                let lines: Vec<_> = lines.map(|line| format!("`{}`", line.trim().replace('`', "'"))).collect();
                let with = format!("\n\n{}\n\n", lines.join("\\\n"));
                round.patches.push(patch(range.clone(), with, "the block of code becomes text"));
            }
            Tag::TableCell => {
                round.row = (range.end, round.row.1 + 1);
            }
            Tag::TableRow => {
                let (cell_end, cells) = std::mem::take(&mut round.row);
                let row = text.get(range.clone()).unwrap_or_default();
                let rest = text.get(cell_end..range.end).unwrap_or_default();
                if cells > 1 && !row.contains('|') {
                    let what = "the line below the table becomes a paragraph";
                    round.patches.push(patch(range.start..range.start, "\n", what));
                } else if rest.contains(|c: char| c != '|' && !c.is_whitespace()) {
                    let with = format!("{} |\n", rest.replace('|', " ").trim());
                    let with = format!(" {with}");
                    let what = "what stands behind the last column joins its cell";
                    round.patches.push(patch(cell_end..range.end, with, what));
                }
            }
            Tag::TableHead => round.row = (0, 0),
            _ => {}
        }
    }

    fn link(&self, range: &Range<usize>, to: &str, title: &str, source: &str, plain: &str, round: &mut Round) {
        let mut add = |with: String, what: String| round.patches.push(patch(range.clone(), with, what));
        let linked = |to: &str| {
            let title = title.replace(['"', '\\', '\n'], "'");
            let title = if title.is_empty() { title } else { format!(" \"{title}\"") };
            let text = if plain.trim().is_empty() { to } else { source };
            format!("[{}](<{to}>{title})", text.replace('\n', " "))
        };
        if let Some(anchor) = to.strip_prefix('#') {
            round.anchors.push((range.clone(), anchor.to_owned(), source.to_owned()));
            return;
        }
        let is_own = to.starts_with('/');
        let is_broken = is_own && link_check::broken(to, &self.languages, (&[self.version], &[])).is_some();
        if plain.trim().is_empty() && link_is_safe(to) && !is_broken {
            return add(linked(to), "the link gets its address as text".to_owned());
        }
        if link_is_safe(to) && !is_broken {
            return;
        }
        let with_scheme = match (&self.base, to.strip_prefix("http://")) {
            (_, Some(rest)) => Some(format!("https://{rest}")),
            (Some(base), None) if is_own && !to.starts_with("//") => Some(format!("{base}{to}")),
            (_, None) => to.strip_prefix("//").map(|rest| format!("https://{rest}")),
        };
        match with_scheme.filter(|to| link_is_safe(to) && !to.contains(['<', '>'])) {
            Some(to) => add(linked(&to), format!("the link leads to {to}")),
            None => add(
                source.to_owned(),
                format!("the link to {to:?} becomes text: name its site with --base, or write its full address"),
            ),
        }
    }

    fn anchor(&self, ids: &HashSet<String>, range: Range<usize>, anchor: &str, text: String, patches: &mut Vec<Patch>) {
        if ids.contains(anchor) {
            return;
        }
        match self.anchors.get(anchor).filter(|id| ids.contains(*id)) {
            Some(id) => patches.push(patch(range, format!("[{text}](#{id})"), format!("the link leads to #{id}"))),
            None => {
                patches.push(patch(range, text, format!("the link to #{anchor} becomes text: nothing has that id")));
            }
        }
    }

    /// Gives the text one title, and its headings levels without gaps and ids. Returns the ids.
    fn headings(
        &mut self,
        text: &str,
        all: &[Element],
        first: Option<usize>,
        patches: &mut Vec<Patch>,
    ) -> HashSet<String> {
        let mut ids = HashSet::new();
        let mut headings: Vec<&Element> = Vec::new();
        for heading in all {
            if heading.plain.trim().is_empty() {
                patches.push(patch(heading.range.clone(), "\n", "the empty heading is left out"));
            } else {
                headings.push(heading);
            }
        }
        let title = headings.iter().position(|heading| level(heading) == 1);
        let Some(title) = title.map(|at| headings.remove(at)) else {
            patches.push(patch(0..0, format!("# {}\n\n", plain_markdown(&self.title)), "the text gets a title"));
            return ids;
        };
        let written = format!("# {}\n", plain_markdown(&title.plain));
        if first.is_some_and(|first| first < title.range.start) {
            patches.push(patch(title.range.clone(), "\n", "the title moves to the start"));
            patches.push(patch(0..0, format!("{written}\n"), "the text begins with its title"));
            return ids;
        }
        if title.is_marked || attributes(title) != (None, false) {
            patches.push(patch(title.range.clone(), written, "the title becomes plain text"));
        }
        let given = headings.iter().filter_map(|heading| attributes(heading).0);
        let given: HashSet<String> =
            given.filter(|id| section_id::is_valid(id) && !section_id::is_reserved(id)).collect();
        let mut taken = given.clone();
        let top = headings.iter().map(|heading| level(heading)).min().unwrap_or(2);
        let (mut above, mut section) = (1, String::new());
        for heading in headings.into_iter().take(MAX_HEADINGS) {
            let was = level(heading);
            // The highest headings become sections.
            let now = (was + 2 - top).clamp(2, 4).min(above + 1);
            above = now;
            let (id, has_more) = attributes(heading);
            let new = (now == 2).then(|| match &id {
                Some(id) if given.contains(id) && !ids.contains(id) => id.clone(),
                _ => section_id::propose(&heading.plain, |id| taken.contains(id)),
            });
            if let Some(new) = &new {
                taken.insert(new.clone());
                ids.insert(new.clone());
                section.clone_from(new);
            }
            self.anchors.entry(anchor_elsewhere(&heading.plain)).or_insert_with(|| section.clone());
            if let Some(id) = &id {
                self.anchors.entry(id.clone()).or_insert_with(|| section.clone());
            }
            if (was, &id, has_more) == (now, &new, false) {
                continue;
            }
            let source = heading.inner.clone().and_then(|inner| text.get(inner)).unwrap_or_default();
            let mark = new.as_ref().map(|id| format!(" {{#{id}}}")).unwrap_or_default();
            let with = format!("{} {}{mark}\n", "#".repeat(now), source.trim().replace('\n', " "));
            let becomes = (was != now).then(|| format!("the heading moves from level {was} to {now}"));
            let gets =
                new.filter(|new| id.as_ref() != Some(new)).map(|new| format!("the heading gets the id {{#{new}}}"));
            let what = [becomes, gets].into_iter().flatten().collect::<Vec<_>>().join(", and ");
            let what = if what.is_empty() { "the heading loses its attributes".to_owned() } else { what };
            patches.push(patch(heading.range.clone(), with, what));
        }
        ids
    }
}

impl<'m> Round<'m> {
    fn start(&mut self, text: &str, tag: Tag<'m>, range: Range<usize>) {
        if !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }) {
            self.is_line_start = true;
        }
        let is_definition = matches!(tag, Tag::FootnoteDefinition(_));
        if self.open.is_empty() && !is_definition {
            self.first_block.get_or_insert(range.start);
        }
        if let Tag::FootnoteDefinition(label) = &tag {
            self.footnotes.push((range.clone(), label.to_string()));
        }
        if matches!(tag, Tag::HtmlBlock) {
            let source = text.get(range.clone()).unwrap_or_default();
            let with = format!("\n\n{}\n\n", html::block(source));
            self.patches.push(patch(range.clone(), with, "the HTML becomes text"));
        }
        let is_nested = !self.open.is_empty();
        self.open.push(Element { tag, range, inner: None, plain: String::new(), is_marked: false, is_nested });
    }

    fn leaf(&mut self, text: &str, event: Event, range: Range<usize>) {
        let mut plain = |words: &str, is_marked: bool| {
            if let Some(open) = self.open.last_mut() {
                open.plain.push_str(words);
                open.is_marked |= is_marked;
            }
        };
        match event {
            Event::Text(words) => {
                plain(&words, false);
                self.text(text, range);
            }
            Event::Code(words) => plain(&words, true),
            Event::SoftBreak | Event::HardBreak => {
                plain(" ", false);
                self.is_line_start = true;
            }
            Event::InlineHtml(html) => {
                plain("", true);
                if !markdown::is_line_break(&html) {
                    let with = html::tag(&html, &mut self.html_links);
                    self.patches.push(patch(range, with, format!("{:?} becomes Markdown or is left out", &*html)));
                }
            }
            Event::TaskListMarker(_) => {
                let end = range.end + usize::from(text.get(range.end..).is_some_and(|rest| rest.starts_with(' ')));
                self.patches.push(patch(range.start..end, "", "the box of the task is left out"));
            }
            Event::FootnoteReference(label) => {
                let within = |is: fn(&Tag) -> bool| self.open.iter().any(|open| is(&open.tag));
                let is_wrong = within(|tag| {
                    matches!(
                        tag,
                        Tag::Heading { .. } | Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_)
                    )
                });
                if is_wrong {
                    self.patches.push(patch(range, format!("({label})"), "the reference to a footnote becomes text"));
                } else {
                    self.references.insert(label.to_string());
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, source: &str, range: Range<usize>) {
        let is_code = self.open.iter().any(|open| matches!(open.tag, Tag::CodeBlock(_)));
        let is_link = self.open.iter().any(|open| matches!(open.tag, Tag::Link { .. }));
        let words = source.get(range.clone()).unwrap_or_default();
        if is_code {
            return;
        }
        for (at, _) in words.match_indices("http://").filter(|_| !is_link) {
            let at = range.start + at;
            self.patches.push(patch(at..at + "http://".len(), "https://", "the address begins with https://"));
        }
        let text = dialects::Text { source, range, is_line_start: self.is_line_start };
        self.is_line_start = false;
        if let Some((at, what)) = text.foreign() {
            self.patches.push(patch(at..at, "\\", format!("{what} stays as text")));
        }
    }
}

fn patch(range: Range<usize>, with: impl Into<String>, what: impl Into<String>) -> Patch {
    Patch { range, with: with.into(), what: what.into() }
}

fn level(heading: &Element) -> usize {
    match heading.tag {
        Tag::Heading { level, .. } => level as usize,
        _ => 0,
    }
}

/// The id of a heading, and whether its braces hold more.
fn attributes(heading: &Element) -> (Option<String>, bool) {
    match &heading.tag {
        Tag::Heading { id, classes, attrs, .. } => {
            (id.as_ref().map(ToString::to_string), !classes.is_empty() || !attrs.is_empty())
        }
        _ => (None, false),
    }
}

const fn name_of(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "NOTE",
        BlockQuoteKind::Tip => "TIP",
        BlockQuoteKind::Important => "IMPORTANT",
        BlockQuoteKind::Warning => "WARNING",
        BlockQuoteKind::Caution => "CAUTION",
    }
}

/// Markdown that says the words and nothing else.
fn plain_markdown(words: &str) -> String {
    let mut escaped = String::new();
    for c in words.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '-' | '\'' | '"' | '?' | ':' | '/' | '(' | ')' | '%') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The anchor that other sites give to a heading: its words in small letters, with hyphens.
fn anchor_elsewhere(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
