//! `/statistics`: the published page views of visitors who allowed analytics, and how fast the
//! pages were for them.

mod performance;

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use strum::VariantArray;

use super::{address, request, site, strings};
use crate::{
    app::analytics,
    content::i18n::{Messages, countries},
    domain::{
        analytics::{
            Country, Device, MIN_GROUP_SIZE, Visit, Week,
            disclosure::Disclosed,
            performance::{Metric, histogram::PERCENTILES},
            statistics::{self, Dimension, Performance, WEEKS, WeekStatistics},
            week::parse_day,
        },
        web::page::Page,
    },
    pages::{
        components::{format, rich_text},
        layout::document::Document,
    },
};

/// The periods that a reader can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
#[repr(u16)]
enum Period {
    Month = 4,
    Quarter = WEEKS,
}

impl Period {
    const fn weeks(self) -> u16 {
        self as u16
    }
}

/// What a reader chose by a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Selection {
    period: Period,
    percentile: u8,
}

impl Selection {
    /// What the query names, or else the shorter period and the percentile of Core Web Vitals.
    fn of_request() -> Self {
        let named = |name: &str| use_query_map().with_untracked(|query| query.get(name)).unwrap_or_default();
        let (weeks, percentile) = (named("weeks"), named("percentile"));
        let period = Period::VARIANTS.iter().find(|period| period.weeks().to_string() == weeks);
        let percentile = PERCENTILES.iter().find(|percent| percent.to_string() == percentile);
        Self { period: period.copied().unwrap_or(Period::Month), percentile: percentile.copied().unwrap_or(75) }
    }

    /// The links that select a period.
    fn periods(self, strings: &Messages) -> AnyView {
        let texts = &strings.statistics;
        let links = Period::VARIANTS.iter().map(|period| {
            let selection = Self { period: *period, ..self };
            (texts.weeks(period.weeks().into()), selection)
        });
        self.links(texts.period(), links)
    }

    /// The links that select a percentile.
    fn percentiles(self, strings: &Messages) -> AnyView {
        let texts = &strings.statistics;
        let links = PERCENTILES.iter().map(|percentile| {
            let selection = Self { percentile: *percentile, ..self };
            (texts.percentile_link(percentile), selection)
        });
        self.links(texts.percentile(), links)
    }

    fn links(self, label: String, links: impl Iterator<Item = (String, Self)>) -> AnyView {
        let path = request().path_of(Page::Statistics);
        let links = links.map(|(text, to)| {
            let address = format!("{path}?weeks={}&percentile={}", to.period.weeks(), to.percentile);
            view! {
                <li>
                    <a href=address aria-current=(to == self).then_some("true")>
                        {text}
                    </a>
                </li>
            }
        });
        view! {
            <nav class="selection" aria-label=label>
                <ul>{links.collect_view()}</ul>
            </nav>
        }
        .into_any()
    }
}

#[component]
pub(super) fn Statistics() -> impl IntoView {
    let site = site();
    let strings = strings();
    let texts = Arc::clone(&strings.statistics);
    let selection = Selection::of_request();
    let weeks = selection.period.weeks();
    let newest = Week::last_published(site.now());
    let oldest = newest.before(weeks - 1);
    let day = |day| format::day(strings.locale(), day);
    let lead = texts.lead(day(oldest.first_day()), day(newest.last_day()));
    let unavailable = texts.unavailable();
    let published = move || {
        let (site, unavailable) = (Arc::clone(&site), unavailable.clone());
        Suspend::new(async move {
            match analytics::published(&site).await {
                Ok(published) => view! { <Report weeks=published[..weeks.into()].to_vec() selection /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "the statistics could not be read");
                    view! { <p>{unavailable}</p> }.into_any()
                }
            }
        })
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="statistics">
                <h1>{texts.title()}</h1>
                <p class="lead">{lead}</p>
                {selection.periods(&strings)}
                <Suspense>{published}</Suspense>
                {reading(&strings, newest)}
            </div>
        </Document>
    }
    .into_any()
}

