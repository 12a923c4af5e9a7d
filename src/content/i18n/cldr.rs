//! The languages of the site as those of Unicode's CLDR, whose data the `icu_` crates hold.

use icu_decimal::{DecimalFormatter, input::Decimal, options::DecimalFormatterOptions};
use icu_locale::{Locale as CldrLocale, LocaleExpander};

use crate::domain::i18n::locale::Locale;

/// The locale whose plural forms, dates and numbers a language has.
///
/// English without a region puts the day before the month, as most of the world does. Digits are
/// Latin, as in versions, lifetimes and times on every page.
pub(crate) fn locale(locale: Locale) -> CldrLocale {
    tag(locale).parse().unwrap_or(CldrLocale::UNKNOWN)
}

/// The tag of that locale (BCP 47, with the extension of UTS 35).
pub(crate) fn tag(locale: Locale) -> String {
    let region = if locale == Locale::ENGLISH { "-gb" } else { "" };
    format!("{locale}{region}-u-nu-latn")
}

/// A number such as `2.80` with the decimal mark of the language.
pub(crate) fn decimal(locale: Locale, number: String) -> String {
    let formatter = DecimalFormatter::try_new(self::locale(locale).into(), DecimalFormatterOptions::default()).ok();
    let found = formatter.zip(Decimal::try_from_str(&number).ok());
    found.map_or(number, |(formatter, decimal)| formatter.format(&decimal).to_string())
}

/// The language with a territory, as Open Graph requires: `de_DE`. The language alone if it is
/// spoken in none.
pub(crate) fn territory(locale: Locale) -> String {
    let mut id = self::locale(locale).id;
    LocaleExpander::new_extended().maximize(&mut id);
    match id.region {
        Some(region) => format!("{}_{region}", id.language),
        None => id.language.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_joined_by_the_territory_where_most_speak_it() {
        for (tag, expected) in
            [("en", "en_GB"), ("de", "de_DE"), ("pt-br", "pt_BR"), ("ar", "ar_EG"), ("es-419", "es_419")]
        {
            assert_eq!(tag.parse().map(territory), Ok(expected.to_owned()));
        }
    }
}
