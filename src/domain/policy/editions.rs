//! The editions as a row: which is in force, which were, and which are announced.

use time::Date;

use super::version::Version;
use crate::domain::policy::document::Edition;

/// How an edition stands to the one in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditionStatus {
    /// Its day has not come.
    Announced,
    /// It is the one that holds.
    InForce,
    /// A newer one took its place on that day.
    Replaced(Date),
}

/// An edition in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditionEntry<'e> {
    /// The edition.
    pub edition: &'e Edition,
    /// How it stands.
    pub status: EditionStatus,
    /// The one before it, if there is one.
    pub before: Option<&'e Edition>,
}

/// Every edition, newest first. `editions` stand by rising version.
pub fn listed(editions: &[Edition], in_force: Version) -> Vec<EditionEntry<'_>> {
    let row = editions.iter().enumerate().map(|(index, edition)| {
        let status = match editions.get(index + 1) {
            _ if edition.version > in_force => EditionStatus::Announced,
            Some(next) if edition.version < in_force => EditionStatus::Replaced(next.effective),
            _ => EditionStatus::InForce,
        };
        EditionEntry { edition, status, before: index.checked_sub(1).and_then(|before| editions.get(before)) }
    });
    let mut row: Vec<_> = row.collect();
    row.reverse();
    row
}

/// The editions whose day has not come, the next one first.
pub fn announced(editions: &[Edition], in_force: Version) -> impl Iterator<Item = &Edition> {
    editions.iter().filter(move |edition| edition.version > in_force)
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
        let row = listed(&editions, version(1));
        let said: Vec<_> =
            row.iter().map(|one| (one.edition.version, one.status, one.before.map(|before| before.version))).collect();
        assert_eq!(
            said,
            [
                (version(2), EditionStatus::Announced, Some(version(1))),
                (version(1), EditionStatus::InForce, Some(version(0))),
                (version(0), EditionStatus::Replaced(days[1]), None),
            ]
        );
        let next: Vec<_> = announced(&editions, version(0)).map(|edition| edition.version).collect();
        assert_eq!(next, [version(1), version(2)]);
    }
}
