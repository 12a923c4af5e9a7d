//! The published statistics: for each week, one table of page views per dimension.
//!
//! Everything that is shown of a period is a sum of what is published of its weeks. So no period
//! tells more than its weeks do.

use std::collections::BTreeMap;

use strum::{IntoStaticStr, VariantArray};
use time::Date;

use super::{
    choices::ChoiceDimension,
    disclosure::{Disclosed, disclose},
    page_load::LoadDimension,
    performance::{Bucket, Histogram, Metric, histogram::whole_percents},
    week::Week,
};

/// How many weeks are published: a quarter of a year.
pub const WEEKS: u16 = 13;

/// How many weeks counts are stored: 25 months.
pub const STORED_WEEKS: u16 = 108;

/// By what the views of a week are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Dimension {
    Page,
    Country,
    Device,
    Visit,
    Day,
}

impl Dimension {
    /// Every dimension, in the order of the page.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

/// A stored count of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    pub day: Date,
    /// The page, country, device, visit or day; or how the page was loaded.
    pub group: String,
    pub count: u64,
}

/// How many values of a metric lay in a bucket on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayValues {
    pub day: Date,
    /// The page, country, device or day.
    pub group: String,
    pub metric: Metric,
    pub bucket: Bucket,
    pub count: u64,
}

/// The stored counts of one dimension.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub views: Vec<DayCount>,
    pub values: Vec<DayValues>,
}

/// Of which views performance is summed up: of all, or of one group.
pub type Scope = Option<(Dimension, String)>;

/// The histogram of each metric.
pub type Performance = BTreeMap<Metric, Histogram>;

/// The stored counts of each dimension.
#[derive(Clone, Debug, Default)]
pub struct StoredCounts {
    pub views: BTreeMap<Dimension, Counts>,
    pub loads: BTreeMap<LoadDimension, Vec<DayCount>>,
    pub choices: BTreeMap<ChoiceDimension, Vec<DayCount>>,
}

/// What is published of one week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekStatistics {
    pub week: Week,
    tables: BTreeMap<Dimension, Disclosed<String>>,
    /// Only percentiles and shares of it are published, and only of groups that a table shows. So
    /// no count of a hidden group has a lower bound.
    performance: BTreeMap<Scope, Performance>,
    /// Only shares of it are published.
    loads: BTreeMap<LoadDimension, Disclosed<String>>,
    choices: BTreeMap<ChoiceDimension, Disclosed<String>>,
}

impl WeekStatistics {
    /// The page views of the week; 0 if there were fewer than can be published.
    pub fn total(&self) -> u64 {
        self.tables.values().next().map_or(0, Disclosed::total)
    }

    /// The published table; `None` if there were fewer views than can be published.
    pub fn table(&self, dimension: Dimension) -> Option<&Disclosed<String>> {
        self.tables.get(&dimension)
    }

    /// The published decisions; `None` if there were fewer than can be published.
    pub fn choices(&self, dimension: ChoiceDimension) -> Option<&Disclosed<String>> {
        self.choices.get(&dimension)
    }

    /// By what decisions are published.
    pub fn choice_dimensions(&self) -> impl Iterator<Item = &ChoiceDimension> {
        self.choices.keys()
    }

    /// The performance of all views, or of one group.
    pub fn performance(&self, scope: &Scope) -> Option<&Performance> {
        self.performance.get(scope)
    }
}

/// Publishes the weeks from the stored counts of each dimension. Days of other weeks are ignored.
pub fn publish(weeks: &[Week], counts: &StoredCounts) -> Vec<WeekStatistics> {
    let mut sums = Sums::new();
    let (mut loads, mut choices) = (by_week(&counts.loads), by_week(&counts.choices));
    let mut performance: BTreeMap<Week, BTreeMap<Scope, Performance>> = BTreeMap::new();
    for (dimension, Counts { views, values }) in &counts.views {
        for row in views {
            add_to(sums.entry((Week::of(row.day), *dimension)).or_default(), row);
        }
        for row in values {
            let scopes = performance.entry(Week::of(row.day)).or_default();
            let mut add = |scope| {
                let metrics: &mut Performance = scopes.entry(scope).or_default();
                metrics.entry(row.metric).or_default().add(row.bucket, row.count);
            };
            // Each value is on one day, so the days make up the whole week.
            match dimension {
                Dimension::Day => add(None),
                _ => add(Some((*dimension, row.group.clone()))),
            }
        }
    }
    let publish = |week: &Week| {
        let tables = disclose_each(*week, Dimension::ALL, &mut sums);
        let mut performance = performance.remove(week).unwrap_or_default();
        performance.retain(|scope, _| match scope {
            None => !tables.is_empty(),
            Some((dimension, group)) => tables.get(dimension).is_some_and(|table| table.shows(group)),
        });
        // Nothing is published of a week with too few views.
        let load_dimensions = if tables.is_empty() { &[] } else { LoadDimension::ALL };
        let loads = disclose_each(*week, load_dimensions, &mut loads);
        let choices = disclose_each(*week, &whole_choices(*week, &choices), &mut choices);
        WeekStatistics { week: *week, tables, performance, loads, choices }
    };
    weeks.iter().map(publish).collect()
}

