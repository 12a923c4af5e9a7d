//! `countries/<locale>.toml`: the names of countries in each language, over those that the program
//! brings. Their places on a map of tiles are here.

use std::{collections::HashMap, path::Path, sync::LazyLock};

use super::super::{fields, shipped::Shipped, source};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics},
    domain::{
        analytics::Country,
        i18n::{
            languages::{Languages, PerLocale},
            locale::Locale,
        },
    },
};

/// Columns and rows of the map. Each country is one tile, near its place on the globe.
pub(crate) const MAP_SIZE: (u8, u8) = (36, 21);

/// One line for each code of ISO 3166-1: the code, then the column and the row of its tile.
static TILES: LazyLock<HashMap<Country, (u8, u8)>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let mut columns = line.split('\t');
        let country = columns.next()?.parse().ok()?;
        Some((country, (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?)))
    };
    include_str!("countries.tsv").lines().filter_map(parse).collect()
});

/// The column and the row of each country.
pub(crate) fn tiles() -> impl Iterator<Item = (Country, (u8, u8))> {
    TILES.iter().map(|(country, tile)| (*country, *tile))
}

/// The names of countries in a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CountryNames(HashMap<Country, String>);

impl CountryNames {
    /// The name of a country; its code if it has none.
    pub fn get(&self, country: Country) -> String {
        self.0.get(&country).cloned().unwrap_or_else(|| country.to_string())
    }

    /// The countries without a name, by their codes.
    pub fn missing(&self) -> Vec<Country> {
        let mut missing: Vec<_> = TILES.keys().copied().filter(|country| !self.0.contains_key(country)).collect();
        missing.sort_unstable();
        missing
    }
}

/// The path of a file in the content folder.
pub(in crate::content) fn file(locale: Locale) -> String {
    format!("countries/{locale}.toml")
}

/// Loads the files of a content folder. A language may lack names.
///
/// # Errors
/// The diagnostics of all files.
pub(in crate::content) fn load(
    folder: &Path,
    languages: &Languages,
) -> Result<PerLocale<CountryNames>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let names = PerLocale::from_fn(languages, |locale| {
        let file = folder.join(file(locale));
        let shipped = Shipped::find(locale).map_or("", |shipped| shipped.countries);
        let text = if file.exists() { source::load(&file).map_err(|found| vec![found]) } else { Ok(String::new()) };
        let names = text.and_then(|text| {
            let mut names = parse(&file, shipped)?;
            if text != shipped {
                names.0.extend(parse(&file, &text)?.0);
            }
            Ok(names)
        });
        names.unwrap_or_else(|found| {
            diagnostics.extend(found);
            CountryNames::default()
        })
    });
    if diagnostics.is_empty() { Ok(names) } else { Err(diagnostics) }
}

/// Parses a name for each code.
///
/// # Errors
/// The diagnostics of the text.
fn parse(file: &Path, text: &str) -> Result<CountryNames, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };
    let mut names = HashMap::new();
    for (code, name) in root.get_ref() {
        let line = report.line_of(code.span().start);
        let country = code.get_ref().parse().ok().filter(|country| TILES.contains_key(country));
        let name = name.get_ref().as_str().map(str::trim).filter(|name| !name.is_empty());
        match country.zip(name) {
            Some((country, name)) => drop(names.insert(country, name.to_owned())),
            None => report
                .add(line, "a line is the code of a country (ISO 3166-1) and its name in quotes: DE = \"Germany\""),
        }
    }
    if report.is_empty() { Ok(CountryNames(names)) } else { Err(report.into_vec()) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_country_has_a_name_in_each_language() -> Result<(), Vec<Diagnostic>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
        let names = load(&folder, &Languages::shipped())?;
        for locale in Locale::SHIPPED {
            assert_eq!(names.get(locale).missing(), [], "{locale}");
        }
        let name = |locale, code: &str| code.parse().map(|country| names.get(locale).get(country)).unwrap_or_default();
        let all = Locale::SHIPPED.map(|locale| name(locale, "TN"));
        assert_eq!(all, ["Tunisia", "تونس", "Tunesien", "Tunisie"]);
        assert_eq!(name(Locale::ENGLISH, "QX"), "QX");
        Ok(())
    }

    #[test]
    fn a_file_holds_codes_with_names() {
        let parsed = |text: &str| parse(Path::new("x.toml"), text);
        let found = parsed("DE = \"Germania\"\nFR = \"Francia\"").map(|names| names.missing().len());
        assert_eq!(found, Ok(247));
        for bad in ["QX = \"x\"", "de = \"x\"", "DE = \" \"", "DE = 1", "[DE]\nx = 1"] {
            let lines = parsed(bad).map_err(|found| found.iter().map(|found| found.line).collect::<Vec<_>>());
            assert_eq!(lines, Err(vec![1]), "{bad}");
        }
    }

    #[test]
    fn every_country_has_a_tile_of_its_own() {
        let places: HashSet<_> = tiles().map(|(_, tile)| tile).collect();
        assert_eq!(places.len(), 249, "the countries of ISO 3166-1");
        let (columns, rows) = MAP_SIZE;
        assert!(places.iter().all(|(column, row)| *column < columns && *row < rows));
    }
}
