//! Mends line by line what other dialects mean, before the text is parsed.

use std::fmt::Write as _;

use super::{Change, Draft};
use crate::domain::policy::document::Shortcode;

/// The longest tag, in bytes.
const MAX_TAG: usize = 200;

/// Returns the mended text without its front matter, the changes, and the title that the front
/// matter gives.
pub(super) fn mend(text: &str) -> (Draft, Vec<Change>, Option<String>) {
    let mut lines = Lines { done: Vec::new(), changes: Vec::new(), is_code: false, is_admonition: false };
    let mut title = None;
    let all: Vec<&str> = text.lines().collect();
    let body = front_matter(&all, &mut title);
    if body > 0 {
        lines.change(1, "the front matter is replaced by that of an edition");
    }
    for (line, number) in all.iter().skip(body).zip(body + 1..) {
        lines.mend(line, number);
    }
    let Lines { done, mut changes, .. } = lines;
    let done = with_rules(done, &mut changes);
    let mut text = String::new();
    let mut origins = Vec::new();
    for (number, line) in done {
        text.push_str(&line);
        text.push('\n');
        origins.push(number);
    }
    (Draft { text, origins }, changes, title)
}

/// How many lines the front matter has, with its fences; 0 without one.
fn front_matter(lines: &[&str], title: &mut Option<String>) -> usize {
    let Some(fence) = lines.first().map(|line| line.trim_end()).filter(|line| matches!(*line, "---" | "+++")) else {
        return 0;
    };
    let Some(end) = lines.iter().skip(1).position(|line| line.trim_end() == fence) else { return 0 };
    let head = lines.iter().skip(1).take(end);
    *title = head
        .filter_map(|line| line.split_once([':', '=']))
        .find(|(key, _)| key.trim() == "title")
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|value| !value.is_empty());
    end + 2
}

struct Lines {
    /// The mended lines, each with the number of the line it comes from.
    done: Vec<(usize, String)>,
    changes: Vec<Change>,
    /// Whether the line is in a fenced code block.
    is_code: bool,
    /// Whether indented lines belong to an admonition.
    is_admonition: bool,
}

impl Lines {
    fn change(&mut self, line: usize, what: impl Into<String>) {
        self.changes.push(Change { line, what: what.into() });
    }

    fn mend(&mut self, line: &str, number: usize) {
        let visible: String = line.chars().filter(|c| !is_harmful(*c)).collect();
        if visible != line {
            self.change(number, "an invisible character is left out");
        }
        let trimmed = visible.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            self.is_code = !self.is_code;
        } else if !self.is_code {
            let mended = self.outside_code(&visible, number);
            self.done.push((number, mended));
            return;
        }
        self.done.push((number, visible));
    }

    fn outside_code(&mut self, line: &str, number: usize) -> String {
        let trimmed = line.trim();
        if let Some(rest) = ["!!!", "???"].into_iter().find_map(|mark| trimmed.strip_prefix(mark)) {
            self.is_admonition = true;
            self.change(number, "the admonition becomes text");
            let title = rest.split('"').nth(1).unwrap_or_default();
            return if title.is_empty() { String::new() } else { format!("**{title}**\n") };
        }
        let indented = line.strip_prefix("    ").or_else(|| line.strip_prefix('\t'));
        self.is_admonition &= indented.is_some() || trimmed.is_empty();
        let line = indented.filter(|_| self.is_admonition).unwrap_or(line);
        let toc = ["[toc]", "[[toc]]", "[[_toc_]]", "{:toc}"].iter().any(|mark| trimmed.eq_ignore_ascii_case(mark));
        if toc || trimmed.starts_with(":::") || trimmed.starts_with("///") {
            self.change(number, format!("{trimmed:?} is left out"));
            return String::new();
        }
        if trimmed.starts_with("*[") && trimmed.contains("]:") {
            self.change(number, "the abbreviation is left out");
            return String::new();
        }
        let marks = line.len() - line.trim_start_matches('#').len();
        let behind = line.get(marks..).unwrap_or_default();
        if (1..=6).contains(&marks) && behind.starts_with(|c: char| !c.is_whitespace()) {
            self.change(number, "the heading gets a space behind its #");
            return self.without_tags(&format!("{} {behind}", "#".repeat(marks)), number, true);
        }
        self.without_tags(line, number, marks > 0)
    }

    /// Leaves out the tags of templates and attributes outside of code.
    fn without_tags(&mut self, line: &str, number: usize, is_heading: bool) -> String {
        const TAGS: [(&str, &str); 6] =
            [("{%", "%}"), ("{{<", ">}}"), ("{:", "}"), ("{.", "}"), ("{#", "}"), ("<%", "%>")];
        let (mut mended, mut rest) = (String::new(), line);
        while let Some(sign) = rest.chars().next() {
            // What follows a backslash is text, and so is code.
            let kept = code_span(rest).or_else(|| {
                let escaped = rest.strip_prefix('\\')?.chars().next()?;
                Some(1 + escaped.len_utf8())
            });
            if let Some((text, behind)) = kept.and_then(|end| rest.split_at_checked(end)) {
                mended.push_str(text);
                rest = behind;
                continue;
            }
            let found = TAGS.iter().find_map(|(open, close)| {
                // A heading keeps its id.
                let inner = rest.strip_prefix(open).filter(|_| !(is_heading && *open == "{#"))?;
                let tag = until(inner, close)?;
                Some((format!("{open}{tag}{close}"), inner.get(tag.len() + close.len()..)?))
            });
            let variable = rest.strip_prefix("{{").and_then(|inner| {
                let name = until(inner, "}}")?;
                Some((name, inner.get(name.len() + 2..)?))
            });
            if let Some((tag, behind)) = found {
                self.change(number, format!("{tag:?} is left out"));
                rest = behind;
            } else if let Some((name, behind)) = variable.filter(|(name, _)| !name.contains('`'))
                && !(line.trim() == format!("{{{{{name}}}}}") && name.trim().parse::<Shortcode>().is_ok())
            {
                self.change(number, format!("the variable {:?} is written as code: replace it", name.trim()));
                let _ = write!(mended, "`{{{{{name}}}}}`");
                rest = behind;
            } else if rest.starts_with("{{") && variable.is_none_or(|(name, _)| name.contains('`')) {
                self.change(number, "the braces are set apart");
                mended.push_str("{ ");
                rest = rest.get(1..).unwrap_or_default();
            } else {
                mended.push(sign);
                rest = rest.get(sign.len_utf8()..).unwrap_or_default();
            }
        }
        if mended == line { mended } else { mended.trim_end().to_owned() }
    }
}