/// What the numbers are, and where they can be downloaded.
fn reading(strings: &Messages, newest: Week) -> AnyView {
    let texts = &strings.statistics;
    let next = newest.last_day().next_day().unwrap_or(newest.last_day());
    let download = |path: &'static str| rich_text::link(path.to_owned());
    view! {
        <section aria-labelledby="reading">
            <h2 id="reading">{texts.reading()}</h2>
            <p>{texts.reading_weeks(format::day(strings.locale(), next))}</p>
            <p>{texts.reading_groups(MIN_GROUP_SIZE)}</p>
            <p>{texts.reading_country()}</p>
            <p>{texts.reading_performance(MIN_GROUP_SIZE)}</p>
            <p>{texts.downloads(rich_text::plain, download("/statistics.csv"), download("/statistics.json"))}</p>
        </section>
    }
    .into_any()
}

/// The performance, a chart of the views, and a table for each dimension.
#[component]
fn Report(
    /// The weeks, newest first.
    weeks: Vec<WeekStatistics>,
    selection: Selection,
) -> impl IntoView {
    let strings = strings();
    let texts = &strings.statistics;
    if weeks.iter().all(|week| week.total() == 0) {
        let preferences = rich_text::link(address(Page::Preferences));
        return view! { <p class="empty-state">{texts.empty(MIN_GROUP_SIZE, rich_text::plain, preferences)}</p> }
            .into_any();
    }
    let metrics = measured(&weeks);
    let tables = Dimension::ALL.iter().filter(|dimension| **dimension != Dimension::Day).map(|dimension| {
        let (title, head) = headings(&strings, *dimension);
        let has_performance = *dimension != Dimension::Visit;
        let columns =
            Columns { metrics: if has_performance { &metrics } else { &[] }, percentile: selection.percentile };
        let rows = statistics::sum(&weeks, *dimension).shown.into_iter().map(|(group, views)| {
            let name = name(&strings, *dimension, &group);
            let scope = Some((*dimension, group));
            (name, views, columns.values(&strings, Some(&statistics::performance(&weeks, &scope))))
        });
        let hidden = statistics::sum(&weeks, *dimension).hidden;
        let others = (hidden > 0).then(|| (texts.others(), hidden, columns.values(&strings, None)));
        columns.table(title, head, &strings, rows.chain(others).collect())
    });
    let trend = match selection.period {
        Period::Month => Trend::by_day(&weeks),
        Period::Quarter => Trend::by_week(&weeks),
    };
    let columns = Columns { metrics: if trend.is_by_day { &[] } else { &metrics }, percentile: selection.percentile };
    view! {
        {performance::section(&strings, &weeks, selection)}
        <section aria-labelledby="views">
            <h2 id="views">{texts.views()}</h2>
            {trend.chart(&strings)}
            <div class="counts" data-measured=(!metrics.is_empty()).then_some("")>
                {tables.collect_view()} {trend.table(&strings, &weeks, &columns)}
            </div>
        </section>
    }
    .into_any()
}

/// The metrics of which there are values.
fn measured(weeks: &[WeekStatistics]) -> Vec<Metric> {
    let sum = statistics::performance(weeks, &None);
    Metric::ALL.iter().copied().filter(|metric| sum.contains_key(metric)).collect()
}

/// The caption of a table, and the heading of its first column.
fn headings(strings: &Messages, dimension: Dimension) -> (String, String) {
    let texts = &strings.statistics;
    match dimension {
        Dimension::Page => (texts.by_page(), texts.page()),
        Dimension::Country => (texts.by_country(), texts.country()),
        Dimension::Device => (texts.by_device(), texts.device()),
        Dimension::Visit => (texts.by_visit(), texts.view()),
        Dimension::Day => (texts.by_day(), texts.day()),
    }
}

/// The name of a group in the language of the page.
fn name(strings: &Messages, dimension: Dimension, group: &str) -> String {
    let (texts, words) = (&strings.statistics, &strings.words);
    match dimension {
        Dimension::Page => group.to_owned(),
        Dimension::Country => match group.parse() {
            Ok(country) if country != Country::UNKNOWN => countries::name(strings.locale(), country),
            _ => texts.unknown_country(),
        },
        Dimension::Device => match group.parse::<Device>().unwrap_or_default() {
            Device::Phone => words.phones(),
            Device::Tablet => words.tablets(),
            Device::Computer => words.computers(),
            Device::ComputerOrTablet => words.computers_or_tablets(),
            Device::Other => words.other_devices(),
        },
        Dimension::Visit if group == Visit::First.into_str() => texts.first_views(),
        Dimension::Visit => texts.returning_views(),
        Dimension::Day => parse_day(group).map_or_else(|| group.to_owned(), |day| format::day(strings.locale(), day)),
    }
}

