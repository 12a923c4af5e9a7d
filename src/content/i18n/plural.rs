//! A text with plural forms.

use std::{cell::RefCell, collections::HashMap, fmt::Display};

use icu_plurals::{PluralCategory, PluralRules};

use super::{cldr, template::Template};
use crate::domain::i18n::locale::Locale;

/// A text with a form for each plural category of its language (Unicode CLDR, "Language Plural
/// Rules"), and for single numbers with a phrase of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PluralMessage {
    pub(super) locale: Locale,
    pub(super) forms: Vec<(PluralForm, Template)>,
}

/// The numbers that a form applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PluralForm {
    /// One number, which precedes the categories.
    Exactly(u64),
    /// All numbers of a category.
    Of(PluralCategory),
}

impl PluralForm {
    /// Parses the name of a form: a number, or a category of the language.
    pub fn parse(name: &str, locale: Locale) -> Option<Self> {
        let exactly = name.parse().ok().filter(|number: &u64| number.to_string() == name).map(Self::Exactly);
        exactly.or_else(|| categories(locale).into_iter().find(|category| self::name(*category) == name).map(Self::Of))
    }
}

impl PluralMessage {
    /// Formats the text for a number, which is also the first value.
    pub(super) fn text(&self, count: u64, values: &[&dyn Display]) -> String {
        let find = |form: PluralForm| self.forms.iter().find(|(found, _)| *found == form);
        let category = || with_rules(self.locale, |rules| rules.category_for(count)).unwrap_or(PluralCategory::Other);
        let found = find(PluralForm::Exactly(count)).or_else(|| find(PluralForm::Of(category())));
        found.map_or_else(String::new, |(_, template)| template.text(values))
    }
}

/// The plural categories of a language for whole numbers.
pub(super) fn categories(locale: Locale) -> Vec<PluralCategory> {
    with_rules(locale, |rules| rules.categories().collect()).unwrap_or_default()
}

/// The CLDR name of a category.
pub(super) const fn name(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

thread_local! {
    /// The rules of each language that was used: finding them costs more than a text.
    static RULES: RefCell<HashMap<Locale, Option<PluralRules>>> = RefCell::default();
}

/// Applies the compiled-in plural rules of a language.
fn with_rules<T>(locale: Locale, apply: impl FnOnce(&PluralRules) -> T) -> Option<T> {
    let find = || PluralRules::try_new_cardinal(cldr::locale(locale).into()).ok();
    RULES.with_borrow_mut(|rules| rules.entry(locale).or_insert_with(find).as_ref().map(apply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_forms_that_the_common_locale_data_give_it() {
        for (locale, forms) in [
            (Locale::ENGLISH, "one other"),
            (Locale::GERMAN, "one other"),
            (Locale::FRENCH, "one many other"),
            (Locale::ARABIC, "zero one two few many other"),
        ] {
            let found: Vec<_> = categories(locale).into_iter().map(name).collect();
            assert_eq!(found.join(" "), forms, "{locale}");
        }
        assert_eq!(PluralForm::parse("two", Locale::ARABIC), Some(PluralForm::Of(PluralCategory::Two)));
        assert_eq!(PluralForm::parse("two", Locale::ENGLISH), None);
        assert_eq!(PluralForm::parse("2", Locale::ENGLISH), Some(PluralForm::Exactly(2)));
        assert_eq!(PluralForm::parse("02", Locale::ENGLISH), None);
    }
}