/// Where the code ends that the text begins with: at a run of as many backticks, or behind a run
/// that nothing closes.
fn code_span(text: &str) -> Option<usize> {
    let run = text.len() - text.trim_start_matches('`').len();
    let near = text.get(run..text.floor_char_boundary(run + 10 * MAX_TAG)).filter(|_| run > 0)?;
    let mut at = 0;
    while let Some(next) = near.get(at..).and_then(|rest| rest.find('`')) {
        let from = at + next;
        let rest = near.get(from..).unwrap_or_default();
        let found = rest.len() - rest.trim_start_matches('`').len();
        if found == run {
            return Some(run + from + found);
        }
        at = from + found;
    }
    Some(run)
}

/// The text before a sign, if it follows soon.
fn until<'l>(text: &'l str, sign: &str) -> Option<&'l str> {
    let near = text.get(..text.floor_char_boundary(MAX_TAG)).unwrap_or(text);
    near.split_once(sign).map(|(before, _)| before)
}

/// Whether the character is invisible and has an effect.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{feff}')
}

/// Inserts the rule of each table that has none, or one of another number of cells.
fn with_rules(lines: Vec<(usize, String)>, changes: &mut Vec<Change>) -> Vec<(usize, String)> {
    let mut done: Vec<(usize, String)> = Vec::new();
    let (mut in_table, mut is_code) = (false, false);
    let mut lines = lines.into_iter().peekable();
    while let Some((number, line)) = lines.next() {
        is_code ^= line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        let has_bars = !is_code && cells(&line) > 1 && !line.starts_with("    ") && !line.starts_with('#');
        let next = lines.peek().map(|(_, next)| next.as_str()).unwrap_or_default();
        if has_bars && !in_table && !is_rule(&line) && (cells(next) > 1 || is_rule(next)) {
            let columns = cells(&line);
            let is_missing = !is_rule(next);
            if is_missing || cells(next) != columns {
                changes.push(Change { line: number, what: "the table gets the rule below its head".to_owned() });
                if !is_missing {
                    lines.next();
                }
                done.push((number, line));
                done.push((number, format!("|{}", "---|".repeat(columns))));
                in_table = true;
                continue;
            }
        }
        in_table = has_bars;
        done.push((number, line));
    }
    done
}

/// How many cells a line has as a row of a table: 0 without a bar.
fn cells(line: &str) -> usize {
    let line = line.trim();
    let is_bar = |(at, _): &(usize, &str)| !line.get(..*at).is_some_and(|before| before.ends_with('\\'));
    let bars = line.match_indices('|').filter(is_bar).count();
    if bars == 0 {
        return 0;
    }
    bars + 1 - usize::from(line.starts_with('|')) - usize::from(line.ends_with('|') && bars > 1)
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains('-') && line.contains('|') && line.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '))
}
