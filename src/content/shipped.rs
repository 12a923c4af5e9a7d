//! The texts that the program brings, in each of its languages. A publisher's file replaces those
//! that are in it.

use crate::domain::i18n::{languages::Languages, locale::Locale};

/// A language, and the texts that the program has in it.
pub(super) struct Shipped {
    pub tag: &'static str,
    /// The first edition of a new folder.
    pub policy: &'static str,
    /// The texts of the interface.
    pub strings: &'static str,
    pub countries: &'static str,
    /// The words of the inventory; none for English, whose words are in the inventory itself.
    pub cookies: Option<&'static str>,
}

macro_rules! shipped {
    ($($tag:literal $($cookies:literal)?),+) => {
        [$(Shipped {
            tag: $tag,
            policy: include_str!(concat!("starter/policy/", $tag, ".md")),
            strings: include_str!(concat!("../../content/strings/", $tag, ".toml")),
            countries: include_str!(concat!("../../content/countries/", $tag, ".toml")),
            cookies: shipped!(@cookies $($cookies)?),
        }),+]
    };
    (@cookies) => { None };
    (@cookies $file:literal) => { Some(include_str!(concat!("../../content/", $file))) };
}

pub(super) const SHIPPED: [Shipped; 8] = shipped![
    "en",
    "de" "cookies.de.toml",
    "fr" "cookies.fr.toml",
    "ar" "cookies.ar.toml",
    "es" "cookies.es.toml",
    "it" "cookies.it.toml",
    "nl" "cookies.nl.toml",
    "pl" "cookies.pl.toml"
];

impl Shipped {
    /// The texts in a language.
    pub fn find(locale: Locale) -> Option<&'static Self> {
        SHIPPED.iter().find(|shipped| shipped.tag == locale.tag())
    }
}

/// The languages that the program has texts in.
pub fn languages() -> Languages {
    Languages::new(Locale::ENGLISH, SHIPPED.iter().filter_map(|shipped| shipped.tag.parse().ok()))
}
