//! The languages that the site speaks.

use std::{fmt, str::FromStr};

/// A language, with the form that numbers and dates have in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// The site does not speak that language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the site does not speak that language")]
pub struct NotSpoken;

impl FromStr for Locale {
    type Err = NotSpoken;

    fn from_str(tag: &str) -> Result<Self, NotSpoken> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag).ok_or(NotSpoken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_tag_and_by_nothing_else() {
        for locale in Locale::ALL {
            assert_eq!(locale.tag().parse(), Ok(locale));
        }
        for bad in ["", "EN", "en-GB", "de ", "it", "arabic"] {
            assert_eq!(bad.parse::<Locale>(), Err(NotSpoken), "{bad:?}");
        }
    }
}
