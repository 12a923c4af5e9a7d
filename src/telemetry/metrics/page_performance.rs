//! Page performance as browsers measured it since the server started, by metric, and by kind of
//! device or country.
//! Nothing identifies a visitor.

use std::borrow::Cow;

use prometheus_client::{
    metrics::{family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use strum::VariantArray as _;

use super::Label;
use crate::domain::{
    analytics::{Country, performance::Metric},
    web::device::Device,
};

/// The upper bounds of the histogram of times, in seconds. The thresholds of all metrics are among
/// them.
const TIME_BUCKETS: [f64; 11] = [0.1, 0.2, 0.5, 0.6, 0.8, 1.0, 1.8, 2.5, 3.0, 4.0, 10.0];

/// The upper bounds of the histogram of layout shifts.
const SHIFT_BUCKETS: [f64; 5] = [0.01, 0.05, 0.1, 0.25, 1.0];

type Times = Family<[Label; 2], Histogram, fn() -> Histogram>;
/// A label whose value is no name of the program.
type CountryLabel = (&'static str, Cow<'static, str>);
type CountryTimes = Family<[CountryLabel; 2], Histogram, fn() -> Histogram>;
type Shifts = Family<[Label; 1], Histogram, fn() -> Histogram>;

/// The histograms of all measurements.
#[derive(Debug)]
pub(super) struct PagePerformance {
    times: Times,
    country_times: CountryTimes,
    shifts: Shifts,
}

impl PagePerformance {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let times = Times::new_with_constructor(|| Histogram::new(TIME_BUCKETS));
        // Without the countries that nobody measured from: there are about 250.
        let country_times = CountryTimes::new_with_constructor(|| Histogram::new(TIME_BUCKETS));
        let shifts = Shifts::new_with_constructor(|| Histogram::new(SHIFT_BUCKETS));
        for &device in Device::VARIANTS {
            drop(shifts.get_or_create(&[("device", device.into_str())]));
            for metric in Metric::ALL.iter().filter(|metric| metric.is_time()) {
                drop(times.get_or_create(&time_labels(*metric, device)));
            }
        }
        let help = "Page performance that browsers measured, by metric and device";
        registry.register_with_unit("harmony_page_performance", help, Unit::Seconds, times.clone());
        let help = "Page performance that browsers measured, by metric and country";
        registry.register_with_unit("harmony_page_performance_by_country", help, Unit::Seconds, country_times.clone());
        let help = "Cumulative layout shift that browsers measured";
        registry.register("harmony_page_layout_shift", help, shifts.clone());
        Self { times, country_times, shifts }
    }

    /// Counts the values of one page view, as its form has them.
    pub(super) fn count(&self, device: Device, country: Country, values: &[(Metric, u32)]) {
        for (metric, value) in values {
            let value = f64::from(*value);
            if metric.is_time() {
                self.times.get_or_create(&time_labels(*metric, device)).observe(value / 1e3);
                let labels = [("metric", metric.into_str().into()), ("country", country.to_string().into())];
                self.country_times.get_or_create(&labels).observe(value / 1e3);
            } else {
                self.shifts.get_or_create(&[("device", device.into_str())]).observe(value / 1e4);
            }
        }
    }
}

fn time_labels(metric: Metric, device: Device) -> [Label; 2] {
    [("metric", metric.into_str()), ("device", device.into_str())]
}
