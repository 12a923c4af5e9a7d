//! What a counted page view is, and how counts are shown without showing anyone.

use super::page::Page;

/// The kind of device, as coarse as can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// A telephone.
    Phone,
    /// A tablet.
    Tablet,
    /// Anything larger.
    #[default]
    Computer,
}

impl Device {
    const ALL: [Self; 3] = [Self::Phone, Self::Tablet, Self::Computer];

    /// The kind of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|device| device.name() == name)
    }

    /// Its name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Computer => "computer",
        }
    }

    /// The kind that a `User-Agent` header tells of; the header itself is not kept.
    ///
    /// "Mobi" is the one mark that browsers agree on for a telephone (MDN, "Browser detection using the user agent");
    /// an Android without it, and an iPad, is a tablet.
    pub fn from_user_agent(user_agent: &str) -> Self {
        if user_agent.contains("iPad") || user_agent.contains("Tablet") {
            Self::Tablet
        } else if user_agent.contains("Mobi") {
            Self::Phone
        } else if user_agent.contains("Android") {
            Self::Tablet
        } else {
            Self::Computer
        }
    }
}

/// Whether a browser was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visit {
    /// It carried no analytics cookie.
    First,
    /// It did.
    Returning,
}

impl Visit {
    /// Its name in the table of counts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Returning => "returning",
        }
    }
}

/// One page view of a visitor who granted analytics: all that is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
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

    #[test]
    fn the_kind_of_device_is_read_from_what_browsers_agree_on() {
        for (user_agent, device) in [
            ("", Device::Computer),
            ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0", Device::Computer),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0 Mobile Safari/537.36", Device::Phone),
            ("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0 Safari/537.36", Device::Tablet),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148", Device::Phone),
            ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148", Device::Tablet),
            ("Mozilla/5.0 (Android 15; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0", Device::Tablet),
        ] {
            assert_eq!(Device::from_user_agent(user_agent), device, "{user_agent}");
        }
    }
}
