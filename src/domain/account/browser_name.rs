//! The name that a user gives to a browser, such as "Office laptop".

use serde::{Deserialize, Serialize};

use crate::domain::i18n::invisible::is_invisible;

/// The most characters of a name.
pub const MAX_CHARS: usize = 40;

/// A name, or none if the field was left empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BrowserName(String);

/// The text is longer than [`MAX_CHARS`], or contains a character that nobody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has at most {MAX_CHARS} visible characters")]
pub struct ParseBrowserNameError;

impl BrowserName {
    /// The name. `None` removes it.
    pub fn get(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|name| !name.is_empty())
    }
}

impl TryFrom<String> for BrowserName {
    type Error = ParseBrowserNameError;

    fn try_from(typed: String) -> Result<Self, ParseBrowserNameError> {
        let name = typed.trim();
        let is_shown = |character| character == ' ' || !is_invisible(character);
        if name.chars().count() > MAX_CHARS || !name.chars().all(is_shown) {
            return Err(ParseBrowserNameError);
        }
        Ok(Self(name.to_owned()))
    }
}

impl From<BrowserName> for String {
    fn from(name: BrowserName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_visible_and_an_empty_one_is_none() {
        let longest = "\u{e9}".repeat(MAX_CHARS);
        for (typed, expected) in [
            ("", Ok(None)),
            ("   ", Ok(None)),
            (" Office laptop ", Ok(Some("Office laptop"))),
            ("حاسوب المكتب", Ok(Some("حاسوب المكتب"))),
            ("<b>&", Ok(Some("<b>&"))),
            (longest.as_str(), Ok(Some(longest.as_str()))),
            (&format!("{longest}x"), Err(ParseBrowserNameError)),
            ("a\u{202e}b", Err(ParseBrowserNameError)),
            ("a\nb", Err(ParseBrowserNameError)),
            ("a\u{0}", Err(ParseBrowserNameError)),
        ] {
            let name = BrowserName::try_from(typed.to_owned());
            assert_eq!(name.as_ref().map(BrowserName::get), expected.as_ref().map(|name| *name), "{typed:?}");
        }
    }
}
