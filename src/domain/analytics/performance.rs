//! Page performance: the metrics, and what is published of their values.
//!
//! - [`bucket`]: the fixed buckets in which values are counted.
//! - [`histogram`]: counts per bucket, with their percentiles and ratings.
//! - [`measurement`]: what the script of a page sends.

pub mod bucket;
pub mod histogram;
pub mod measurement;

use std::collections::BTreeMap;

use strum::{EnumString, IntoStaticStr, VariantArray};

pub use self::{bucket::Bucket, histogram::Histogram, measurement::Measurement};
use super::{Country, Device, ViewedPage, page_load::PageLoad};

/// A metric of page performance (web.dev, "Web Vitals").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Metric {
    /// Largest Contentful Paint: when the main content is visible.
    Lcp,
    /// Interaction to Next Paint: how long the page takes to respond.
    Inp,
    /// Cumulative Layout Shift: how much the content moves unexpectedly.
    Cls,
    /// First Contentful Paint: when the first content is visible.
    Fcp,
    /// Time to First Byte: when the response begins.
    Ttfb,
    /// How long the server took to respond (W3C Server Timing).
    Server,
}

/// How a value compares with the thresholds of its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum Rating {
    Good,
    NeedsImprovement,
    Poor,
}

/// The performance of one page view: everything that is counted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredView {
    /// The day of the response, in UTC.
    pub day: time::Date,
    pub page: ViewedPage,
    pub device: Device,
    pub country: Country,
    pub load: PageLoad,
    /// The bucket of each measured value.
    pub buckets: BTreeMap<Metric, Bucket>,
}

/// A count of page performance: of the values of one metric in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerformanceCell {
    pub day: time::Date,
    pub page: ViewedPage,
    pub device: Device,
    pub country: Country,
    pub metric: Metric,
    pub bucket: Bucket,
}

impl MeasuredView {
    /// The counts to which the view adds one.
    pub fn cells(&self) -> impl Iterator<Item = PerformanceCell> {
        let cell = |(metric, bucket): (&Metric, &Bucket)| PerformanceCell {
            day: self.day,
            page: self.page.clone(),
            device: self.device,
            country: self.country,
            metric: *metric,
            bucket: *bucket,
        };
        self.buckets.iter().map(cell)
    }
}

impl Metric {
    /// Every metric, in the order of the page.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The largest good value and the largest value that is not poor (web.dev, "Defining the Core
    /// Web Vitals metrics thresholds"; of the server, the limit of Lighthouse's audit
    /// `server-response-time` and a third of it).
    pub const fn thresholds(self) -> (u32, u32) {
        match self {
            Self::Lcp => (2_500, 4_000),
            Self::Inp => (200, 500),
            Self::Cls => (1_000, 2_500),
            Self::Fcp => (1_800, 3_000),
            Self::Ttfb => (800, 1_800),
            Self::Server => (200, 600),
        }
    }

    /// The largest accepted value. A page that takes longer was not waited for.
    pub const fn max(self) -> u32 {
        match self {
            Self::Cls => 100_000,
            _ => 60_000,
        }
    }

    /// Whether values are milliseconds. Those of CLS are ten-thousandths of its score.
    pub const fn is_time(self) -> bool {
        !matches!(self, Self::Cls)
    }

    pub const fn rate(self, value: u32) -> Rating {
        let (good, fair) = self.thresholds();
        if value <= good {
            Rating::Good
        } else if value <= fair {
            Rating::NeedsImprovement
        } else {
            Rating::Poor
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_a_threshold_has_the_better_rating() {
        for (metric, good, fair) in [
            (Metric::Lcp, 2_500, 4_000),
            (Metric::Inp, 200, 500),
            (Metric::Cls, 1_000, 2_500),
            (Metric::Fcp, 1_800, 3_000),
            (Metric::Ttfb, 800, 1_800),
            (Metric::Server, 200, 600),
        ] {
            let ratings = [0, good, good + 1, fair, fair + 1].map(|value| metric.rate(value));
            let expected =
                [Rating::Good, Rating::Good, Rating::NeedsImprovement, Rating::NeedsImprovement, Rating::Poor];
            assert_eq!(ratings, expected, "{metric:?}");
        }
    }
}
