//! Analytics: what is counted of a page view, and what is published of the counts.

use std::fmt;

use strum::IntoStaticStr;

pub mod choices;
pub mod country;
pub mod disclosure;
pub mod on_view;
pub mod page_load;
pub mod performance;
pub mod statistics;
pub mod week;

pub use self::{country::Country, disclosure::MIN_GROUP_SIZE, week::Week};
pub use crate::domain::web::device::Device;
use crate::domain::web::{origin::Origin, page::Page};

/// Whether the browser was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Visit {
    /// The request had no analytics cookie.
    First,
    Returning,
}

/// What was viewed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViewedPage {
    /// A page of this site.
    Own(Page),
    /// A page of a partner service. Its path is not stored.
    OfService(Origin),
}

/// Formats the path of the page, or the origin of the service.
impl fmt::Display for ViewedPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(page) => page.fmt(f),
            Self::OfService(origin) => f.write_str(origin.as_str()),
        }
    }
}

/// A page view of a visitor who granted analytics: everything that is stored of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageView {
    /// The day, in UTC.
    pub day: time::Date,
    pub page: ViewedPage,
    pub device: Device,
    /// [`Country::UNKNOWN`] if the current edition does not declare that countries are counted.
    pub country: Country,
    pub visit: Visit,
}
