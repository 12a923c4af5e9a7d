//! The names of countries in each language, from the Unicode CLDR.

use std::{collections::HashMap, sync::LazyLock};

use crate::domain::{analytics::Country, i18n::locale::Locale};

/// One line for each code of ISO 3166-1: the code, then its name in English, German, French and
/// Arabic.
static NAMES: LazyLock<HashMap<Country, [&str; 4]>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let mut columns = line.split('\t');
        let country = columns.next()?.parse().ok()?;
        Some((country, [columns.next()?, columns.next()?, columns.next()?, columns.next()?]))
    };
    include_str!("countries.tsv").lines().filter_map(parse).collect()
});

/// The name of a country; its code if it has none.
pub(crate) fn name(locale: Locale, country: Country) -> String {
    let column = match locale {
        Locale::English => 0,
        Locale::German => 1,
        Locale::French => 2,
        Locale::Arabic => 3,
    };
    NAMES.get(&country).map_or_else(|| country.to_string(), |names| names[column].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_in_each_language() {
        assert_eq!(NAMES.len(), 249, "the countries of ISO 3166-1");
        for (country, names) in NAMES.iter() {
            assert!(names.iter().all(|name| !name.trim().is_empty()), "{country}");
        }
        let name = |locale, code: &str| code.parse().map(|country| name(locale, country)).unwrap_or_default();
        let names = Locale::ALL.map(|locale| name(locale, "TN"));
        assert_eq!(names, ["Tunisia", "Tunesien", "Tunisie", "تونس"]);
        assert_eq!(name(Locale::English, "QX"), "QX");
    }
}
