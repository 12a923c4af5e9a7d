//! The locale prefix of a path: `/de/policy` is `/policy` in German.

use super::{languages::Languages, locale::Locale};

/// Splits a path into its locale prefix and the path without it.
///
/// Each page has one URL per locale, so `/de/` has no locale prefix. What the site does not speak
/// is none.
pub fn split<'p>(path: &'p str, languages: &Languages) -> (Option<Locale>, &'p str) {
    let found = path.strip_prefix('/').and_then(|path| {
        let (tag, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        let rest = if rest.is_empty() { "/" } else { Some(rest).filter(|rest| *rest != "/")? };
        Some((Some(languages.find(tag)?), rest))
    });
    found.unwrap_or((None, path))
}

/// Adds the locale prefix.
pub fn join(locale: Locale, path: &str) -> String {
    format!("/{locale}{}", if path == "/" { "" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_stands_at_the_head_of_an_address_or_nowhere() {
        for (path, expected) in [
            ("/de", (Some(Locale::GERMAN), "/")),
            ("/en/policy", (Some(Locale::ENGLISH), "/policy")),
            ("/fr/policy/1.1", (Some(Locale::FRENCH), "/policy/1.1")),
            ("/ar/sign-in/reset", (Some(Locale::ARABIC), "/sign-in/reset")),
            ("/de/de/policy", (Some(Locale::GERMAN), "/de/policy")),
            ("/de//evil.example", (Some(Locale::GERMAN), "//evil.example")),
            ("/", (None, "/")),
            ("/policy", (None, "/policy")),
            ("/policy/de", (None, "/policy/de")),
            ("/de/", (None, "/de/")),
            ("/DE", (None, "/DE")),
            ("/de-AT/policy", (None, "/de-AT/policy")),
            ("/it/policy", (None, "/it/policy")),
            ("/depolicy", (None, "/depolicy")),
            ("//de/policy", (None, "//de/policy")),
            ("de/policy", (None, "de/policy")),
            ("", (None, "")),
        ] {
            assert_eq!(split(path, &Languages::shipped()), expected, "{path:?}");
        }
    }

    #[test]
    fn what_was_joined_comes_apart_as_it_was() {
        for locale in Locale::SHIPPED {
            for path in ["/", "/policy", "/policy/1.0", "/preferences/history"] {
                assert_eq!(split(&join(locale, path), &Languages::shipped()), (Some(locale), path));
            }
        }
    }
}