/// Sums by week, dimension and group.
type Sums<D> = BTreeMap<(Week, D), BTreeMap<String, u64>>;

/// What is published of the tables of a week.
fn disclose_each<D: Copy + Ord>(week: Week, dimensions: &[D], sums: &mut Sums<D>) -> BTreeMap<D, Disclosed<String>> {
    let table = |dimension: &D| Some((*dimension, disclose(sums.remove(&(week, *dimension))?)?));
    dimensions.iter().filter_map(table).collect()
}

/// The dimensions that cover every decision of a week. A purpose that came within the week covers
/// fewer: beside the others, its table would tell how many decisions came before it.
fn whole_choices(week: Week, choices: &Sums<ChoiceDimension>) -> Vec<ChoiceDimension> {
    let total = |dimension| {
        Some(choices.get(&(week, dimension))?.values().fold(0, |sum: u64, count| sum.saturating_add(*count)))
    };
    let all = total(ChoiceDimension::Version);
    let dimensions = choices.keys().filter(|(of, _)| *of == week).map(|(_, dimension)| *dimension);
    dimensions.filter(|dimension| total(*dimension) == all).collect()
}

/// The sums of each week, dimension and group.
fn by_week<D: Copy + Ord>(counts: &BTreeMap<D, Vec<DayCount>>) -> Sums<D> {
    let mut sums = Sums::new();
    for (dimension, row) in counts.iter().flat_map(|(dimension, rows)| rows.iter().map(move |row| (dimension, row))) {
        add_to(sums.entry((Week::of(row.day), *dimension)).or_default(), row);
    }
    sums
}

fn add_to(groups: &mut BTreeMap<String, u64>, row: &DayCount) {
    let sum = groups.entry(row.group.clone()).or_default();
    *sum = sum.saturating_add(row.count);
}

/// How the pages of some weeks were loaded: the groups with their shares in whole percent, largest
/// first, and the share of all others. Empty if nothing is published.
pub fn load_shares(weeks: &[WeekStatistics], dimension: LoadDimension) -> (Vec<(String, u8)>, u8) {
    let Disclosed { shown, hidden } = total(weeks.iter().filter_map(|week| week.loads.get(&dimension)));
    let counts: Vec<_> = shown.iter().map(|(_, count)| *count).chain([hidden]).collect();
    if counts.iter().all(|count| *count == 0) {
        return (Vec::new(), 0);
    }
    let mut percents = whole_percents(&counts);
    let others = percents.pop().unwrap_or_default();
    (shown.into_iter().map(|(group, _)| group).zip(percents).collect(), others)
}

/// The performance of some weeks together.
pub fn performance(weeks: &[WeekStatistics], scope: &Scope) -> Performance {
    let mut sum = Performance::new();
    for week in weeks.iter().filter_map(|week| week.performance(scope)) {
        for (metric, histogram) in week {
            sum.entry(*metric).or_default().merge(histogram);
        }
    }
    sum
}

/// The sum of the published tables of some weeks.
pub fn sum(weeks: &[WeekStatistics], dimension: Dimension) -> Disclosed<String> {
    total(weeks.iter().filter_map(|week| week.table(dimension)))
}

/// The sum of the published decisions of some weeks.
pub fn choices(weeks: &[WeekStatistics], dimension: ChoiceDimension) -> Disclosed<String> {
    total(weeks.iter().filter_map(|week| week.choices(dimension)))
}

