//! How a measured page was loaded.

use strum::{EnumString, IntoStaticStr, VariantArray};
use time::Date;

/// How the visitor came to the page (W3C Navigation Timing, `NavigationTimingType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum NavigationType {
    /// By a link, a form, a bookmark or the address bar.
    Navigate,
    Reload,
    /// Through the history of the browser.
    BackForward,
    /// The browser loaded the page before the visitor asked for it.
    Prerender,
}

/// Whether the server had the page in its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum CacheState {
    Hit,
    Miss,
}

/// How one page was loaded, as far as the browser told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageLoad {
    pub navigation: Option<NavigationType>,
    pub cache: Option<CacheState>,
}

/// A count of loaded pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageLoadCell {
    pub day: Date,
    pub load: PageLoad,
}

/// By what loaded pages are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum LoadDimension {
    Navigation,
    Cache,
}

impl LoadDimension {
    /// Both, in the order of the page.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}
