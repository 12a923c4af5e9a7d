//! Names of what a service keeps, with at most one `*` that stands for any characters.

use std::fmt;

use serde::Serialize;

use crate::domain::{cookies::inventory::is_token, i18n::invisible::is_invisible};

/// The most characters of a name or pattern.
pub const MAX_NAME_CHARS: usize = 128;

/// The fewest characters before the `*`, besides `__Host-` or `__Secure-`.
const MIN_PREFIX_CHARS: usize = 3;

/// A name, or a pattern such as `_ga_*` or `cart_*_v2`, whose `*` stands for one or more
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct NamePattern(String);

/// Why a text is no name or pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamePatternError {
    #[error("a name has 1 to {MAX_NAME_CHARS} characters")]
    Length,
    #[error("a cookie name has letters, digits and !#$%&'*+-.^_`|~")]
    NoToken,
    #[error("a name has visible characters only")]
    Invisible,
    #[error("a pattern has one * at most")]
    SeveralStars,
    #[error("a pattern needs {MIN_PREFIX_CHARS} characters before its *, besides __Host- or __Secure-")]
    TooWide,
}

impl NamePattern {
    /// Parses the name of a cookie.
    ///
    /// # Errors
    /// [`NamePatternError`] if no cookie can have it, or the pattern matches too many.
    pub fn of_cookie(text: &str) -> Result<Self, NamePatternError> {
        if is_token(text) || text.is_empty() { Self::new(text) } else { Err(NamePatternError::NoToken) }
    }

    /// Parses a key of storage, or the name of a database.
    ///
    /// # Errors
    /// [`NamePatternError`] if it cannot be shown, or the pattern matches too many.
    pub fn of_storage(text: &str) -> Result<Self, NamePatternError> {
        let is_shown = |character: char| character == ' ' || !is_invisible(character);
        let is_visible = text.chars().all(is_shown) && text.trim() == text;
        if is_visible { Self::new(text) } else { Err(NamePatternError::Invisible) }
    }

    fn new(text: &str) -> Result<Self, NamePatternError> {
        if text.is_empty() || text.chars().count() > MAX_NAME_CHARS {
            return Err(NamePatternError::Length);
        }
        if let Some((before, after)) = text.split_once('*') {
            let bare = before.strip_prefix("__Host-").or_else(|| before.strip_prefix("__Secure-"));
            if after.contains('*') {
                return Err(NamePatternError::SeveralStars);
            }
            if bare.unwrap_or(before).chars().count() < MIN_PREFIX_CHARS {
                return Err(NamePatternError::TooWide);
            }
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before and after the `*`; `None` for a plain name.
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.0.split_once('*')
    }

    /// Whether this is the name, or matches it. As in browsers, octets are compared.
    pub fn matches(&self, name: &[u8]) -> bool {
        match self.parts() {
            None => self.0.as_bytes() == name,
            Some((before, after)) => {
                let rest = name.strip_prefix(before.as_bytes());
                rest.and_then(|rest| rest.strip_suffix(after.as_bytes())).is_some_and(|middle| !middle.is_empty())
            }
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_one_or_more_characters() {
        for (pattern, name, expected) in [
            ("cart", "cart", true),
            ("cart", "cart2", false),
            ("cart", "Cart", false),
            ("_ga_*", "_ga_X1", true),
            ("_ga_*", "_ga_", false),
            ("_ga_*", "x_ga_X1", false),
            ("cart_*_v2", "cart_7_v2", true),
            ("cart_*_v2", "cart__v2", false),
            ("cart_*_v2", "cart_v2", false),
            ("cart_*_v2", "cart_7_v3", false),
            ("aaa*aaa", "aaaaa", false),
            ("aaa*aaa", "aaaaaaa", true),
        ] {
            let found = NamePattern::of_cookie(pattern).map(|pattern| pattern.matches(name.as_bytes()));
            assert_eq!(found, Ok(expected), "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_name_or_matches_too_many_is_refused() {
        let long = "a".repeat(MAX_NAME_CHARS + 1);
        for (text, expected) in [
            ("", NamePatternError::Length),
            (long.as_str(), NamePatternError::Length),
            ("a b", NamePatternError::NoToken),
            ("cart_*_*", NamePatternError::SeveralStars),
            ("*", NamePatternError::TooWide),
            ("*_id", NamePatternError::TooWide),
            ("id*", NamePatternError::TooWide),
            ("__Host-*", NamePatternError::TooWide),
            ("__Secure-id*", NamePatternError::TooWide),
        ] {
            assert_eq!(NamePattern::of_cookie(text), Err(expected), "{text:?}");
        }
        for text in ["a\u{202e}b", " cart", "a\nb"] {
            assert_eq!(NamePattern::of_storage(text), Err(NamePatternError::Invisible), "{text:?}");
        }
        for text in ["my cart", "persist:root", "{\"a\":1}", "ключ"] {
            assert_eq!(NamePattern::of_storage(text).as_ref().map(NamePattern::as_str), Ok(text));
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_it_is_filled_with(before in "[a-z_]{3,9}", after in "[a-z_]{0,9}", middle in "[ -~]{1,9}") {
            let pattern = NamePattern::of_cookie(&format!("{before}*{after}"));
            let name = format!("{before}{middle}{after}");
            prop_assert_eq!(pattern.map(|pattern| pattern.matches(name.as_bytes())), Ok(true));
        }
    }
}
