//! A language of the site, as its tag.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tinystr::{TinyAsciiStr, tinystr};

/// The longest tag: a language of three letters, a script, and a region of three digits.
const MAX_BYTES: usize = 12;

/// The scripts that are written from right to left (Unicode CLDR, script metadata).
const RTL_SCRIPTS: [&str; 10] = ["adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa", "yezi"];

/// The languages that are written from right to left if their tag names no script (Unicode CLDR,
/// likely subtags of the languages with locale data). Another one names its script.
const RTL_LANGUAGES: [&str; 14] =
    ["ar", "bal", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"];

/// A language with its formats of numbers and dates: a tag of language, script and region (BCP 47)
/// in lower case, as it stands in paths and names of files.
///
/// A tag is only well-formed. Whether the site speaks the language, its
/// [`Languages`](super::languages::Languages) say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(TinyAsciiStr<MAX_BYTES>);

/// A text that is not a language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a language is a tag in lower case, such as de, pt-br or zh-hant")]
pub struct ParseLocaleError;

impl Locale {
    /// The language of a publisher who names none.
    pub const ENGLISH: Self = Self(tinystr!(12, "en"));

    /// The language tag (BCP 47).
    pub fn tag(&self) -> &str {
        &self.0
    }

    /// The subtag of the language alone.
    pub fn language(&self) -> &str {
        self.subtags().next().unwrap_or_default()
    }

    /// The subtags of the tag, at most three.
    pub fn subtags(&self) -> impl Iterator<Item = &str> {
        self.tag().split('-')
    }

    /// The value of HTML's `dir` attribute.
    pub fn direction(self) -> &'static str {
        let is_rtl = match self.subtags().nth(1).filter(|subtag| is_script(subtag)) {
            Some(script) => RTL_SCRIPTS.contains(&script),
            None => RTL_LANGUAGES.contains(&self.language()),
        };
        if is_rtl { "rtl" } else { "ltr" }
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Locale {
    type Err = ParseLocaleError;

    fn from_str(text: &str) -> Result<Self, ParseLocaleError> {
        let mut subtags = text.split('-').peekable();
        let is_language = |subtag: &str| matches!(subtag.len(), 2 | 3) && is_alphabetic(subtag);
        let is_tag = subtags.next().is_some_and(is_language)
            && (
                subtags.next_if(|subtag| is_script(subtag)),
                subtags.next_if(|subtag| is_region(subtag)),
                subtags.next(),
            )
                .2
                .is_none();
        TinyAsciiStr::try_from_str(text).ok().filter(|_| is_tag).map(Self).ok_or(ParseLocaleError)
    }
}

impl TryFrom<String> for Locale {
    type Error = ParseLocaleError;

    fn try_from(tag: String) -> Result<Self, ParseLocaleError> {
        tag.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.to_string()
    }
}

fn is_alphabetic(subtag: &str) -> bool {
    subtag.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_script(subtag: &str) -> bool {
    subtag.len() == 4 && is_alphabetic(subtag)
}

fn is_region(subtag: &str) -> bool {
    let is_code = subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_digit());
    is_code || subtag.len() == 2 && is_alphabetic(subtag)
}

#[cfg(test)]
impl Locale {
    pub const GERMAN: Self = Self(tinystr!(12, "de"));
    pub const FRENCH: Self = Self(tinystr!(12, "fr"));
    pub const ARABIC: Self = Self(tinystr!(12, "ar"));

    /// The languages of the shipped content, in their order.
    pub const SHIPPED: [Self; 4] = [Self::ENGLISH, Self::ARABIC, Self::GERMAN, Self::FRENCH];
}

#[cfg(test)]
mod tests {
    use icu_locale::{Direction, LocaleDirectionality};

    use super::*;

    #[test]
    fn a_language_is_a_tag_in_lower_case() {
        for tag in ["en", "eo", "ckb", "pt-br", "es-419", "zh-hant", "zh-hant-hk", "yue-hant-419"] {
            assert_eq!(tag.parse::<Locale>().map(|locale| locale.to_string()), Ok(tag.to_owned()));
        }
        for bad in [
            "",
            "e",
            "EN",
            "en-GB",
            "de ",
            "de-",
            "-de",
            "de--at",
            "arabic",
            "de-a",
            "de-1234",
            "de-12",
            "pt-br-latn",
            "d3",
            "zh-hant-hk-x",
            "../en",
            "de\0",
            "dé",
            "de_at",
        ] {
            assert_eq!(bad.parse::<Locale>(), Err(ParseLocaleError), "{bad:?}");
        }
    }

    #[test]
    fn the_direction_is_that_of_unicodes_data() {
        let (common, extended) = (LocaleDirectionality::new_common(), LocaleDirectionality::new_extended());
        let letters = || ('a'..='z').map(String::from);
        let two = letters().flat_map(|first| letters().map(move |second| first.clone() + &second));
        let three = two.clone().flat_map(|two| letters().map(move |third| two.clone() + &third));
        let scripts =
            RTL_SCRIPTS.into_iter().chain(["latn", "cyrl", "hans", "thai"]).map(|script| format!("az-{script}"));
        let mut wrong = Vec::new();
        for tag in two.chain(three).chain(scripts) {
            let Ok(locale) = tag.parse::<Locale>() else { continue };
            let Ok(known) = tag.parse() else { continue };
            let known: icu_locale::LanguageIdentifier = known;
            let is_rtl = |data: &LocaleDirectionality| data.get(&known) == Some(Direction::RightToLeft);
            // Every language with locale data, and no language without.
            let is_right = if locale.direction() == "rtl" { is_rtl(&extended) } else { !is_rtl(&common) };
            if !is_right {
                wrong.push(tag);
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }
}
