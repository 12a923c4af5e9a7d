//! The policy as a typed tree: what stands between the publisher's Markdown and the reader's page.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::version::Version;
use crate::domain::i18n::locale::Locale;

/// One dated edition of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its number.
    pub version: Version,
    /// The day from which it is in force, in UTC.
    pub effective: time::Date,
    /// The day on which it was made public, in UTC, if the publisher says so.
    pub published: Option<time::Date>,
    /// The SHA-256 of its source text, as 64 hexadecimal digits.
    pub sha256: String,
    /// What changed against the edition before it, one sentence each.
    pub summary: Vec<String>,
    /// The title of the policy.
    pub title: String,
    /// What stands before the first section.
    pub introduction: Vec<Block>,
    /// The numbered sections, in order.
    pub sections: Vec<Section>,
}

/// An edition in another language than the one it was written in. The original prevails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The language.
    pub locale: Locale,
    /// The SHA-256 of the original's source text when it was translated.
    pub translates: String,
    /// The text, with the hash of its own source; version and day are those of the original.
    pub edition: Edition,
}

/// One numbered section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The stable anchor, unique in its edition.
    pub id: String,
    /// The heading.
    pub heading: Vec<Inline>,
    /// The text.
    pub blocks: Vec<Block>,
}

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; `start` is the first number of an ordered one.
    List {
        /// The first number, or `None` for bullets.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A heading below a section's own.
    Subheading(Vec<Inline>),
    /// A place where the page shows what the server knows.
    Insert(Shortcode),
}

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Emphasis.
    Emphasis(Vec<Inline>),
    /// Strong importance.
    Strong(Vec<Inline>),
    /// A literal such as a cookie's name.
    Code(String),
    /// A link to an address that [`link_is_safe`].
    Link {
        /// Where it leads.
        to: String,
        /// What it says.
        text: Vec<Inline>,
    },
    /// A line break that the publisher asked for.
    Break,
}

/// What the page inserts into the publisher's text because the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum Shortcode {
    /// What visiting alone sets.
    InPractice,
    /// The table of declared cookies.
    CookieTable,
    /// What each purpose means here.
    Purposes,
    /// The way to the preferences and to each browser's own cookie settings.
    Controls,
}

/// The edition in force on `today`: the newest of those whose day has come.
pub fn in_force(editions: &[Edition], today: time::Date) -> Option<&Edition> {
    editions.iter().filter(|edition| edition.effective <= today).max_by_key(|edition| edition.version)
}

/// Whether a link may stand in a policy: an `https:` or `mailto:` address, a path of this site, or an anchor of this page.
///
/// Everything else (`javascript:`, `data:`, `//host`, a backslash or control character that a browser would read as
/// one of these) is refused. See the WHATWG URL standard on how browsers strip tabs and line ends.
pub fn link_is_safe(to: &str) -> bool {
    // What turns the direction of reading around would show another address than the one that it is.
    let is_turned = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if to.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\' || is_turned(c)) {
        return false;
    }
    let own = to.starts_with('#') || (to.starts_with('/') && !to.starts_with("//"));
    own || ["https://", "mailto:"].iter().any(|scheme| to.len() > scheme.len() && to.starts_with(scheme))
}

/// The plain text of a run, without marks.
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
        let at = |day| in_force(&editions, day).map(|edition| edition.version.to_string());
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
