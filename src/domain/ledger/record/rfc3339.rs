//! Times in RFC 3339, in UTC and whole seconds.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Date;

use crate::domain::{Timestamp, from_text::from_text};

/// The form of the canonical text: a 0 stands for any digit.
const FORM: &[u8; 20] = b"0000-00-00T00:00:00Z";

/// Parses a time. Accepts only the canonical text. The verification of a ledger parses millions, so
/// this is not left to a general parser.
fn parse(moment: &str) -> Option<Timestamp> {
    let text: &[u8; FORM.len()] = moment.as_bytes().try_into().ok()?;
    let has_form = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.iter().zip(FORM).all(has_form).then_some(())?;
    let number = |digits: [usize; 2]| digits.iter().fold(0, |number, digit| number * 10 + (text[*digit] - b'0'));
    let year = i32::from(number([0, 1])) * 100 + i32::from(number([2, 3]));
    let date = Date::from_calendar_date(year, number([5, 6]).try_into().ok()?, number([8, 9])).ok()?;
    let at = date.with_hms(number([11, 12]), number([14, 15]), number([17, 18])).ok()?;
    Some(Timestamp(at.assume_utc().unix_timestamp()))
}

// The lint fires only on 64-bit targets.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")
)]
pub(in crate::domain::ledger) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    // A time after the year 9999 becomes the last second of that year.
    at.rfc3339().unwrap_or_else(|| "9999-12-31T23:59:59Z".into()).serialize(to)
}

pub(in crate::domain::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    Moment::deserialize(from).map(|Moment(at)| at)
}

/// A time that has the canonical text.
struct Moment(Timestamp);

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(Self).ok_or("a moment such as 2026-11-22T18:00:00Z is wanted")
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_text(from)
    }
}

/// The same for an optional time.
pub(super) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Moment;
    use crate::domain::Timestamp;

    #[expect(clippy::ref_option, reason = "serde hands it over like this")]
    pub(in super::super) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.and_then(Timestamp::rfc3339).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Moment>::deserialize(from)?.map(|Moment(at)| at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_parsed_as_a_general_parser_does_if_it_is_canonical(
            text in "[0-9]{4}-[0-3][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|z|[.]0Z|[+]00:00)|.*",
            at in -62_167_219_200_i64..253_402_300_800,
        ) {
            let general = OffsetDateTime::parse(&text, &Rfc3339).ok().map(|at| Timestamp(at.unix_timestamp()));
            let canonical = general.filter(|at| at.rfc3339().as_deref() == Some(text.as_str()));
            prop_assert_eq!(parse(&text), canonical);
            prop_assert_eq!(Timestamp(at).rfc3339().and_then(|text| parse(&text)), Some(Timestamp(at)));
        }
    }

    #[test]
    fn a_moment_has_one_text() {
        assert_eq!(Timestamp(1_795_348_800).rfc3339().as_deref(), Some("2026-11-22T12:00:00Z"));
        assert_eq!(parse("2026-11-22T12:00:00Z"), Some(Timestamp(1_795_348_800)));
        for other in ["2026-02-29T12:00:00Z", "2026-11-22T24:00:00Z", "2026-06-30T23:59:60Z"] {
            assert_eq!(parse(other), None, "{other:?}");
        }
        for other in ["2026-11-22T12:00:00.0Z", "2026-11-22T13:00:00+01:00", "2026-11-22", "", "2026-11-22t12:00:00z"] {
            assert_eq!(parse(other), None, "{other:?}");
        }
    }
}
