//! Negotiation by `Accept-Language` (RFC 9110, 12.5.4): lookup (RFC 4647, 3.4) on the primary
//! subtag.

use super::locale::Locale;

/// How many ranges are parsed. Browsers send a handful.
const MAX_RANGES: usize = 32;

/// The preferred locale among those of the site.
///
/// Of equal weights the first counts. Weight 0 excludes a language, and `*` means any other.
/// Ill-formed ranges are ignored.
pub fn negotiate<'h>(lines: impl IntoIterator<Item = &'h str>) -> Option<Locale> {
    let ranges = lines.into_iter().flat_map(|line| line.split(',')).take(MAX_RANGES);
    let wishes: Vec<LanguageRange<'_>> = ranges.filter_map(LanguageRange::parse).collect();
    let weight = |locale: Locale| {
        let of = |is_meant: &dyn Fn(&LanguageRange<'_>) -> bool| {
            let meant = wishes.iter().zip(0_usize..).filter(|(range, _)| is_meant(range));
            meant.map(|(range, place)| (range.weight, usize::MAX - place)).max()
        };
        of(&|range| range.matches(locale)).or_else(|| of(&|range| range.tag == "*")).filter(|(weight, _)| *weight > 0)
    };
    let weighed = Locale::ALL.into_iter().rev().filter_map(|locale| Some((weight(locale)?, locale)));
    // `*` selects the first locale: `max_by_key` returns the last of equal items, so the order is
    // reversed.
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, locale)| locale)
}

/// A language range and its weight.
struct LanguageRange<'h> {
    tag: &'h str,
    /// In thousandths.
    weight: u16,
}

impl<'h> LanguageRange<'h> {
    fn parse(range: &'h str) -> Option<Self> {
        let (tag, weight) = match range.split_once(';') {
            None => (range, 1000),
            Some((tag, parameter)) => (tag, weight(parameter)?),
        };
        let tag = tag.trim();
        let is_tag = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !tag.is_empty();
        (is_tag || tag == "*").then_some(Self { tag, weight })
    }

    fn matches(&self, locale: Locale) -> bool {
        self.tag.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case(locale.tag()))
    }
}

/// Parses `q=0.8` (RFC 9110, 12.4.2): at most three decimals, and at most 1.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.trim().split_once('=')?;
    if !name.eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_language_that_is_wished_for_most_is_spoken() {
        use Locale::{Arabic, English, French, German};
        for (header, expected) in [
            ("de", Some(German)),
            ("de-AT", Some(German)),
            ("DE-at", Some(German)),
            ("ar-EG,ar;q=0.9,en;q=0.8", Some(Arabic)),
            ("fr;q=0.2, de;q=0.8, en;q=0.5", Some(German)),
            ("it, fr;q=0.3, de;q=0.2", Some(French)),
            ("de;q=0.5,fr;q=0.5", Some(German)),
            ("fr;q=0.5,de;q=0.5", Some(French)),
            ("de ; q=0.1 , en;Q=0.2", Some(English)),
            ("de;q=0.001", Some(German)),
            ("*", Some(English)),
            ("it, *;q=0.5", Some(English)),
            ("fr;q=0.4, *;q=0.5", Some(English)),
            ("fr, *;q=0.5", Some(French)),
            ("en;q=0, *", Some(German)),
            ("de;q=0", None),
            ("de;q=0.000, fr;q=0", None),
            ("it,es", None),
            ("", None),
            (",,;", None),
            ("deutsch, den, d", None),
            ("de;q=2, fr;q=1.001, ar;q=0.1234, en;q=0.1", Some(English)),
            ("de;q=, fr;q=-1, ar;x=1, en;q=0.1", Some(English)),
            ("de;level=1;q=0.9", None),
            ("\u{fe0f}de, fr", Some(French)),
            ("de_AT, fr;q=0.1", Some(French)),
        ] {
            assert_eq!(negotiate([header]), expected, "{header:?}");
        }
        assert_eq!(negotiate(["it", "fr;q=0.1"]), Some(French), "two lines are one list");
        assert_eq!(negotiate([]), None);
    }

    #[test]
    fn what_stands_far_behind_is_not_read() {
        let header = "it,".repeat(MAX_RANGES) + "de";
        assert_eq!(negotiate([header.as_str()]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_answered(header: String) {
            negotiate([header.as_str()]);
        }

        #[test]
        fn the_order_of_unequal_wishes_makes_no_difference(
            mut wishes in proptest::sample::subsequence(vec!["en", "de", "fr", "ar"], 0..=4).prop_shuffle(),
            turn in 0_usize..4,
        ) {
            let said = |wishes: &[&str]| {
                let weighed = wishes.iter().map(|tag| format!("{tag};q=0.{}", tag.as_bytes().first().unwrap_or(&0) - b'a' + 1));
                negotiate([weighed.collect::<Vec<_>>().join(",").as_str()])
            };
            let first = said(&wishes);
            let turn = turn.min(wishes.len());
            wishes.rotate_left(turn);
            prop_assert_eq!(said(&wishes), first);
        }
    }
}
