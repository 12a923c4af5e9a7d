//! The policy as a typed tree, between the publisher's Markdown and the HTML.

use std::fmt::Write as _;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::version::Version;
use crate::domain::i18n::locale::Locale;

/// One dated edition of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    pub version: Version,
    /// The effective date, in UTC.
    pub effective: time::Date,
    /// The publication date, in UTC, if the publisher states one.
    pub published: Option<time::Date>,
    /// How many days before the effective date subscribers are told of the edition; `None` if they
    /// are not.
    pub notify_days: Option<u16>,
    /// The SHA-256 of the source text, as 64 hexadecimal digits.
    pub sha256: String,
    /// The changes since the previous edition, one sentence each.
    pub summary: Vec<String>,
    pub title: String,
    /// The text before the first section.
    pub introduction: Vec<Block>,
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// A translation of an edition. The original prevails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    pub locale: Locale,
    /// The SHA-256 of the original's source text at the time of translation.
    pub translates: String,
    /// The translated text with its own hash; version and effective date are the original's.
    pub edition: Edition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The stable anchor, unique in its edition.
    pub id: String,
    pub heading: Vec<Inline>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// A list; `start` is the first number of an ordered one.
    List {
        /// `None` for an unordered list.
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Quote(Vec<Block>),
    /// A subheading within a section.
    Subheading {
        /// 3 or 4; the heading of the section has level 2.
        level: u8,
        text: Vec<Inline>,
    },
    Table(Table),
    Definitions(Vec<Definition>),
    /// A thematic break.
    Rule,
    /// The footnotes that a section refers to, at its end.
    Footnotes(Vec<Footnote>),
    /// A shortcode, which the page replaces with server data.
    Shortcode(Shortcode),
}

/// A table with one row of headings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<Column>,
    /// The rows below the headings; each has a cell for each column.
    pub rows: Vec<Vec<Vec<Inline>>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub heading: Vec<Inline>,
    pub align: Align,
}

/// Where the text of a column stands. Left and right in Markdown are start and end here, so that a
/// table in Arabic is mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Align {
    #[default]
    Start,
    Center,
    End,
}

/// A term of a definition list, with its definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    pub term: Vec<Inline>,
    pub details: Vec<Vec<Block>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footnote {
    /// The number in the edition, from 1, in the order of the first references.
    pub number: usize,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    /// A literal such as a cookie name.
    Code(String),
    /// A link to a URL that passes [`link_is_safe`].
    Link {
        to: String,
        /// The title, or an empty string.
        title: String,
        text: Vec<Inline>,
    },
    /// An image of this site.
    Image {
        /// The path, which passes [`image_is_safe`].
        path: String,
        /// The text for readers who do not see the image.
        alt: String,
    },
    /// A reference to a footnote.
    FootnoteReference {
        number: usize,
        /// Whether it is the first reference, to which the footnote links back.
        is_first: bool,
    },
    /// A hard line break.
    Break,
}

/// A placeholder in the publisher's text, `{{ name }}`, that the page replaces with server data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum Shortcode {
    /// The cookies that a visit alone sets.
    InPractice,
    /// The table of declared cookies.
    CookieTable,
    /// The descriptions of the purposes.
    Purposes,
    /// Links to the preferences and to the cookie settings of browsers.
    Controls,
}

/// The current edition on `today`: the newest one that is effective.
pub fn current_edition(editions: &[Edition], today: time::Date) -> Option<&Edition> {
    editions.iter().filter(|edition| edition.effective <= today).max_by_key(|edition| edition.version)
}

/// Whether a policy may contain the link: an `https:`, `mailto:` or `tel:` URL, a path of this
/// site, or an anchor.
///
/// Everything else (`javascript:`, `data:`, `//host`, or a backslash or control character that a
/// browser would parse as one of these) is rejected. See the WHATWG URL standard on how browsers
/// strip tabs and newlines.
pub fn link_is_safe(to: &str) -> bool {
    // Bidirectional controls could display another URL than the real one.
    let is_turned = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if to.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\' || is_turned(c)) {
        return false;
    }
    let own = to.starts_with('#') || (to.starts_with('/') && !to.starts_with("//"));
    own || ["https://", "mailto:"].iter().any(|scheme| to.len() > scheme.len() && to.starts_with(scheme))
        || to.strip_prefix("tel:").is_some_and(is_phone_number)
}

/// Whether the text is a telephone number, with the separators of RFC 3966, 3, and no parameters.
fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '(' | ')'))
}

/// The file types of images that the server sends with their media type.
const IMAGE_TYPES: [&str; 7] = ["avif", "gif", "jpeg", "jpg", "png", "svg", "webp"];

/// Whether a policy may show the image: a file of this site in a path without dotted segments.
pub fn image_is_safe(path: &str) -> bool {
    let name = path.strip_prefix('/').unwrap_or_default();
    name.split('/').all(|segment| !segment.starts_with('.') && !segment.is_empty())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'))
        && name.rsplit_once('.').is_some_and(|(_, kind)| IMAGE_TYPES.contains(&kind))
}

