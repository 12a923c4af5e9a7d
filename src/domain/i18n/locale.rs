//! The languages that the site speaks.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

/// A language, with the form that numbers and dates have in it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(try_from = "String", into = "&'static str")]
#[strum(const_into_str)]
pub enum Locale {
    /// English, in which the policy is written: where a translation says something else, it prevails.
    #[default]
    #[strum(serialize = "en")]
    English,
    /// German.
    #[strum(serialize = "de")]
    German,
    /// French.
    #[strum(serialize = "fr")]
    French,
    /// Arabic.
    #[strum(serialize = "ar")]
    Arabic,
}

impl Locale {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Arabic];

    /// The language tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        self.into_str()
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

impl TryFrom<String> for Locale {
    type Error = strum::ParseError;

    fn try_from(tag: String) -> Result<Self, strum::ParseError> {
        tag.parse()
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
            assert_eq!(bad.parse::<Locale>(), Err(strum::ParseError::VariantNotFound), "{bad:?}");
        }
    }
}
