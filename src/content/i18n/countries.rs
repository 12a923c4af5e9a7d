//! The names of countries in each language, from the Unicode CLDR, and their places on a map of
//! tiles.

use std::{collections::HashMap, sync::LazyLock};

use crate::domain::{analytics::Country, i18n::locale::Locale};

/// Columns and rows of the map. Each country is one tile, near its place on the globe.
pub(crate) const MAP_SIZE: (u8, u8) = (36, 21);

/// One line for each code of ISO 3166-1: the code, then its name in English, German, French and
/// Arabic, then the column and the row of its tile.
static COUNTRIES: LazyLock<HashMap<Country, Entry>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let mut columns = line.split('\t');
        let country = columns.next()?.parse().ok()?;
        let names = [columns.next()?, columns.next()?, columns.next()?, columns.next()?];
        let tile = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
        Some((country, Entry { names, tile }))
    };
    include_str!("countries.tsv").lines().filter_map(parse).collect()
});

/// What the map has of a country.
struct Entry {
    names: [&'static str; 4],
    tile: (u8, u8),
}

/// The column and the row of each country.
pub(crate) fn tiles() -> impl Iterator<Item = (Country, (u8, u8))> {
    COUNTRIES.iter().map(|(country, entry)| (*country, entry.tile))
}

/// The name of a country; its code if it has none.
pub(crate) fn name(locale: Locale, country: Country) -> String {
    let column = match locale {
        Locale::English => 0,
        Locale::German => 1,
        Locale::French => 2,
        Locale::Arabic => 3,
    };
    COUNTRIES.get(&country).map_or_else(|| country.to_string(), |entry| entry.names[column].to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_country_has_a_name_in_each_language() {
        assert_eq!(COUNTRIES.len(), 249, "the countries of ISO 3166-1");
        for (country, Entry { names, .. }) in COUNTRIES.iter() {
            assert!(names.iter().all(|name| !name.trim().is_empty()), "{country}");
        }
        let name = |locale, code: &str| code.parse().map(|country| name(locale, country)).unwrap_or_default();
        let names = Locale::ALL.map(|locale| name(locale, "TN"));
        assert_eq!(names, ["Tunisia", "Tunesien", "Tunisie", "تونس"]);
        assert_eq!(name(Locale::English, "QX"), "QX");
    }

    #[test]
    fn every_country_has_a_tile_of_its_own() {
        let places: HashSet<_> = tiles().map(|(_, tile)| tile).collect();
        assert_eq!(places.len(), 249);
        let (columns, rows) = MAP_SIZE;
        assert!(places.iter().all(|(column, row)| *column < columns && *row < rows));
    }
}