/// The columns of a table beside the groups and their views.
struct Columns<'m> {
    metrics: &'m [Metric],
    percentile: u8,
}

impl Columns<'_> {
    fn values(&self, strings: &Messages, performance: Option<&Performance>) -> Vec<String> {
        let value = |metric: &Metric| performance::value(strings, performance, *metric, self.percentile);
        self.metrics.iter().map(value).collect()
    }

    /// A table of groups, each with its views and values.
    fn table(&self, title: String, head: String, strings: &Messages, rows: Vec<(String, u64, Vec<String>)>) -> AnyView {
        let row = |(label, views, values): (String, u64, Vec<String>)| {
            view! {
                <tr>
                    <th scope="row">
                        <bdi>{label}</bdi>
                    </th>
                    <td>{views.to_string()}</td>
                    {values.into_iter().map(|value| view! { <td>{value}</td> }).collect_view()}
                </tr>
            }
        };
        let metric = |metric: &Metric| view! { <th scope="col">{performance::abbreviation(*metric)}</th> };
        let label = title.clone();
        let table = view! {
            <table class="table--numeric">
                <caption>{title}</caption>
                <thead>
                    <tr>
                        <th scope="col">{head}</th>
                        <th scope="col">{strings.statistics.views()}</th>
                        {self.metrics.iter().map(metric).collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        };
        if self.metrics.is_empty() {
            return table.into_any();
        }
        // On a narrow screen the table scrolls, for keyboards too.
        view! {
            <div class="table-scroll" role="region" aria-label=label tabindex="0">
                {table}
            </div>
        }
        .into_any()
    }
}

/// Width of a bar with its gap, and height of the chart, in SVG units.
const BAR: usize = 20;
const HEIGHT: u64 = 160;

/// Views over time.
struct Trend {
    /// The first day of each interval, oldest first, with its views if they are shown.
    bars: Vec<(time::Date, Option<u64>)>,
    /// The same, as a table has it.
    groups: Disclosed<String>,
    last_day: time::Date,
    is_by_day: bool,
}

impl Trend {
    fn by_day(weeks: &[WeekStatistics]) -> Self {
        let mut groups = statistics::sum(weeks, Dimension::Day);
        groups.shown.sort_by(|(a, _), (b, _)| a.cmp(b));
        let views: HashMap<&str, u64> = groups.shown.iter().map(|(day, views)| (day.as_str(), *views)).collect();
        let (first, last_day) = ends(weeks);
        let days = std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| *day <= last_day);
        let bars = days.map(|day| (day, views.get(day.to_string().as_str()).copied())).collect();
        Self { bars, groups, last_day, is_by_day: true }
    }

    fn by_week(weeks: &[WeekStatistics]) -> Self {
        let shown = |week: &WeekStatistics| Some(week.total()).filter(|views| *views > 0);
        let bars: Vec<_> = weeks.iter().rev().map(|week| (week.week.first_day(), shown(week))).collect();
        let groups = bars.iter().filter_map(|(day, views)| Some((day.to_string(), (*views)?))).collect();
        Self { bars, groups: Disclosed { shown: groups, hidden: 0 }, last_day: ends(weeks).1, is_by_day: false }
    }

    fn table(&self, strings: &Messages, weeks: &[WeekStatistics], columns: &Columns<'_>) -> AnyView {
        let texts = &strings.statistics;
        let (title, head) =
            if self.is_by_day { (texts.by_day(), texts.day()) } else { (texts.by_week(), texts.week()) };
        let shown = self.groups.shown.iter().map(|(day, views)| {
            let week = weeks.iter().find(|week| week.week.to_string() == *day);
            let values = columns.values(strings, week.and_then(|week| week.performance(&None)));
            (name(strings, Dimension::Day, day), *views, values)
        });
        let hidden = self.groups.hidden;
        let others = (hidden > 0).then(|| (texts.others(), hidden, columns.values(strings, None)));
        columns.table(title, head, strings, shown.chain(others).collect())
    }

    /// A chart with one bar for each interval. The table has the same numbers as text.
    fn chart(&self, strings: &Messages) -> Option<AnyView> {
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
