//! The policy as a typed tree, between the publisher's Markdown and the HTML.

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
    Subheading(Vec<Inline>),
    /// A shortcode, which the page replaces with server data.
    Shortcode(Shortcode),
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
        text: Vec<Inline>,
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

/// Whether a policy may contain the link: an `https:` or `mailto:` URL, a path of this site, or an
/// anchor.
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
        for good in ["#a", "/preferences", "/", "https://example.org/x?y#z", "mailto:privacy@example.org"] {
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
            "relative",
            "ftp://example.org",
            "https://a b",
            "https://example.org/\u{202e}moc.elpmaxe",
            "/\u{2066}preferences",
        ] {
            assert!(!link_is_safe(bad), "{bad:?}");
        }
    }
}
