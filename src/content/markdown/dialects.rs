//! Finds what other dialects of Markdown give a meaning, and this one does not: published as text,
//! it would be marks that no reader understands.

use std::ops::Range;

/// Text outside code, as the range of a text event in its source.
pub(in crate::content) struct Text<'m> {
    pub source: &'m str,
    pub range: Range<usize>,
    /// Whether nothing else stands before it in its line.
    pub is_line_start: bool,
}

/// Marks with a meaning anywhere in a line.
const INLINE: [(&str, &str); 14] = [
    ("{%", "a template tag, {% %},"),
    ("{:", "an attribute list, {: },"),
    ("{#", "an attribute list, {# },"),
    ("{.", "an attribute list, {. },"),
    ("{++", "an editor's mark, {++ ++},"),
    ("{--", "an editor's mark, {-- --},"),
    ("{~~", "an editor's mark, {~~ ~~},"),
    ("{==", "an editor's mark, {== ==},"),
    ("{>>", "an editor's mark, {>> <<},"),
    ("[[", "a wiki link, [[ ]],"),
    ("^[", "an inline footnote, ^[ ],"),
    ("[^", "a footnote that is defined nowhere, [^ ],"),
    ("<%", "a template tag, <% %>,"),
    ("<<<", "an include, <<<,"),
];

/// What a line of colons is elsewhere.
pub(super) const CONTAINER: &str = "a container, :::,";

/// Says that something has no meaning here.
pub(super) fn means_nothing(what: &str) -> String {
    format!("{what} means nothing here; a backslash before it makes it text")
}

/// Marks with a meaning at the start of a line.
const BLOCK: [(&str, &str); 6] = [
    ("!!!", "an admonition, !!!,"),
    ("???", "an admonition, ???,"),
    (":::", CONTAINER),
    ("///", "a container, ///,"),
    ("[TOC]", "a table of contents, [TOC],"),
    ("[toc]", "a table of contents, [toc],"),
];

impl Text<'_> {
    /// Where something stands that means more elsewhere, and what it is.
    pub fn foreign(&self) -> Option<(usize, &'static str)> {
        self.block().map(|what| (self.range.start, what)).or_else(|| self.inline())
    }

    /// Whether the text has a bar, as between the cells of a table.
    pub fn has_bar(&self) -> bool {
        self.positions(|c| c == '|').next().is_some()
    }

    fn block(&self) -> Option<&'static str> {
        let line = self.source.get(self.range.start..)?;
        if !self.is_line_start || self.is_escaped(self.range.start) {
            return None;
        }
        let is_heading = |line: &str| {
            let rest = line.trim_start_matches('#');
            (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(|c: char| !c.is_whitespace())
        };
        let is_abbreviation =
            |line: &str| line.starts_with("*[") && line.lines().next().is_some_and(|line| line.contains("]:"));
        let found = BLOCK.iter().find(|(mark, _)| line.starts_with(mark)).map(|(_, what)| *what);
        found
            .or_else(|| is_heading(line).then_some("a heading without a space behind its #"))
            .or_else(|| is_abbreviation(line).then_some("an abbreviation, *[ ]:,"))
    }

    fn inline(&self) -> Option<(usize, &'static str)> {
        let mut marks = self.positions(|c| matches!(c, '{' | '[' | '^' | '<'));
        let found = |at| {
            let rest = self.source.get(at..)?;
            INLINE.iter().find(|(mark, _)| rest.starts_with(mark)).map(|(_, what)| (at, *what))
        };
        marks.find_map(found)
    }

    /// Where unescaped signs stand in the source.
    fn positions(&self, is_sign: fn(char) -> bool) -> impl Iterator<Item = usize> {
        let text = self.source.get(self.range.clone()).unwrap_or_default();
        text.match_indices(is_sign).map(|(at, _)| self.range.start + at).filter(|at| !self.is_escaped(*at))
    }

    /// Whether a backslash takes the meaning of the sign. It is then the first of its text.
    fn is_escaped(&self, at: usize) -> bool {
        at == self.range.start
            && self.source.get(..at).is_some_and(|before| (before.len() - before.trim_end_matches('\\').len()) % 2 == 1)
    }
}
