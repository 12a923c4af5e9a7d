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

/// How an edition and its lock entry disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockViolation {
    /// It has no lock entry.
    Unlocked,
    /// It was changed after it was locked, and its day is still to come.
    Stale,
    /// Its text was changed after its day.
    TextEdited,
    /// What is declared with it was changed after its day.
    DeclaredEdited,
}

impl LockEntry {
    /// Whether the edition's day has come, by what it says now or by what it said when it was locked: otherwise a later
    /// day in the text would set it free.
    pub fn is_due(&self, locked: Option<&Self>, today: Date) -> bool {
        self.effective <= today || locked.is_some_and(|locked| locked.effective <= today)
    }

    /// How an edition that is `self` now disagrees with its lock entry.
    pub fn faults(&self, locked: Option<&Self>, today: Date) -> Vec<LockViolation> {
        let Some(entry) = locked else { return vec![LockViolation::Unlocked] };
        if !self.is_due(locked, today) {
            return if self == entry { vec![] } else { vec![LockViolation::Stale] };
        }
        let mut faults = Vec::new();
        if (self.effective, &self.text) != (entry.effective, &entry.text) {
            faults.push(LockViolation::TextEdited);
        }
        if self.declared != entry.declared {
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

    fn entry(effective: Date, text: &str, declared: &str) -> LockEntry {
        let version = Version { major: 1, minor: 1 };
        LockEntry { version, effective, text: text.to_owned(), declared: declared.to_owned() }
    }

    #[test]
    fn an_edition_may_change_until_its_day_and_not_from_then_on() {
        let (before, tomorrow) = (date!(2026 - 11 - 01), date!(2026 - 11 - 23));
        for (now, locked, expected) in [
            (entry(before, "a", "b"), Some(entry(before, "a", "b")), &[] as &[LockViolation]),
            (entry(TODAY, "a", "b"), Some(entry(TODAY, "a", "c")), &[LockViolation::DeclaredEdited]),
            (entry(before, "a", "b"), Some(entry(before, "c", "b")), &[LockViolation::TextEdited]),
            (
                entry(before, "a", "b"),
                Some(entry(before, "c", "c")),
                &[LockViolation::TextEdited, LockViolation::DeclaredEdited],
            ),
            (entry(before, "a", "b"), None, &[LockViolation::Unlocked]),
            (entry(tomorrow, "a", "b"), None, &[LockViolation::Unlocked]),
            (entry(tomorrow, "a", "b"), Some(entry(tomorrow, "a", "b")), &[]),
            (entry(tomorrow, "a", "b"), Some(entry(tomorrow, "c", "b")), &[LockViolation::Stale]),
            (entry(tomorrow, "a", "b"), Some(entry(tomorrow, "a", "c")), &[LockViolation::Stale]),
            // Put off after its day, or brought forward to one that has come.
            (entry(tomorrow, "c", "b"), Some(entry(before, "a", "b")), &[LockViolation::TextEdited]),
            (entry(before, "c", "b"), Some(entry(tomorrow, "a", "b")), &[LockViolation::TextEdited]),
        ] {
            assert_eq!(now.faults(locked.as_ref(), TODAY), expected, "{now:?} {locked:?}");
        }
    }
}
