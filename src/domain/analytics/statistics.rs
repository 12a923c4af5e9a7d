//! The published statistics: for each week, one table of page views per dimension.
//!
//! Everything that is shown of a period is a sum of what is published of its weeks. So no period
//! tells more than its weeks do.

use std::collections::BTreeMap;

use strum::{IntoStaticStr, VariantArray};
use time::Date;

use super::{
    disclosure::{Disclosed, disclose},
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
    /// The page, country, device, visit or day.
    pub group: String,
    pub count: u64,
}

/// What is published of one week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekStatistics {
    pub week: Week,
    tables: BTreeMap<Dimension, Disclosed<String>>,
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
}

/// Publishes the weeks from the stored counts of each dimension. Days of other weeks are ignored.
pub fn publish(weeks: &[Week], counts: &[(Dimension, Vec<DayCount>)]) -> Vec<WeekStatistics> {
    let mut sums: BTreeMap<(Week, Dimension), BTreeMap<String, u64>> = BTreeMap::new();
    for (dimension, rows) in counts {
        for row in rows {
            let groups = sums.entry((Week::of(row.day), *dimension)).or_default();
            let sum = groups.entry(row.group.clone()).or_default();
            *sum = sum.saturating_add(row.count);
        }
    }
    let mut tables = |week: Week| {
        let disclosed = |dimension: &Dimension| Some((*dimension, disclose(sums.remove(&(week, *dimension))?)?));
        Dimension::ALL.iter().filter_map(disclosed).collect()
    };
    weeks.iter().map(|week| WeekStatistics { week: *week, tables: tables(*week) }).collect()
}

/// The sum of the published tables of some weeks.
pub fn sum(weeks: &[WeekStatistics], dimension: Dimension) -> Disclosed<String> {
    let (mut groups, mut hidden) = (BTreeMap::<&str, u64>::new(), 0_u64);
    for table in weeks.iter().filter_map(|week| week.table(dimension)) {
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
        let counts = [(
            Dimension::Page,
            vec![
                count(TUESDAY, "/", 30),
                count(SUNDAY, "/", 5),
                count(TUESDAY, "/policy", 12),
                count(SUNDAY, "/verify", 3),
                count(date!(2026 - 11 - 23), "/policy", 20),
                count(date!(2026 - 11 - 30), "/policy", 9),
            ],
        )];
        let weeks = [Week::of(TUESDAY), Week::of(date!(2026 - 11 - 23)), Week::of(date!(2026 - 11 - 30))];
        let published = publish(&weeks, &counts);
        assert_eq!(published.iter().map(WeekStatistics::total).collect::<Vec<_>>(), [50, 20, 0]);
        assert_eq!(published[0].table(Dimension::Page), Some(&Disclosed { shown: vec![("/".into(), 35)], hidden: 15 }));
        assert_eq!(published[0].table(Dimension::Device), None);
        let sum = sum(&published, Dimension::Page);
        assert_eq!(sum, Disclosed { shown: vec![("/".into(), 35), ("/policy".into(), 20)], hidden: 15 });
        assert_eq!(publish(&weeks[1..2], &counts).len(), 1);
    }
}
