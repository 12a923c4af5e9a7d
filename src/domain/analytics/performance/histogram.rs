//! Counts of values per bucket, and what is published of them.

use std::collections::BTreeMap;

use super::{Bucket, Metric, Rating};
use crate::domain::analytics::MIN_GROUP_SIZE;

/// The published percentiles. A reader can choose one.
pub const PERCENTILES: [u8; 3] = [50, 75, 90];

/// Counts of the values of one metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<Bucket, u64>);

/// The share of one or several adjacent ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The best and the worst of the ratings.
    pub ratings: (Rating, Rating),
    /// In whole percent. The shares of a histogram sum to 100.
    pub percent: u8,
}

impl Histogram {
    pub fn add(&mut self, bucket: Bucket, count: u64) {
        let sum = self.0.entry(bucket).or_default();
        *sum = sum.saturating_add(count);
    }

    /// Adds all counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            self.add(*bucket, *count);
        }
    }

    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The value that the percentage of values does not exceed, by nearest rank, rounded up to the
    /// bound of its bucket. `None` if fewer than [`MIN_GROUP_SIZE`] values would lie on one side.
    pub fn percentile(&self, percent: u8) -> Option<u32> {
        let percent = u64::from(percent.min(100));
        let total = self.total();
        let on_smaller_side = total.saturating_mul(percent.min(100 - percent)) / 100;
        if on_smaller_side < MIN_GROUP_SIZE {
            return None;
        }
        let rank = total.saturating_mul(percent).div_ceil(100);
        let mut seen = 0_u64;
        let reaches = |(_, count): &(&Bucket, &u64)| {
            seen = seen.saturating_add(**count);
            seen >= rank
        };
        self.0.iter().find(reaches).map(|(bucket, _)| bucket.upper())
    }

    /// The rating of most values.
    pub fn main_rating(&self, metric: Metric) -> Option<Rating> {
        let ratings = self.ratings(metric).into_iter().filter(|(_, count)| *count > 0);
        ratings.rev().max_by_key(|(_, count)| *count).map(|(rating, _)| rating)
    }

    /// The shares of the ratings, best first. A rating of fewer than [`MIN_GROUP_SIZE`] values is
    /// published together with its neighbour; empty if that leaves one part alone.
    pub fn shares(&self, metric: Metric) -> Vec<Share> {
        let mut groups = self.ratings(metric).map(|(rating, count)| ((rating, rating), count)).to_vec();
        while let Some(small) = groups.iter().position(|(_, count)| *count < MIN_GROUP_SIZE) {
            if groups.len() == 2 {
                return Vec::new();
            }
            // With the smaller neighbour, the worse one if both are equal.
            let before = small.checked_sub(1).map(|before| groups[before].1);
            let first = match (before, groups.get(small + 1)) {
                (Some(before), Some((_, after))) if before >= *after => small,
                (Some(_), _) => small - 1,
                (None, _) => small,
            };
            let ((_, worst), count) = groups.remove(first + 1);
            groups[first].0.1 = worst;
            groups[first].1 = groups[first].1.saturating_add(count);
        }
        let counts: Vec<_> = groups.iter().map(|(_, count)| *count).collect();
        let percents = whole_percents(&counts);
        groups.iter().zip(percents).map(|((ratings, _), percent)| Share { ratings: *ratings, percent }).collect()
    }

    /// The number of values of each rating, best first.
    fn ratings(&self, metric: Metric) -> [(Rating, u64); 3] {
        let mut counts = [Rating::Good, Rating::NeedsImprovement, Rating::Poor].map(|rating| (rating, 0_u64));
        for (bucket, count) in &self.0 {
            let sum = &mut counts[metric.rate(bucket.upper()) as usize].1;
            *sum = sum.saturating_add(*count);
        }
        counts
    }
}

