//! One text of the interface, with placeholders and tags.

use std::fmt::{Display, Write};

use memchr::memchr2;

/// A text in which `{name}` is a placeholder, and `{name}`…`{/name}` tags words for an element such
/// as a link. The key declares the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<TemplatePart>,
    /// Whether values are isolated from the text's direction.
    isolates: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TemplatePart {
    Text(String),
    /// The value with this index.
    Placeholder(usize),
    /// A placeholder that is the whole content of a tag. The element isolates the value already, so
    /// that it can be copied unchanged.
    WholeTag(usize),
    /// The start of the tag with this index.
    Open(usize),
    Close,
}

/// The names that a key declares.
#[derive(Clone, Copy)]
pub(super) struct Names<'n> {
    /// Required placeholders.
    pub placeholders: &'n [&'n str],
    /// How many of the first placeholders are optional.
    pub optional: usize,
    /// Tags; each must occur once.
    pub tags: &'n [&'n str],
}

impl Template {
    /// Parses a text.
    ///
    /// # Errors
    /// All errors, as the ends of sentences that begin with the key.
    pub(super) fn parse(text: &str, names: Names<'_>, isolates: bool) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        if text.trim().is_empty() {
            wrong.push("is empty".to_owned());
        }
        if memchr2(b'<', b'>', text.as_bytes()).is_some() {
            wrong.push("holds < or >, but a text holds no HTML".to_owned());
        }
        let mut parts = parse_parts(text, names, &mut wrong);
        check(&parts, names, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        for at in 1..parts.len() {
            if let Some([TemplatePart::Open(_), middle, TemplatePart::Close]) = parts.get_mut(at - 1..at + 2)
                && let TemplatePart::Placeholder(placeholder) = *middle
            {
                *middle = TemplatePart::WholeTag(placeholder);
            }
        }
        Ok(Self { parts, isolates })
    }

    /// Formats the text with its values.
    pub(super) fn text(&self, values: &[&dyn Display]) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                TemplatePart::Text(words) => text.push_str(words),
                TemplatePart::Placeholder(placeholder) => fill(&mut text, values, *placeholder, self.isolates),
                TemplatePart::WholeTag(placeholder) => fill(&mut text, values, *placeholder, false),
                TemplatePart::Open(_) | TemplatePart::Close => {}
            }
        }
        text
    }

    /// Formats the text in parts: `words` renders untagged text, and `tags` the content of each
    /// tag.
    pub(super) fn spans<T>(
        &self,
        values: &[&dyn Display],
        words: &dyn Fn(String) -> T,
        tags: &[&dyn Fn(String) -> T],
    ) -> Vec<T> {
        let (mut spans, mut span) = (Vec::new(), String::new());
        let mut make = words;
        for part in &self.parts {
            let next = match part {
                TemplatePart::Text(more) => {
                    span.push_str(more);
                    continue;
                }
                TemplatePart::Placeholder(placeholder) => {
                    fill(&mut span, values, *placeholder, self.isolates);
                    continue;
                }
                TemplatePart::WholeTag(placeholder) => {
                    fill(&mut span, values, *placeholder, false);
                    continue;
                }
                TemplatePart::Open(tag) => tags.get(*tag).copied().unwrap_or(words),
                TemplatePart::Close => words,
            };
            if !span.is_empty() {
                spans.push(make(std::mem::take(&mut span)));
            }
            make = next;
        }
        if !span.is_empty() {
            spans.push(make(span));
        }
        spans
    }
}

/// Splits a text into parts, and collects errors.
fn parse_parts(text: &str, names: Names<'_>, wrong: &mut Vec<String>) -> Vec<TemplatePart> {
    let find = |names: &[&str], name: &str| names.iter().position(|known| *known == name);
    let (mut parts, mut open) = (Vec::new(), None);
    for (at, piece) in text.split('{').enumerate() {
        let (name, words) = match piece.split_once('}') {
            Some((name, words)) if at > 0 => (Some(name), words),
            None if at == 0 => (None, piece),
            _ => {
                wrong.push(LONE_BRACE.to_owned());
                continue;
            }
        };
        if let Some(name) = name {
            match (find(names.placeholders, name), find(names.tags, name), name.strip_prefix('/')) {
                (Some(placeholder), ..) => parts.push(TemplatePart::Placeholder(placeholder)),
                (None, Some(tag), _) if open.is_none() => {
                    open = Some(tag);
                    parts.push(TemplatePart::Open(tag));
                }
                (None, None, Some(end)) if open.is_some() && find(names.tags, end) == open => {
                    open = None;
                    parts.push(TemplatePart::Close);
                }
                _ => wrong.push(format!("names {{{name}}}; {}", there_is(names))),
            }
        }
        if words.contains('}') {
            wrong.push(LONE_BRACE.to_owned());
        }
        if !words.is_empty() {
            parts.push(TemplatePart::Text(words.to_owned()));
        }
    }
    if let Some(name) = open.and_then(|tag| names.tags.get(tag)) {
        wrong.push(format!("has no {{/{name}}}"));
    }
    parts
}

/// The error for an unpaired brace.
const LONE_BRACE: &str = "has a brace that no name stands in";

