//! The locales of the site.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

/// A language with its formats of numbers and dates.
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
    /// English, the language of the original policy, which prevails over translations.
    #[default]
    #[strum(serialize = "en")]
    English,
    #[strum(serialize = "de")]
    German,
    #[strum(serialize = "fr")]
    French,
    #[strum(serialize = "ar")]
    Arabic,
}

impl Locale {
    /// Every locale, in the order of the language menu.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Arabic];

    /// The language tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        self.into_str()
    }

    /// The language's own name.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Arabic => "العربية",
        }
    }

    /// The value of HTML's `dir` attribute.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            Self::English | Self::German | Self::French => "ltr",
        }
    }
}

/// One value for each locale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerLocale<T> {
    english: T,
    german: T,
    french: T,
    arabic: T,
}

impl<T> PerLocale<T> {
    /// Calls `make` for each locale, in the order of [`Locale::ALL`].
    pub fn from_fn(mut make: impl FnMut(Locale) -> T) -> Self {
        Self {
            english: make(Locale::English),
            german: make(Locale::German),
            french: make(Locale::French),
            arabic: make(Locale::Arabic),
        }
    }

    pub const fn get(&self, locale: Locale) -> &T {
        match locale {
            Locale::English => &self.english,
            Locale::German => &self.german,
            Locale::French => &self.french,
            Locale::Arabic => &self.arabic,
        }
    }
}

impl<T> PerLocale<Option<T>> {
    /// All values; `None` if one is missing.
    pub fn transpose(self) -> Option<PerLocale<T>> {
        let Self { english, german, french, arabic } = self;
        Some(PerLocale { english: english?, german: german?, french: french?, arabic: arabic? })
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
