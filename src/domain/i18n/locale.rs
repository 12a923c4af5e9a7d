//! The languages that the site speaks.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language, with the form that numbers and dates have in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Locale {
    /// English, in which the policy is written: where a translation says something else, it prevails.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Arabic.
    Arabic,
}

impl Locale {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Arabic];

    /// The tag by which machines know it (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Arabic => "ar",
        }
    }

    /// Its name in itself, as its readers look for it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Arabic => "العربية",
        }
    }

    /// The direction in which it is read, as HTML has it.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            Self::English | Self::German | Self::French => "ltr",
        }
    }
}

/// Something of which there is one for each language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerLocale<T> {
    english: T,
    german: T,
    french: T,
    arabic: T,
}

impl<T> PerLocale<T> {
    /// What `make` makes for each language, in the order of [`Locale::ALL`].
    pub fn from_fn(mut make: impl FnMut(Locale) -> T) -> Self {
        Self {
            english: make(Locale::English),
            german: make(Locale::German),
            french: make(Locale::French),
            arabic: make(Locale::Arabic),
        }
    }

    /// That of one language.
    pub const fn get(&self, locale: Locale) -> &T {
        match locale {
            Locale::English => &self.english,
            Locale::German => &self.german,
            Locale::French => &self.french,
            Locale::Arabic => &self.arabic,
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl TryFrom<String> for Locale {
    type Error = ParseLocaleError;

    fn try_from(tag: String) -> Result<Self, ParseLocaleError> {
        tag.parse()
    }
}

impl From<Locale> for &'static str {
    fn from(locale: Locale) -> Self {
        locale.tag()
    }
}

/// The site does not speak that language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the site does not speak that language")]
pub struct ParseLocaleError;

impl FromStr for Locale {
    type Err = ParseLocaleError;

    fn from_str(tag: &str) -> Result<Self, ParseLocaleError> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag).ok_or(ParseLocaleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own() {
        let tags = PerLocale::from_fn(Locale::tag);
        for locale in Locale::ALL {
            assert_eq!(*tags.get(locale), locale.tag());
        }
    }

    #[test]
    fn a_language_is_known_by_its_tag_and_by_nothing_else() {
        for locale in Locale::ALL {
            assert_eq!(locale.tag().parse(), Ok(locale));
        }
        for bad in ["", "EN", "en-GB", "de ", "it", "arabic"] {
            assert_eq!(bad.parse::<Locale>(), Err(ParseLocaleError), "{bad:?}");
        }
    }
}
