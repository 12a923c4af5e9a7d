//! Analytics: what is counted of a page view, and what is published of the counts.

use strum::IntoStaticStr;

pub mod country;
pub mod disclosure;
pub mod on_view;
pub mod performance;
pub mod statistics;
pub mod week;

pub use self::{country::Country, disclosure::MIN_GROUP_SIZE, week::Week};
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
    /// [`Country::UNKNOWN`] if the current edition does not declare that countries are counted.
    pub country: Country,
    pub visit: Visit,
}
