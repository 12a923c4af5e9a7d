//! The editions in order, each with its status.

use time::Date;

use super::version::Version;
use crate::domain::policy::document::Edition;

/// The status of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditionStatus {
    /// Not effective yet.
    Announced,
    /// The current edition.
    Current,
    /// Superseded on that day.
    Replaced(Date),
}

/// An edition with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditionEntry<'e> {
    pub edition: &'e Edition,
    pub status: EditionStatus,
    /// The previous edition.
    pub before: Option<&'e Edition>,
}

/// Every edition, newest first. `editions` are sorted by version, and none is effective before the
/// day of the first.
pub fn listed(editions: &[Edition], effective: Option<Version>) -> Vec<EditionEntry<'_>> {
    let row = editions.iter().enumerate().map(|(index, edition)| {
        let status = match editions.get(index + 1) {
            _ if Some(edition.version) > effective => EditionStatus::Announced,
            Some(next) if Some(edition.version) < effective => EditionStatus::Replaced(next.effective),
            _ => EditionStatus::Current,
        };
        EditionEntry { edition, status, before: index.checked_sub(1).and_then(|before| editions.get(before)) }
    });
    let mut row: Vec<_> = row.collect();
    row.reverse();
    row
}

/// The editions that are not effective yet, the next one first.
pub fn announced(editions: &[Edition], current_version: Version) -> impl Iterator<Item = &Edition> {
    editions.iter().filter(move |edition| edition.version > current_version)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::domain::policy::document::tests::edition;

    fn version(minor: u16) -> Version {
        Version { major: 1, minor }
    }

    #[test]
    fn each_edition_is_replaced_in_force_or_announced() {
        let days = [date!(2026 - 01 - 01), date!(2026 - 06 - 01), date!(2026 - 12 - 01)];
        let editions = [edition("1.0", days[0]), edition("1.1", days[1]), edition("1.2", days[2])];
        let said = |effective| -> Vec<_> {
            let row = listed(&editions, effective);
            row.iter().map(|one| (one.edition.version, one.status, one.before.map(|before| before.version))).collect()
        };
        assert!(said(None).iter().all(|(_, status, _)| *status == EditionStatus::Announced));
        assert_eq!(
            said(Some(version(1))),
            [
                (version(2), EditionStatus::Announced, Some(version(1))),
                (version(1), EditionStatus::Current, Some(version(0))),
                (version(0), EditionStatus::Replaced(days[1]), None),
            ]
        );
        let next: Vec<_> = announced(&editions, version(0)).map(|edition| edition.version).collect();
        assert_eq!(next, [version(1), version(2)]);
    }
}
