//! Page-view analytics: what a view is, and how counts are published without identifying a visitor.

use strum::IntoStaticStr;

pub mod on_view;

pub use crate::domain::web::device::Device;
use crate::domain::web::page::Page;

/// Whether the browser was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Visit {
    /// The request had no analytics cookie.
    First,
    Returning,
}

/// A page view of a visitor who granted analytics: everything that is stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageView {
    /// The day, in UTC.
    pub day: time::Date,
    pub page: Page,
    pub device: Device,
    pub visit: Visit,
}

/// The smallest group that is published alone; smaller ones are merged.
pub const MIN_GROUP_SIZE: u64 = 10;

/// Counts of one kind, with the small groups merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The groups of at least [`MIN_GROUP_SIZE`], in the order given.
    pub shown: Vec<(String, u64)>,
    /// The smaller groups together.
    pub merged: Merged,
}

/// The sum of the small groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    Nothing,
    /// Together still fewer than [`MIN_GROUP_SIZE`].
    Few,
    Views(u64),
}

/// Splits groups by size: keeps the order of the large ones, and sums the others.
pub fn merge_small(groups: impl IntoIterator<Item = (String, u64)>) -> Groups {
    let (shown, small): (Vec<_>, Vec<_>) =
        groups.into_iter().filter(|(_, views)| *views > 0).partition(|(_, views)| *views >= MIN_GROUP_SIZE);
    let merged = match small.iter().map(|(_, views)| views).sum::<u64>() {
        0 => Merged::Nothing,
        few if few < MIN_GROUP_SIZE => Merged::Few,
        views => Merged::Views(views),
    };
    Groups { shown, merged }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_never_shown_by_themselves() {
        let merge = |views: &[u64]| merge_small(views.iter().map(|views| (views.to_string(), *views)));
        for (views, shown, merged) in [
            (vec![], 0, Merged::Nothing),
            (vec![0], 0, Merged::Nothing),
            (vec![10, 12], 2, Merged::Nothing),
            (vec![10, 9], 1, Merged::Few),
            (vec![9, 1], 0, Merged::Views(10)),
            (vec![50, 4, 5, 6], 1, Merged::Views(15)),
        ] {
            let groups = merge(&views);
            assert_eq!((groups.shown.len(), groups.merged), (shown, merged), "{views:?}");
        }
    }
}