/// Whether the headings carry numbers of their own, such as `1.`, `2.3`, `A)` or `§ 4`, so that
/// pages add none.
pub fn has_own_numbers(sections: &[Section]) -> bool {
    sections.iter().any(|section| starts_with_number(&plain_text(&section.heading)))
}

fn starts_with_number(heading: &str) -> bool {
    let heading = heading.trim_start();
    let Some((first, _)) = heading.split_once(char::is_whitespace) else { return false };
    let token = first.strip_suffix(['.', ')', ':']);
    let is_roman = |token: &str| token.bytes().all(|b| b"IVXLC".contains(&b));
    let is_letter = |token: &str| token.len() == 1 && token.bytes().all(|b| b.is_ascii_alphabetic());
    let is_number = |token: &str| token.split('.').all(|part| part.parse::<u16>().is_ok());
    heading.starts_with('§')
        || token.is_some_and(|token| is_number(token) || is_letter(token) || (!token.is_empty() && is_roman(token)))
        || (first.contains('.') && is_number(first))
}

/// The plain text of inline content.
pub fn plain_text(inlines: &[Inline]) -> String {
    let mut text = String::new();
    collect_text(inlines, &mut text);
    text
}

fn collect_text(inlines: &[Inline], into: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => into.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                collect_text(inner, into);
            }
            Inline::Image { alt, .. } => into.push_str(alt),
            Inline::FootnoteReference { number, .. } => {
                let _ = write!(into, "[{number}]");
            }
            Inline::Break => into.push(' '),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use time::macros::date;

    use super::*;

    /// An edition of that day, without a text.
    pub fn edition(version: &str, effective: time::Date) -> Edition {
        Edition {
            version: version.parse().unwrap_or(Version { major: 0, minor: 0 }),
            effective,
            published: None,
            notify_days: None,
            sha256: String::new(),
            summary: vec![],
            title: String::new(),
            introduction: vec![],
            sections: vec![],
        }
    }

    #[test]
    fn the_newest_edition_whose_day_has_come_is_in_force() {
        let editions = [edition("1.0", date!(2026 - 01 - 01)), edition("1.1", date!(2026 - 06 - 01))];
        let at = |day| current_edition(&editions, day).map(|edition| edition.version.to_string());
        assert_eq!(at(date!(2025 - 12 - 31)), None);
        assert_eq!(at(date!(2026 - 01 - 01)).as_deref(), Some("1.0"));
        assert_eq!(at(date!(2026 - 05 - 31)).as_deref(), Some("1.0"));
        assert_eq!(at(date!(2026 - 06 - 01)).as_deref(), Some("1.1"));
    }

    #[test]
    fn only_links_that_cannot_run_or_mislead_are_safe() {
        for good in [
            "#a",
            "/preferences",
            "/",
            "https://example.org/x?y#z",
            "mailto:privacy@example.org",
            "tel:+44-20-7946-0958",
            "tel:(02)1234",
        ] {
            assert!(link_is_safe(good), "{good:?}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "http://example.org",
            "https://",
            "mailto:",
            "tel:",
            "tel:+",
            "tel:1;ext=2",
            "tel:alert(1)",
            "relative",
            "ftp://example.org",
            "https://a b",
            "https://example.org/\u{202e}moc.elpmaxe",
            "/\u{2066}preferences",
        ] {
            assert!(!link_is_safe(bad), "{bad:?}");
        }
    }

    #[test]
    fn only_image_files_of_this_site_are_safe() {
        for good in ["/a.png", "/img/data-flow_2.v1.svg", "/a.jpeg"] {
            assert!(image_is_safe(good), "{good:?}");
        }
        for bad in ["", "/", "a.png", "//evil/a.png", "/../a.png", "/a/./b.png", "/.a.png", "/a", "/a.html", "/a.PNG"] {
            assert!(!image_is_safe(bad), "{bad:?}");
        }
        for bad in ["https://a.b/c.png", "/a b.png", "/a.png?x", "/a\\b.png", "data:image/png", "/ä.png"] {
            assert!(!image_is_safe(bad), "{bad:?}");
        }
    }

    #[test]
    fn headings_with_numbers_of_their_own_get_no_others() {
        for (heading, expected) in [
            ("1. Scope", true),
            ("1) Scope", true),
            ("2.3 Scope", true),
            ("2.3. Scope", true),
            ("A. Scope", true),
            ("IV. Scope", true),
            ("§ 4 Scope", true),
            ("Scope", false),
            ("3 kinds of cookies", false),
            ("What: a cookie", false),
            ("2.", false),
            ("", false),
        ] {
            let heading = vec![Inline::Text(heading.to_owned())];
            let section = Section { id: "a".to_owned(), heading: heading.clone(), blocks: vec![] };
            assert_eq!(has_own_numbers(&[section]), expected, "{heading:?}");
        }
    }
}
