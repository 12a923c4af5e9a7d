//! What a counted page view is, and how counts are shown without showing anyone.

use strum::IntoStaticStr;

pub mod on_view;

pub use crate::domain::web::device::Device;
use crate::domain::web::page::Page;

/// Whether a browser was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Visit {
    /// It carried no analytics cookie.
    First,
    /// It did.
    Returning,
}

/// One page view of a visitor who granted analytics: all that is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageView {
    /// The day, in UTC.
    pub day: time::Date,
    /// The page.
    pub page: Page,
    /// The kind of device.
    pub device: Device,
    /// First or returning.
    pub visit: Visit,
}

/// Groups smaller than this are merged before anybody sees them.
pub const SMALLEST_GROUP: u64 = 10;

/// Counts of one kind, the small groups merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The groups of at least [`SMALLEST_GROUP`], largest first unless they came in an order of their own.
    pub shown: Vec<(String, u64)>,
    /// The views of all smaller groups together.
    pub merged: Merged,
}

/// What is told of the groups that are too small to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// There are none.
    Nothing,
    /// Together they are still fewer than [`SMALLEST_GROUP`].
    Few,
    /// So many together.
    Views(u64),
}

/// The groups that may be shown, in the order given, and the rest merged.
pub fn merge_small(groups: impl IntoIterator<Item = (String, u64)>) -> Groups {
    let (shown, small): (Vec<_>, Vec<_>) =
        groups.into_iter().filter(|(_, views)| *views > 0).partition(|(_, views)| *views >= SMALLEST_GROUP);
    let merged = match small.iter().map(|(_, views)| views).sum::<u64>() {
        0 => Merged::Nothing,
        few if few < SMALLEST_GROUP => Merged::Few,
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
