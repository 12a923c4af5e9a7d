//! Statistical disclosure control: which counts of a table are published.
//!
//! The total of a table counts as known, because every table of a week has the same one. So a
//! single hidden count could be found by subtraction. [`disclose`] therefore hides the smallest of
//! the other counts too (complementary suppression, as in Hundepool et al., "Statistical Disclosure
//! Control", 2012).

/// The smallest count that is published.
pub const MIN_GROUP_SIZE: u64 = 10;

/// What is published of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed<K> {
    /// The counts of at least [`MIN_GROUP_SIZE`], largest first, equal ones in the order of keys.
    pub shown: Vec<(K, u64)>,
    /// The sum of the hidden counts: 0, or at least [`MIN_GROUP_SIZE`].
    pub hidden: u64,
}

impl<K> Default for Disclosed<K> {
    fn default() -> Self {
        Self { shown: Vec::new(), hidden: 0 }
    }
}

impl<K> Disclosed<K> {
    /// Whether the count of that key is published.
    pub fn shows(&self, key: &K) -> bool
    where
        K: PartialEq,
    {
        self.shown.iter().any(|(shown, _)| shown == key)
    }

    /// The sum of all counts.
    pub fn total(&self) -> u64 {
        self.shown.iter().map(|(_, count)| count).sum::<u64>() + self.hidden
    }
}

/// Decides what is published of a table; `None` if the total itself is too small.
///
/// If a count is below [`MIN_GROUP_SIZE`], it is hidden together with the smallest of the other
/// counts, and with all that equal that one. Then the hidden counts are never all equal, and the
/// rule treats them alike. So for each hidden count, exchanging it with another gives a second
/// table with the same publication, and nobody can tell which is true.
pub fn disclose<K: Ord>(counts: impl IntoIterator<Item = (K, u64)>) -> Option<Disclosed<K>> {
    let mut shown: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    let total: u64 = shown.iter().map(|(_, count)| count).sum();
    if total < MIN_GROUP_SIZE {
        return None;
    }
    shown.sort_by(|(a_key, a), (b_key, b)| b.cmp(a).then_with(|| a_key.cmp(b_key)));
    let is_small = |count: u64| count < MIN_GROUP_SIZE;
    if shown.iter().any(|(_, count)| is_small(*count)) {
        let smallest = shown.iter().map(|(_, count)| *count).filter(|count| !is_small(*count)).min();
        shown.retain(|(_, count)| smallest.is_some_and(|smallest| *count > smallest));
    }
    let hidden = total - shown.iter().map(|(_, count)| count).sum::<u64>();
    Some(Disclosed { shown, hidden })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_small_count_is_hidden_with_the_smallest_other() {
        type Case<'c> = (&'c [u64], Option<(&'c [u64], u64)>);
        let cases: &[Case<'_>] = &[
            (&[], None),
            (&[9], None),
            (&[4, 5], None),
            (&[10], Some((&[10], 0))),
            (&[10, 0, 12], Some((&[12, 10], 0))),
            (&[20, 10, 9], Some((&[20], 19))),
            (&[20, 20, 3], Some((&[], 43))),
            (&[30, 20, 20, 3], Some((&[30], 43))),
            (&[9, 9], Some((&[], 18))),
            (&[50, 40, 4, 5, 6], Some((&[50], 55))),
        ];
        for (counts, expected) in cases {
            let disclosed = disclose(counts.iter().copied().enumerate());
            let found =
                disclosed.map(|table| (table.shown.iter().map(|(_, count)| *count).collect::<Vec<_>>(), table.hidden));
            assert_eq!(found, expected.map(|(shown, hidden)| (shown.to_vec(), hidden)), "{counts:?}");
        }
    }

    /// Tries every table of two to four groups with counts up to a limit, as an attacker would. No
    /// hidden count, and no sum of some of them, is the same in all tables with one publication.
    #[test]
    fn no_hidden_count_and_no_small_sum_can_be_recovered() {
        for (groups, largest) in [(2_u32, 45_u64), (3, 24), (4, 14)] {
            let base = largest + 1;
            let mut tables = BTreeMap::<(Vec<(u32, u64)>, u64), Vec<Vec<u64>>>::new();
            for number in 0..base.pow(groups) {
                let counts: Vec<_> = (0..groups).map(|group| number / base.pow(group) % base).collect();
                if let Some(table) = disclose((0..groups).zip(counts.iter().copied())) {
                    tables.entry((table.shown, table.hidden)).or_default().push(counts);
                }
            }
            for ((shown, hidden), candidates) in tables {
                assert!(hidden == 0 || hidden >= MIN_GROUP_SIZE, "{shown:?} {hidden}");
                assert!(shown.iter().all(|(_, count)| *count >= MIN_GROUP_SIZE));
                // A sum can exceed what this test tries for one group.
                if hidden == 0 || hidden > largest {
                    continue;
                }
                let is_shown = |group: u32| shown.iter().any(|(key, _)| *key == group);
                let unknown: Vec<_> = (0..groups).filter(|group| !is_shown(*group)).collect();
                for subset in 1..(1_u32 << unknown.len()) - 1 {
                    let chosen = unknown.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 == 1);
                    let chosen: Vec<_> = chosen.map(|(_, group)| *group as usize).collect();
                    let sum = |counts: &Vec<u64>| chosen.iter().map(|group| counts[*group]).sum::<u64>();
                    let first = sum(&candidates[0]);
                    assert!(
                        candidates.iter().any(|counts| sum(counts) != first),
                        "{shown:?} {hidden} {chosen:?} {first}"
                    );
                }
            }
        }
    }
}
