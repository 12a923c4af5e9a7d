//! Negotiation by `Accept-Language` (RFC 9110, 12.5.4): lookup (RFC 4647, 3.4) by the subtag of the
//! language, and by further subtags among several that the site speaks.

use super::{languages::Languages, locale::Locale};

/// How many ranges are parsed. Browsers send a handful.
const MAX_RANGES: usize = 32;

/// The preferred locale among those of the site.
///
/// Of equal weights the first counts. Weight 0 excludes a language, and `*` means any other.
/// Ill-formed ranges are ignored.
pub fn negotiate<'h>(lines: impl IntoIterator<Item = &'h str>, languages: &Languages) -> Option<Locale> {
    let ranges = lines.into_iter().flat_map(|line| line.split(',')).take(MAX_RANGES);
    let wishes: Vec<LanguageRange<'_>> = ranges.filter_map(LanguageRange::parse).collect();
    let any_other = best(&wishes, |range| usize::from(range.tag == "*"));
    let weight = |locale: Locale| {
        let (closeness, weight, place) = best(&wishes, |range| range.closeness(locale)).or(any_other)?;
        (weight > 0).then_some((weight, usize::MAX - place, closeness))
    };
    let weighed = languages.iter().rev().filter_map(|locale| Some((weight(locale)?, locale)));
    // `*` selects the first locale: `max_by_key` returns the last of equal items, so the order is
    // reversed.
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, locale)| locale)
}

/// The closest range, its weight and its place. Of equally close ones it is the one of most weight,
/// and of those the first. None is close if `closeness` is 0 for each.
fn best(wishes: &[LanguageRange<'_>], closeness: impl Fn(&LanguageRange<'_>) -> usize) -> Option<(usize, u16, usize)> {
    let mut best: Option<(usize, u16, usize)> = None;
    for (place, range) in wishes.iter().enumerate() {
        let closeness = closeness(range);
        // A closer range says more of this language: `pt-br;q=0, pt` excludes one of two.
        if closeness > 0 && best.is_none_or(|(close, weight, _)| (closeness, range.weight) > (close, weight)) {
            best = Some((closeness, range.weight, place));
        }
    }
    best
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
        let tag = tag.trim_ascii();
        let is_tag = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !tag.is_empty();
        (is_tag || tag == "*").then_some(Self { tag, weight })
    }

    /// How many subtags the range has in common with a locale; none if it means another language.
    fn closeness(&self, locale: Locale) -> usize {
        // Most languages differ in the first letter.
        let initial = |tag: &str| tag.as_bytes().first().map(u8::to_ascii_lowercase);
        if initial(self.tag) != initial(locale.tag()) {
            return 0;
        }
        // Of bytes: searching a short text for a character costs more than splitting it.
        let [wished, spoken] = [self.tag, locale.tag()].map(|tag| tag.as_bytes().split(|byte| *byte == b'-'));
        wished.zip(spoken).take_while(|(wished, spoken)| wished.eq_ignore_ascii_case(spoken)).count()
    }
}

/// Parses `q=0.8` (RFC 9110, 12.4.2): at most three decimals, and at most 1.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.trim_ascii().split_once('=')?;
    if !name.eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().map(|digit| u16::from(digit - b'0')).chain(std::iter::repeat(0));
    let thousandths = digits.take(3).fold(0, |number, digit| 10 * number + digit);
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
        let languages = Languages::shipped();
        let [english, arabic, german, french] = Locale::SHIPPED;
        for (header, expected) in [
            ("de", Some(german)),
            ("de-AT", Some(german)),
            ("DE-at", Some(german)),
            ("ar-EG,ar;q=0.9,en;q=0.8", Some(arabic)),
            ("fr;q=0.2, de;q=0.8, en;q=0.5", Some(german)),
            ("it, fr;q=0.3, de;q=0.2", Some(french)),
            ("de;q=0.5,fr;q=0.5", Some(german)),
            ("fr;q=0.5,de;q=0.5", Some(french)),
            ("de ; q=0.1 , en;Q=0.2", Some(english)),
            ("de;q=0.001", Some(german)),
            ("*", Some(english)),
            ("it, *;q=0.5", Some(english)),
            ("fr;q=0.4, *;q=0.5", Some(english)),
            ("fr, *;q=0.5", Some(french)),
            ("en;q=0, *", Some(arabic)),
            ("de;q=0", None),
            ("de;q=0.000, fr;q=0", None),
            ("it,es", None),
            ("", None),
            (",,;", None),
            ("deutsch, den, d", None),
            ("de;q=2, fr;q=1.001, ar;q=0.1234, en;q=0.1", Some(english)),
            ("de;q=, fr;q=-1, ar;x=1, en;q=0.1", Some(english)),
            ("de;level=1;q=0.9", None),
            ("\u{fe0f}de, fr", Some(french)),
            ("de_AT, fr;q=0.1", Some(french)),
            ("*;q=0", None),
            ("*;q=0, de", Some(german)),
            ("*;q=0.5, *;q=0.8, de;q=0.6", Some(english)),
            ("en;q=0, ar;q=0, *;q=0.1", Some(german)),
            ("FR\t;\tQ=0.5 , de;q=0.4", Some(french)),
            ("\u{a0}de, fr", Some(french)),
        ] {
            assert_eq!(negotiate([header], &languages), expected, "{header:?}");
        }
        assert_eq!(negotiate(["it", "fr;q=0.1"], &languages), Some(french), "two lines are one list");
        assert_eq!(negotiate([], &languages), None);
    }

    #[test]
    fn among_variants_of_a_language_the_closest_is_spoken() {
        let locale = |tag: &str| tag.parse().ok();
        let spoken = ["de", "pt", "pt-br", "zh-hans", "zh-hant"].into_iter().filter_map(locale);
        let languages = Languages::new(Locale::ENGLISH, spoken);
        for (header, expected) in [
            ("pt-BR, pt;q=0.9", "pt-br"),
            ("pt", "pt"),
            ("pt-PT, pt-BR;q=0.9", "pt"),
            ("zh-Hant-TW", "zh-hant"),
            ("zh", "zh-hans"),
            ("pt-BR;q=0, pt", "pt"),
            ("de-AT;q=0.3, de;q=0.9, pt;q=0.5", "de"),
        ] {
            assert_eq!(negotiate([header], &languages), locale(expected), "{header:?}");
        }
    }

    #[test]
    fn what_stands_far_behind_is_not_read() {
        let header = "it,".repeat(MAX_RANGES) + "de";
        assert_eq!(negotiate([header.as_str()], &Languages::shipped()), None);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_answered(header: String) {
            negotiate([header.as_str()], &Languages::shipped());
        }

        #[test]
        fn the_order_of_unequal_wishes_makes_no_difference(
            mut wishes in proptest::sample::subsequence(vec!["en", "de", "fr", "ar"], 0..=4).prop_shuffle(),
            turn in 0_usize..4,
        ) {
            let said = |wishes: &[&str]| {
                let weighed = wishes.iter().map(|tag| format!("{tag};q=0.{}", tag.as_bytes().first().unwrap_or(&0) - b'a' + 1));
                negotiate([weighed.collect::<Vec<_>>().join(",").as_str()], &Languages::shipped())
            };
            let first = said(&wishes);
            let turn = turn.min(wishes.len());
            wishes.rotate_left(turn);
            prop_assert_eq!(said(&wishes), first);
        }
    }
}
