//! Locked hashes of published editions, which reveal later changes.

use time::Date;

use super::version::Version;

/// The immutable facts of a published edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockEntry {
    pub version: Version,
    /// The effective date.
    pub effective: Date,
    /// The SHA-256 of the source text, as 64 hexadecimal digits.
    pub text: String,
    /// The SHA-256 of its declarations, as 64 hexadecimal digits.
    pub declared: String,
}

/// How an edition differs from its lock entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockViolation {
    Unstamped,
    /// The edition changed after it was locked, and is not effective yet.
    Stale,
    /// The text changed after the effective date.
    TextEdited,
    /// The declarations changed after the effective date.
    DeclaredEdited,
}

impl LockEntry {
    /// Whether the edition is effective, by its current or its locked date: otherwise a later date
    /// in the text would unlock it.
    pub fn is_due(&self, stamped: Option<&Self>, today: Date) -> bool {
        self.effective <= today || stamped.is_some_and(|stamped| stamped.effective <= today)
    }

    /// The differences between the edition (`self`) and its lock entry.
    pub fn faults(&self, stamped: Option<&Self>, today: Date) -> Vec<LockViolation> {
        let Some(stamp) = stamped else { return vec![LockViolation::Unstamped] };
        if !self.is_due(stamped, today) {
            return if self == stamp { vec![] } else { vec![LockViolation::Stale] };
        }
        let mut faults = Vec::new();
        if (self.effective, &self.text) != (stamp.effective, &stamp.text) {
            faults.push(LockViolation::TextEdited);
        }
        if self.declared != stamp.declared {
            faults.push(LockViolation::DeclaredEdited);
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 22);

    fn stamp(effective: Date, text: &str, declared: &str) -> LockEntry {
        let version = Version { major: 1, minor: 1 };
        LockEntry { version, effective, text: text.to_owned(), declared: declared.to_owned() }
    }

    #[test]
    fn an_edition_may_change_until_its_day_and_not_from_then_on() {
        let (before, tomorrow) = (date!(2026 - 11 - 01), date!(2026 - 11 - 23));
        for (now, stamped, expected) in [
            (stamp(before, "a", "b"), Some(stamp(before, "a", "b")), &[] as &[LockViolation]),
            (stamp(TODAY, "a", "b"), Some(stamp(TODAY, "a", "c")), &[LockViolation::DeclaredEdited]),
            (stamp(before, "a", "b"), Some(stamp(before, "c", "b")), &[LockViolation::TextEdited]),
            (
                stamp(before, "a", "b"),
                Some(stamp(before, "c", "c")),
                &[LockViolation::TextEdited, LockViolation::DeclaredEdited],
            ),
            (stamp(before, "a", "b"), None, &[LockViolation::Unstamped]),
            (stamp(tomorrow, "a", "b"), None, &[LockViolation::Unstamped]),
            (stamp(tomorrow, "a", "b"), Some(stamp(tomorrow, "a", "b")), &[]),
            (stamp(tomorrow, "a", "b"), Some(stamp(tomorrow, "c", "b")), &[LockViolation::Stale]),
            (stamp(tomorrow, "a", "b"), Some(stamp(tomorrow, "a", "c")), &[LockViolation::Stale]),
            // Put off after its day, or brought forward to one that has come.
            (stamp(tomorrow, "c", "b"), Some(stamp(before, "a", "b")), &[LockViolation::TextEdited]),
            (stamp(before, "c", "b"), Some(stamp(tomorrow, "a", "b")), &[LockViolation::TextEdited]),
        ] {
            assert_eq!(now.faults(stamped.as_ref(), TODAY), expected, "{now:?} {stamped:?}");
        }
    }
}
