//! A moment as RFC 3339 has it, in UTC and whole seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::domain::Timestamp;

/// The moment of a text, to the letter.
fn read(moment: &str) -> Option<Timestamp> {
    let at = Timestamp(OffsetDateTime::parse(moment, &Rfc3339).ok()?.unix_timestamp());
    (at.rfc3339()? == moment).then_some(at)
}

// In the browser an address is smaller than a moment.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")
)]
pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    // A moment beyond the calendar is the last one in it.
    at.rfc3339().unwrap_or_else(|| "9999-12-31T23:59:59Z".into()).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let moment = String::deserialize(from)?;
    read(&moment).ok_or_else(|| de::Error::custom("a moment such as 2026-11-22T18:00:00Z is wanted"))
}

/// The same where there may be none.
pub(super) mod or_none {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::domain::Timestamp;

    #[expect(clippy::ref_option, reason = "serde hands it over like this")]
    pub(in super::super) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.and_then(Timestamp::rfc3339).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let read = |moment: String| super::read(&moment).ok_or_else(|| de::Error::custom("no moment"));
        Option::<String>::deserialize(from)?.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_text() {
        assert_eq!(Timestamp(1_795_348_800).rfc3339().as_deref(), Some("2026-11-22T12:00:00Z"));
        assert_eq!(read("2026-11-22T12:00:00Z"), Some(Timestamp(1_795_348_800)));
        for other in ["2026-11-22T12:00:00.0Z", "2026-11-22T13:00:00+01:00", "2026-11-22", "", "2026-11-22t12:00:00z"] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }
}
