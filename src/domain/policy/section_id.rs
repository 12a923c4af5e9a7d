//! The ids of sections: permanent anchors, which never collide with the page's own.

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::document::Shortcode;

/// The longest id that [`propose`] returns, in bytes.
const MAX_PROPOSED: usize = 60;

/// The ids of the pages that show an edition, except those that [`is_reserved`] knows by their
/// form.
const RESERVED: [&str; 15] = [
    "applies-to",
    "banner",
    "blocked",
    "changes",
    "editions",
    "footer-cookies",
    "footer-proof",
    "footer-publisher",
    "languages",
    "leptos",
    "main",
    "notice",
    "problems",
    "withdraw-all",
    "withdrawal",
];

/// Whether the text is an id: small letters, digits and hyphens, with a letter first.
pub fn is_valid(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether the page itself uses the id, or could. The heading of section `a` has the id `a-title`,
/// and the shortcode `purposes` has the id `insert-purposes`.
pub fn is_reserved(id: &str) -> bool {
    RESERVED.contains(&id)
        || id.ends_with("-title")
        || id.strip_prefix("insert-").is_some_and(|name| name.parse::<Shortcode>().is_ok())
}

/// Proposes an id for a heading that is valid, not reserved and not taken.
pub fn propose(heading: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut id = String::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(heading);
    for c in decomposed.chars().filter(|c| !is_combining(*c)).flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || (c.is_ascii_digit() && !id.is_empty()) {
            id.push(c);
        } else if matches!(c, '\'' | '’') {
            // "Don't" is one word.
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() == MAX_PROPOSED {
            break;
        }
    }
    let id = id.trim_end_matches('-');
    // A heading without Latin letters.
    let id = if id.is_empty() { "section" } else { id };
    let is_free = |id: &String| !is_reserved(id) && !is_taken(id);
    let numbered = (2..).map(|number: usize| format!("{id}-{number}"));
    std::iter::once(id.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// Whether NFKD separated the mark from its letter.
const fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(id: &str) -> bool {
        matches!(id, "use" | "use-2")
    }

    #[test]
    fn an_id_is_proposed_from_the_words_of_the_heading() {
        for (heading, expected) in [
            ("Does Harmony use cookies?", "does-harmony-use-cookies"),
            ("1.2 What we don’t do", "what-we-dont-do"),
            ("Über Gérard", "uber-gerard"),
            ("Use", "use-3"),
            ("Changes", "changes-2"),
            ("Title", "title"),
            ("The title", "the-title-2"),
            ("Insert purposes", "insert-purposes-2"),
            ("ما هي ملفات تعريف الارتباط؟", "section"),
            ("…", "section"),
            ("", "section"),
        ] {
            assert_eq!(propose(heading, is_taken), expected, "{heading:?}");
        }
        assert_eq!(propose(&"a b ".repeat(100), is_taken).len(), MAX_PROPOSED - 1);
    }
}