/// Percentages that sum to 100 (largest remainder method).
pub fn whole_percents(counts: &[u64]) -> Vec<u8> {
    let total: u128 = counts.iter().map(|count| u128::from(*count)).sum::<u128>().max(1);
    let exact = counts.iter().map(|count| u128::from(*count) * 100);
    let mut parts: Vec<_> = exact.map(|exact| (exact / total, exact % total)).collect();
    let mut left = 100_usize.saturating_sub(parts.iter().map(|(whole, _)| *whole as usize).sum());
    let mut order: Vec<_> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(parts[*index].1));
    for index in order {
        if left > 0 {
            parts[index].0 += 1;
            left -= 1;
        }
    }
    parts.into_iter().map(|(whole, _)| u8::try_from(whole).unwrap_or(100)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: impl IntoIterator<Item = u32>) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.add(Bucket::of(value), 1);
        }
        histogram
    }

    #[test]
    fn a_percentile_is_right_to_its_bucket() {
        let values = histogram(1..=1_000);
        for (percent, exact) in [(50, 500), (75, 750), (90, 900)] {
            assert_eq!(values.percentile(percent), Some(Bucket::of(exact).upper()), "{percent}");
        }
    }

    #[test]
    fn a_percentile_has_ten_values_on_either_side() {
        for (percent, fewest) in [(50, 20), (75, 40), (90, 100), (0, u32::MAX), (100, u32::MAX), (255, u32::MAX)] {
            for count in [1, 10, 19, 20, 39, 40, 99, 100, 1_000] {
                let found = histogram(0..count).percentile(percent).is_some();
                assert_eq!(found, count >= fewest, "p{percent} of {count}");
            }
        }
    }

    #[test]
    fn shares_of_few_values_are_merged_with_their_neighbours() {
        use Rating::{Good, NeedsImprovement, Poor};
        type Case<'c> = ([u64; 3], &'c [((Rating, Rating), u8)]);
        let cases: &[Case<'_>] = &[
            ([0, 0, 0], &[]),
            ([3, 3, 3], &[]),
            ([4, 3, 3], &[]),
            ([80, 10, 10], &[((Good, Good), 80), ((NeedsImprovement, NeedsImprovement), 10), ((Poor, Poor), 10)]),
            ([90, 6, 4], &[((Good, Good), 90), ((NeedsImprovement, Poor), 10)]),
            ([97, 2, 1], &[]),
            ([90, 10, 0], &[((Good, Good), 90), ((NeedsImprovement, Poor), 10)]),
            ([1, 9, 90], &[((Good, NeedsImprovement), 10), ((Poor, Poor), 90)]),
            ([10, 10, 10], &[((Good, Good), 34), ((NeedsImprovement, NeedsImprovement), 33), ((Poor, Poor), 33)]),
        ];
        for (counts, expected) in cases {
            let mut values = Histogram::default();
            for (value, count) in [2_500, 4_000, 4_001].into_iter().zip(counts) {
                values.add(Bucket::of(value), *count);
            }
            let found: Vec<_> = values.shares(Metric::Lcp).iter().map(|share| (share.ratings, share.percent)).collect();
            assert_eq!(found, *expected, "{counts:?}");
        }
    }

    #[test]
    fn the_main_rating_is_that_of_most_values() {
        assert_eq!(histogram(0..40).main_rating(Metric::Lcp), Some(Rating::Good));
        assert_eq!(histogram([1, 2_600, 2_700]).main_rating(Metric::Lcp), Some(Rating::NeedsImprovement));
        assert_eq!(histogram([1, 5_000]).main_rating(Metric::Lcp), Some(Rating::Good));
        assert_eq!(histogram([]).main_rating(Metric::Lcp), None);
    }

    #[test]
    fn merged_histograms_count_all_values() {
        let mut both = histogram(0..100);
        both.merge(&histogram(0..100));
        assert_eq!((both.total(), both.percentile(50)), (200, histogram(0..100).percentile(50)));
    }
}
