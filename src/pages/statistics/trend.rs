//! The page views over time: a chart, and a table of the same numbers.

use std::collections::HashMap;

use leptos::prelude::*;

use super::Columns;
use crate::{
    content::i18n::Messages,
    domain::analytics::{
        disclosure::Disclosed,
        statistics::{self, Dimension, WeekStatistics},
    },
    pages::components::format,
};

/// Width of a bar with its gap, and height of the chart, in SVG units.
const BAR: usize = 20;
const HEIGHT: u64 = 160;

/// Views over time.
pub(super) struct Trend {
    /// The first day of each interval, oldest first, with its views if they are shown.
    bars: Vec<(time::Date, Option<u64>)>,
    /// The same, as a table has it.
    groups: Disclosed<String>,
    last_day: time::Date,
    pub is_by_day: bool,
}

impl Trend {
    pub fn by_day(weeks: &[WeekStatistics]) -> Self {
        let mut groups = statistics::sum(weeks, Dimension::Day);
        groups.shown.sort_by(|(a, _), (b, _)| a.cmp(b));
        let views: HashMap<&str, u64> = groups.shown.iter().map(|(day, views)| (day.as_str(), *views)).collect();
        let (first, last_day) = ends(weeks);
        let days = std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| *day <= last_day);
        let bars = days.map(|day| (day, views.get(day.to_string().as_str()).copied())).collect();
        Self { bars, groups, last_day, is_by_day: true }
    }

    pub fn by_week(weeks: &[WeekStatistics]) -> Self {
        let shown = |week: &WeekStatistics| Some(week.total()).filter(|views| *views > 0);
        let bars: Vec<_> = weeks.iter().rev().map(|week| (week.week.first_day(), shown(week))).collect();
        let groups = bars.iter().filter_map(|(day, views)| Some((day.to_string(), (*views)?))).collect();
        Self { bars, groups: Disclosed { shown: groups, hidden: 0 }, last_day: ends(weeks).1, is_by_day: false }
    }

    pub fn table(&self, strings: &Messages, weeks: &[WeekStatistics], columns: &Columns<'_>) -> AnyView {
        let texts = &strings.statistics;
        let (title, head) =
            if self.is_by_day { (texts.by_day(), texts.day()) } else { (texts.by_week(), texts.week()) };
        let shown = self.groups.shown.iter().map(|(day, views)| {
            let week = weeks.iter().find(|week| week.week.to_string() == *day);
            let values = columns.values(strings, week.and_then(|week| week.performance(&None)));
            (super::name(strings, Dimension::Day, day), *views, values)
        });
        let hidden = self.groups.hidden;
        let others = (hidden > 0).then(|| (texts.others(), hidden, columns.values(strings, None)));
        columns.table(title, head, strings, shown.chain(others).collect())
    }

    /// A chart with one bar for each interval. The table has the same numbers as text.
    pub fn chart(&self, strings: &Messages) -> Option<AnyView> {
        let (texts, locale) = (&strings.statistics, strings.locale());
        let most = self.bars.iter().filter_map(|(_, views)| *views).max()?;
        let width = self.bars.len() * BAR;
        let bars = self.bars.iter().enumerate().filter_map(|(index, (_, views))| {
            let height = ((*views)? * HEIGHT).div_ceil(most);
            let (x, y) = ((index * BAR + 3).to_string(), (HEIGHT - height).to_string());
            Some(view! { <rect x=x y=y width=(BAR - 6).to_string() height=height.to_string() rx="2" /> })
        });
        let first = self.bars.first()?.0;
        let (from, to) = (format::day(locale, first), format::day(locale, self.last_day));
        let (title, most) = if self.is_by_day {
            (texts.chart_by_day(most, from, to), texts.most_a_day(most))
        } else {
            (texts.chart_by_week(most, from, to), texts.most_a_week(most))
        };
        let chart = view! {
            <figure class="chart">
                <svg role="img" aria-labelledby="chart-title" viewBox=format!("0 0 {width} {}", HEIGHT + 1) preserveAspectRatio="none">
                    <title id="chart-title">{title}</title>
                    {bars.collect_view()}
                    <line x1="0" x2=width.to_string() y1=HEIGHT.to_string() y2=HEIGHT.to_string() />
                </svg>
                <figcaption>
                    <span>{format::short_day(locale, first)}</span>
                    " "
                    <span>{most}</span>
                    " "
                    <span>{format::short_day(locale, self.last_day)}</span>
                </figcaption>
            </figure>
        };
        Some(chart.into_any())
    }
}

/// The first and the last day of the weeks, which are newest first.
fn ends(weeks: &[WeekStatistics]) -> (time::Date, time::Date) {
    let first = weeks.last().map_or(time::Date::MIN, |week| week.week.first_day());
    (first, weeks.first().map_or(time::Date::MIN, |week| week.week.last_day()))
}
