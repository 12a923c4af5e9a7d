//! `/statistics`: the published page views of visitors who allowed analytics, and how fast the
//! pages were for them.

mod choices;
mod map;
mod performance;
mod trend;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use strum::VariantArray;

pub(super) use self::performance::{abbreviation, meaning, name as metric_name};
use self::trend::Trend;
use super::{address, request, site, strings};
use crate::{
    app::analytics,
    content::i18n::Messages,
    domain::{
        analytics::{
            Country, Device, MIN_GROUP_SIZE, Visit, Week,
            performance::{Metric, histogram::PERCENTILES},
            statistics::{self, Dimension, Performance, WEEKS, WeekStatistics},
            week::parse_day,
        },
        partners::Service,
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
            <p>{texts.reading_choices()}</p>
            {site()
                .has_page(Page::Measurement)
                .then(|| {
                    view! { <p>{texts.reading_more(rich_text::plain, rich_text::link(address(Page::Measurement)))}</p> }
                })}
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
    let choices = choices::section(&strings, &weeks);
    if weeks.iter().all(|week| week.total() == 0) {
        let preferences = rich_text::link(address(Page::Preferences));
        let empty = view! { <p class="empty-state">{texts.empty(MIN_GROUP_SIZE, rich_text::plain, preferences)}</p> };
        return view! { {empty} {choices} }.into_any();
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
            {trend.chart(&strings)} {map::figure(&strings, &weeks)}
            <div class="counts" data-measured=(!metrics.is_empty()).then_some("")>
                {tables.collect_view()} {trend.table(&strings, &weeks, &columns)}
            </div>
        </section>
        {choices}
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
        Dimension::Page => service_name(group).unwrap_or_else(|| group.to_owned()),
        Dimension::Country => match group.parse() {
            Ok(country) if country != Country::UNKNOWN => site().content().countries(strings.locale()).get(country),
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

/// The name of the partner service with that origin.
fn service_name(origin: &str) -> Option<String> {
    let current = site().current_version();
    let is_its = |service: &&Service| service.origins.iter().any(|listed| listed.as_str() == origin);
    current.content.services.iter().find(is_its).map(|service| service.name.clone())
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
        let metric = |metric: &Metric| view! { <th scope="col">{performance::heading(strings, *metric)}</th> };
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
