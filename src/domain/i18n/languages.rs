//! The languages that a site speaks, and one value for each of them.

use std::sync::Arc;

use super::locale::Locale;

/// The languages of the content: the original first, the others by their tags. It is also the order
/// of the language menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages {
    original: Locale,
    others: Arc<[Locale]>,
}

impl Languages {
    pub fn new(original: Locale, others: impl IntoIterator<Item = Locale>) -> Self {
        let mut others: Vec<_> = others.into_iter().filter(|locale| *locale != original).collect();
        others.sort_unstable();
        others.dedup();
        Self { original, others: others.into() }
    }

    /// The language of the original policy, which prevails over translations.
    pub const fn original(&self) -> Locale {
        self.original
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Locale> {
        std::iter::once(self.original).chain(self.others.iter().copied())
    }

    pub fn contains(&self, locale: Locale) -> bool {
        self.iter().any(|spoken| spoken == locale)
    }

    /// Finds the language of a tag.
    pub fn find(&self, tag: &str) -> Option<Locale> {
        self.iter().find(|locale| locale.tag() == tag)
    }

    /// The tags, for a sentence or a list in a header.
    pub fn tags(&self) -> String {
        self.iter().map(String::from).collect::<Vec<_>>().join(", ")
    }
}

/// One value for each language of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerLocale<T> {
    /// The language of the original, and its value.
    original: (Locale, T),
    others: Vec<(Locale, T)>,
}

impl<T> PerLocale<T> {
    /// Calls `make` for each language, the original first.
    pub fn from_fn(languages: &Languages, mut make: impl FnMut(Locale) -> T) -> Self {
        let mut make = |locale| (locale, make(locale));
        Self { original: make(languages.original), others: languages.others.iter().copied().map(make).collect() }
    }

    /// The value of a language; that of the original for a language that the site does not speak.
    pub fn get(&self, locale: Locale) -> &T {
        self.find(locale).unwrap_or(&self.original.1)
    }

    /// The value of a language that the site speaks.
    pub fn find(&self, locale: Locale) -> Option<&T> {
        let all = std::iter::once(&self.original).chain(&self.others);
        all.into_iter().find(|(found, _)| *found == locale).map(|(_, value)| value)
    }
}

impl<T> PerLocale<Option<T>> {
    /// All values; `None` if one is missing.
    pub fn transpose(self) -> Option<PerLocale<T>> {
        let whole = |(locale, value): (Locale, Option<T>)| Some((locale, value?));
        Some(PerLocale {
            original: whole(self.original)?,
            others: self.others.into_iter().map(whole).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
impl Languages {
    /// The languages of the shipped content.
    pub fn shipped() -> Self {
        Self::new(Locale::ENGLISH, Locale::SHIPPED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_language_is_first_and_the_others_stand_by_their_tags() {
        let languages =
            Languages::new(Locale::GERMAN, [Locale::FRENCH, Locale::ENGLISH, Locale::GERMAN, Locale::FRENCH]);
        assert_eq!(languages.tags(), "de, en, fr");
        assert_eq!(languages.find("fr"), Some(Locale::FRENCH));
        assert_eq!(languages.find("ar"), None);
        assert!(languages.contains(Locale::GERMAN) && !languages.contains(Locale::ARABIC));
        assert!(Languages::shipped().iter().eq(Locale::SHIPPED));
    }

    #[test]
    fn a_language_that_is_not_spoken_has_the_value_of_the_original() {
        let languages = Languages::new(Locale::GERMAN, [Locale::ENGLISH]);
        let tags = PerLocale::from_fn(&languages, |locale| locale.to_string());
        assert_eq!((tags.get(Locale::ENGLISH).as_str(), tags.get(Locale::FRENCH).as_str()), ("en", "de"));
        assert_eq!(tags.find(Locale::FRENCH), None);
        let but_english = PerLocale::from_fn(&languages, |locale| (locale != Locale::ENGLISH).then_some(()));
        assert_eq!(but_english.transpose(), None);
        assert!(PerLocale::from_fn(&languages, Some).transpose().is_some());
    }
}
