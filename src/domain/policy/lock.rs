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
    Unlocked,
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
    pub fn is_due(&self, locked: Option<&Self>, today: Date) -> bool {
        self.effective <= today || locked.is_some_and(|locked| locked.effective <= today)
    }

    /// The differences between the edition (`self`) and its lock entry.
    pub fn faults(&self, locked: Option<&Self>, today: Date) -> Vec<LockViolation> {
        let Some(entry) = locked else { return vec![LockViolation::Unlocked] };
        // Until the locked day an edition may change, also to take effect today, but not before.
        if today < entry.effective && today <= self.effective {
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
            (entry(TODAY, "c", "b"), Some(entry(tomorrow, "a", "b")), &[LockViolation::Stale]),
            // The date was moved after it had passed, or moved to a past day.
            (entry(tomorrow, "c", "b"), Some(entry(before, "a", "b")), &[LockViolation::TextEdited]),
            (entry(before, "c", "b"), Some(entry(tomorrow, "a", "b")), &[LockViolation::TextEdited]),
        ] {
            assert_eq!(now.faults(locked.as_ref(), TODAY), expected, "{now:?} {locked:?}");
        }
    }
}