/// The sum of published tables.
fn total<'t>(tables: impl Iterator<Item = &'t Disclosed<String>>) -> Disclosed<String> {
    let (mut groups, mut hidden) = (BTreeMap::<&str, u64>::new(), 0_u64);
    for table in tables {
        hidden = hidden.saturating_add(table.hidden);
        for (group, count) in &table.shown {
            let sum = groups.entry(group).or_default();
            *sum = sum.saturating_add(*count);
        }
    }
    let mut shown: Vec<_> = groups.into_iter().map(|(group, count)| (group.to_owned(), count)).collect();
    shown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Disclosed { shown, hidden }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn count(day: Date, group: &str, count: u64) -> DayCount {
        DayCount { day, group: group.into(), count }
    }

    const TUESDAY: Date = date!(2026 - 11 - 17);
    const SUNDAY: Date = date!(2026 - 11 - 22);

    #[test]
    fn a_week_is_published_by_each_dimension_and_weeks_are_summed() {
        let views = vec![
            count(TUESDAY, "/", 30),
            count(SUNDAY, "/", 5),
            count(TUESDAY, "/policy", 12),
            count(SUNDAY, "/verify", 3),
            count(date!(2026 - 11 - 23), "/policy", 20),
            count(date!(2026 - 11 - 30), "/policy", 9),
        ];
        let counts = StoredCounts {
            views: [(Dimension::Page, Counts { views, values: Vec::new() })].into(),
            ..StoredCounts::default()
        };
        let weeks = [Week::of(TUESDAY), Week::of(date!(2026 - 11 - 23)), Week::of(date!(2026 - 11 - 30))];
        let published = publish(&weeks, &counts);
        assert_eq!(published.iter().map(WeekStatistics::total).collect::<Vec<_>>(), [50, 20, 0]);
        assert_eq!(published[0].table(Dimension::Page), Some(&Disclosed { shown: vec![("/".into(), 35)], hidden: 15 }));
        assert_eq!(published[0].table(Dimension::Device), None);
        let sum = sum(&published, Dimension::Page);
        assert_eq!(sum, Disclosed { shown: vec![("/".into(), 35), ("/policy".into(), 20)], hidden: 15 });
        assert_eq!(publish(&weeks[1..2], &counts).len(), 1);
    }

    #[test]
    fn performance_is_published_of_all_views_and_of_the_groups_that_are_shown() {
        let value = |day, group: &str, value, count| DayValues {
            day,
            group: group.into(),
            metric: Metric::Lcp,
            bucket: Bucket::of(value),
            count,
        };
        let by_page = Counts {
            views: vec![count(TUESDAY, "/", 60), count(TUESDAY, "/policy", 50), count(TUESDAY, "/verify", 3)],
            values: vec![
                value(TUESDAY, "/", 1_000, 50),
                value(TUESDAY, "/policy", 2_000, 50),
                value(SUNDAY, "/verify", 3_000, 3),
            ],
        };
        let by_day = Counts {
            views: vec![count(TUESDAY, "2026-11-17", 113)],
            values: vec![
                value(TUESDAY, "2026-11-17", 1_000, 50),
                value(TUESDAY, "2026-11-17", 2_000, 50),
                value(SUNDAY, "2026-11-22", 3_000, 3),
            ],
        };
        let views = [(Dimension::Page, by_page), (Dimension::Day, by_day)].into();
        let counts = StoredCounts { views, ..StoredCounts::default() };
        let published = publish(&[Week::of(TUESDAY)], &counts);
        let total = |scope: Scope| performance(&published, &scope).get(&Metric::Lcp).map(Histogram::total);
        assert_eq!(total(None), Some(103));
        let page = |path: &str| total(Some((Dimension::Page, path.into())));
        assert_eq!((page("/"), page("/policy"), page("/verify")), (Some(50), None, None));
        assert_eq!(total(Some((Dimension::Day, "2026-11-17".into()))), None);
    }

    #[test]
    fn shares_of_loaded_pages_hide_small_groups() {
        let views = vec![count(TUESDAY, "/", 200)];
        let rows = vec![
            count(TUESDAY, "navigate", 60),
            count(SUNDAY, "navigate", 60),
            count(TUESDAY, "reload", 40),
            count(TUESDAY, "back_forward", 30),
            count(SUNDAY, "prerender", 4),
        ];
        let mut counts = StoredCounts {
            views: [(Dimension::Page, Counts { views, values: Vec::new() })].into(),
            loads: [(LoadDimension::Navigation, rows)].into(),
            ..StoredCounts::default()
        };
        let week = [Week::of(TUESDAY)];
        let published = publish(&week, &counts);
        let expected = (vec![("navigate".into(), 62), ("reload".into(), 21)], 17);
        assert_eq!(load_shares(&published, LoadDimension::Navigation), expected);
        assert_eq!(load_shares(&published, LoadDimension::Cache), (Vec::new(), 0));
        counts.views.clear();
        assert_eq!(load_shares(&publish(&week, &counts), LoadDimension::Navigation), (Vec::new(), 0));
    }
}