/// Checks that required placeholders and tags occur, and that no tag is empty or repeated.
fn check(parts: &[TemplatePart], names: Names<'_>, wrong: &mut Vec<String>) {
    let count = |part: &TemplatePart| parts.iter().filter(|other| *other == part).count();
    for (at, name) in names.placeholders.iter().enumerate().skip(names.optional) {
        if count(&TemplatePart::Placeholder(at)) == 0 {
            wrong.push(format!("lacks {{{name}}}"));
        }
    }
    for (at, name) in names.tags.iter().enumerate() {
        match count(&TemplatePart::Open(at)) {
            0 => wrong.push(format!("lacks {{{name}}}…{{/{name}}}")),
            1 if parts.windows(2).any(|pair| *pair == [TemplatePart::Open(at), TemplatePart::Close]) => {
                wrong.push(format!("has nothing between {{{name}}} and {{/{name}}}"));
            }
            1 => {}
            _ => wrong.push(format!("has {{{name}}} more than once")),
        }
    }
}

/// Writes a value. In right-to-left text it is isolated, since most values are names in Latin
/// letters (Unicode Bidirectional Algorithm, 2.4).
fn fill(text: &mut String, values: &[&dyn Display], placeholder: usize, isolates: bool) {
    let Some(value) = values.get(placeholder) else { return };
    // Writing to a `String` does not fail.
    if !isolates {
        let _ = write!(text, "{value}");
        return;
    }
    let value = value.to_string();
    // A list of isolated values has no strong character of its own: the first value decides.
    let is_row = value.starts_with(FIRST_STRONG) || value.starts_with(RIGHT_TO_LEFT);
    let begins_right = value.chars().find(|letter| letter.is_alphabetic()).is_some_and(is_read_from_the_right);
    text.push(if is_row && begins_right { RIGHT_TO_LEFT } else { FIRST_STRONG });
    text.push_str(&value);
    text.push(END);
}

/// Isolates text up to [`END`]: in the direction of its first strong character, or from right to
/// left.
const FIRST_STRONG: char = '\u{2068}';
const RIGHT_TO_LEFT: char = '\u{2067}';
const END: char = '\u{2069}';

/// Whether the letter belongs to a right-to-left script (Hebrew to Arabic, and presentation forms).
const fn is_read_from_the_right(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

/// The known names, as the end of a sentence.
fn there_is(names: Names<'_>) -> String {
    let placeholders = names.placeholders.iter().map(|name| format!("{{{name}}}"));
    let tags = names.tags.iter().map(|name| format!("{{{name}}}…{{/{name}}}"));
    let known: Vec<_> = placeholders.chain(tags).collect();
    if known.is_empty() {
        "there is nothing to name in it".to_owned()
    } else {
        format!("there is {}", known.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: Names<'static> = Names { placeholders: &["a", "b"], optional: 0, tags: &["link"] };

    fn wrong(text: &str) -> Vec<String> {
        Template::parse(text, NAMES, false).err().unwrap_or_default()
    }

    #[test]
    fn values_stand_in_the_holes_and_marked_words_apart() -> Result<(), Vec<String>> {
        let template = Template::parse("{link}To {b}{/link} from {a}, {b}.", NAMES, false)?;
        assert_eq!(template.text(&[&1, &"x"]), "To x from 1, x.");
        let spans = template.spans(&[&1, &"x"], &|words| words, &[&|link| format!("[{link}]")]);
        assert_eq!(spans, ["[To x]", " from 1, x."]);
        Ok(())
    }

    #[test]
    fn a_value_does_not_turn_a_text_from_right_to_left_around() -> Result<(), Vec<String>> {
        let names = Names { placeholders: &["a"], optional: 0, tags: &[] };
        assert_eq!(Template::parse("م {a}", names, true)?.text(&[&"x"]), "م \u{2068}x\u{2069}");
        // An element around it does that already.
        let template = Template::parse("م {link}{a}{/link}", Names { tags: &["link"], ..names }, true)?;
        assert_eq!(template.spans(&[&"x"], &|words| words, &[&|words| words]), ["م ", "x"]);
        Ok(())
    }

    #[test]
    fn whatever_is_wrong_with_a_text_is_said() {
        let none: [&str; 0] = [];
        for (text, said) in [
            ("{a} {b} {link}x{/link}", &none[..]),
            ("{a} {link}x{/link}", &["lacks {b}"]),
            ("{a} {b}", &["lacks {link}…{/link}"]),
            ("{a} {b} {c} {link}x{/link}", &["names {c}; there is {a}, {b}, {link}…{/link}"]),
            ("{a} {b} {link}x", &["has no {/link}"]),
            ("{a} {b} {link}{/link}", &["has nothing between {link} and {/link}"]),
            ("{a} {b} {link}x{/link} {link}y{/link}", &["has {link} more than once"]),
            ("{a} {b} {link}x{/link} {", &["has a brace that no name stands in"]),
            ("{a} {b} {link}x{/link} }", &["has a brace that no name stands in"]),
            ("{a} {b} {link}<b>{/link}", &["holds < or >, but a text holds no HTML"]),
            (" ", &["is empty", "lacks {a}", "lacks {b}", "lacks {link}…{/link}"]),
        ] {
            assert_eq!(wrong(text), said, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_a_reason(text in "(\\{|\\}|/|a|b|link| |[^{}]){0,20}") {
            if let Err(wrong) = Template::parse(&text, NAMES, false) {
                prop_assert!(!wrong.is_empty());
            }
        }

        #[test]
        fn the_runs_of_a_text_are_the_text(before in "[^{}<>]{0,9}", within in "[^{}<>]{1,9}", after in "[^{}<>]{0,9}") {
            let text = format!("{{a}}{before}{{link}}{within}{{b}}{{/link}}{after}");
            if let Ok(template) = Template::parse(&text, NAMES, false) {
                let spans = template.spans(&[&1, &2], &|words| words, &[&|words| words]);
                prop_assert_eq!(spans.concat(), template.text(&[&1, &2]));
            }
        }
    }
}
