//! Times in RFC 3339, in UTC and whole seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::domain::Timestamp;

/// Parses a time. Accepts only the canonical text.
fn parse(moment: &str) -> Option<Timestamp> {
    let at = Timestamp(OffsetDateTime::parse(moment, &Rfc3339).ok()?.unix_timestamp());
    (at.rfc3339()? == moment).then_some(at)
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
    let moment = String::deserialize(from)?;
    parse(&moment).ok_or_else(|| de::Error::custom("a moment such as 2026-11-22T18:00:00Z is wanted"))
}

/// The same for an optional time.
pub(super) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::domain::Timestamp;

    #[expect(clippy::ref_option, reason = "serde hands it over like this")]
    pub(in super::super) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.and_then(Timestamp::rfc3339).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let read = |moment: String| super::parse(&moment).ok_or_else(|| de::Error::custom("no moment"));
        Option::<String>::deserialize(from)?.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_text() {
        assert_eq!(Timestamp(1_795_348_800).rfc3339().as_deref(), Some("2026-11-22T12:00:00Z"));
        assert_eq!(parse("2026-11-22T12:00:00Z"), Some(Timestamp(1_795_348_800)));
        for other in ["2026-11-22T12:00:00.0Z", "2026-11-22T13:00:00+01:00", "2026-11-22", "", "2026-11-22t12:00:00z"] {
            assert_eq!(parse(other), None, "{other:?}");
        }
    }
}
