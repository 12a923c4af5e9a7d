//! What an edition was when it was published, so that a change behind the reader's back is found.

use time::Date;

use super::version::Version;

/// What an edition is, as far as nobody may change it once its day has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockEntry {
    /// The edition.
    pub version: Version,
    /// The day from which it is in force.
    pub effective: Date,
    /// The SHA-256 of its source text, as 64 hexadecimal digits.
    pub text: String,
    /// The SHA-256 of what is declared with it, as 64 hexadecimal digits.
    pub declared: String,
}

/// How an edition and its stamp disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockViolation {
    /// It has no stamp.
    Unstamped,
    /// It was changed after it was stamped, and its day is still to come.
    Stale,
    /// Its text was changed after its day.
    TextEdited,
    /// What is declared with it was changed after its day.
    DeclaredEdited,
}

impl LockEntry {
    /// Whether the edition's day has come, by what it says now or by what it said when it was stamped: otherwise a later
    /// day in the text would set it free.
    pub fn is_due(&self, stamped: Option<&Self>, today: Date) -> bool {
        self.effective <= today || stamped.is_some_and(|stamped| stamped.effective <= today)
    }

    /// How an edition that is `self` now disagrees with its stamp.
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
