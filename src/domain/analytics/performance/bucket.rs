//! Logarithmic buckets: each is at most 12 % wide, so a percentile is right to 12 %.

use super::Metric;

/// The largest value that has a bucket.
const MAX: u32 = 100_000;

/// The number of buckets.
const COUNT: usize = 101;

/// The thresholds of all metrics. Each is the upper bound of a bucket, so that ratings are exact.
const THRESHOLDS: [u32; 9] = [200, 500, 600, 800, 1_000, 1_800, 2_500, 3_000, 4_000];

/// The largest value of each bucket.
const UPPER: [u32; COUNT] = upper_bounds();

const fn upper_bounds() -> [u32; COUNT] {
    let mut bounds = [0; COUNT];
    let mut index = 1;
    while index < COUNT {
        let before = bounds[index - 1];
        let mut next = before + before * 12 / 100;
        if next == before {
            next += 1;
        }
        let mut threshold = 0;
        while threshold < THRESHOLDS.len() {
            if before < THRESHOLDS[threshold] && THRESHOLDS[threshold] < next {
                next = THRESHOLDS[threshold];
            }
            threshold += 1;
        }
        bounds[index] = if next > MAX { MAX } else { next };
        index += 1;
    }
    bounds
}

/// A range of values. The database stores its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u8);

impl Bucket {
    /// The number of buckets.
    pub const COUNT: usize = COUNT;

    /// The bucket of a value; larger values are in the last one.
    pub fn of(value: u32) -> Self {
        let index = UPPER.partition_point(|upper| *upper < value).min(COUNT - 1);
        Self(u8::try_from(index).unwrap_or(u8::MAX))
    }

    /// The bucket of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        let index = usize::try_from(number).ok().filter(|index| *index < COUNT)?;
        u8::try_from(index).ok().map(Self)
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    /// The largest value of the bucket.
    pub const fn upper(self) -> u32 {
        UPPER[self.0 as usize]
    }
}

// The widest metric has its bucket.
const _: () = assert!(Metric::Cls.max() <= UPPER[COUNT - 1] && UPPER[COUNT - 2] < UPPER[COUNT - 1]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bucket_of_at_most_twelve_percent() {
        assert_eq!(UPPER[COUNT - 1], MAX);
        for value in 0..=MAX {
            let bucket = Bucket::of(value);
            let lower = bucket.0.checked_sub(1).map_or(0, |before| UPPER[usize::from(before)] + 1);
            assert!((lower..=bucket.upper()).contains(&value), "{value}");
            assert!(bucket.upper() - lower <= lower * 12 / 100, "{value}: {lower} to {}", bucket.upper());
        }
        assert_eq!(Bucket::of(u32::MAX).upper(), MAX);
    }

    #[test]
    fn all_values_of_a_bucket_have_one_rating() {
        for metric in Metric::ALL {
            for value in 1..=MAX {
                let rating = metric.rate(Bucket::of(value).upper());
                assert_eq!(metric.rate(value), rating, "{metric:?} {value}");
            }
        }
    }

    #[test]
    fn a_stored_number_is_that_of_a_bucket() {
        for number in 0..COUNT {
            let number = i64::try_from(number).unwrap_or(-1);
            assert_eq!(Bucket::from_number(number).map(|bucket| i64::from(bucket.number())), Some(number));
        }
        for wrong in [-1, i64::MIN, 101, 300, i64::MAX] {
            assert_eq!(Bucket::from_number(wrong), None, "{wrong}");
        }
    }
}
