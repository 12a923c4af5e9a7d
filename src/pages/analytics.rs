//! `/insights`: page views of visitors who allowed analytics.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;

use super::{address, site, strings};
use crate::{
    app::{
        analytics,
        analytics::{DAYS, PageViewReport as Counts},
    },
    content::i18n::Messages,
    domain::{
        analytics::{Device, Groups, MIN_GROUP_SIZE, Merged, Visit},
        web::page::Page,
    },
    pages::{
        components::{format, rich_text},
        layout::document::Document,
    },
};

#[component]
pub(super) fn Insights() -> impl IntoView {
    let site = site();
    let strings = strings();
    let texts = Arc::clone(&strings.insights);
    let unavailable = texts.unavailable();
    let counts = move || {
        let (site, unavailable) = (Arc::clone(&site), unavailable.clone());
        Suspend::new(async move {
            match analytics::read(&site).await {
                Ok(counts) => view! { <PageViewTables counts /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "the counts could not be read");
                    view! { <p>{unavailable}</p> }.into_any()
                }
            }
        })
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <h1>{texts.title()}</h1>
            <p class="lead">{texts.lead(DAYS.unsigned_abs(), MIN_GROUP_SIZE)}</p>
            <Suspense>{counts}</Suspense>
        </Document>
    }
    .into_any()
}

#[component]
fn PageViewTables(counts: Counts) -> impl IntoView {
    let strings = strings();
    let texts = &strings.insights;
    let is_empty = counts.by_day.shown.is_empty() && counts.by_day.merged == Merged::Nothing;
    if is_empty {
        return view! {
            <p class="empty-state">{texts.empty(rich_text::plain, rich_text::link(address(Page::Preferences)))}</p>
        }
        .into_any();
    }
    let all = [&counts.by_page, &counts.by_device, &counts.by_visit, &counts.by_day];
    if all.into_iter().all(|groups| groups.shown.is_empty() && groups.merged == Merged::Few) {
        return view! { <p class="empty-state">{texts.too_few(MIN_GROUP_SIZE)}</p> }.into_any();
    }
    let day =
        |label: &str| stored_day(label).map_or_else(|| label.to_owned(), |day| format::day(strings.locale(), day));
    let page = |label: &str| label.to_owned();
    let device = |label: &str| match label.parse::<Device>().unwrap_or_default() {
        Device::Phone => strings.words.phones(),
        Device::Tablet => strings.words.tablets(),
        Device::Computer => strings.words.computers(),
        Device::ComputerOrTablet => strings.words.computers_or_tablets(),
        Device::Other => strings.words.other_devices(),
    };
    let is_first = |label: &str| label == Visit::First.into_str();
    let visit = |label: &str| if is_first(label) { texts.first_views() } else { texts.returning_views() };
    view! {
        {(!counts.by_day.shown.is_empty()).then(|| view! { <Chart counts=counts.clone() /> })}
        <div class="counts">
            {table(&strings, texts.by_page(), texts.page(), &counts.by_page, page)}
            {table(&strings, texts.by_device(), texts.device(), &counts.by_device, device)}
            {table(&strings, texts.by_visit(), texts.view(), &counts.by_visit, visit)}
            {table(&strings, texts.by_day(), texts.day(), &counts.by_day, day)}
        </div>
    }
    .into_any()
}

/// Parses a day as the store formats it.
fn stored_day(text: &str) -> Option<time::Date> {
    time::Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

fn table(strings: &Messages, title: String, head: String, groups: &Groups, label: impl Fn(&str) -> String) -> AnyView {
    let texts = &strings.insights;
    let rows: Vec<_> = groups.shown.iter().map(|(name, views)| (label(name), views.to_string())).collect();
    let merged = match groups.merged {
        Merged::Nothing => None,
        Merged::Few => Some(texts.fewer(MIN_GROUP_SIZE)),
        Merged::Views(views) => Some(views.to_string()),
    };
    let rows = rows.into_iter().chain(merged.map(|views| (texts.others(MIN_GROUP_SIZE), views)));
    view! {
        <table class="table--numeric">
            <caption>{title}</caption>
            <thead>
                <tr>
                    <th scope="col">{head}</th>
                    <th scope="col">{texts.views()}</th>
                </tr>
            </thead>
            <tbody>
                {rows
                    .map(|(label, views)| {
                        view! {
                            <tr>
                                <th scope="row">{label}</th>
                                <td>{views}</td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

/// Width of a day and height of the chart, in SVG units.
const DAY: usize = 20;
const HEIGHT: u64 = 160;

/// A chart with one bar per day. The table below it has the same numbers as text.
#[component]
fn Chart(counts: Counts) -> impl IntoView {
    let strings = strings();
    let (texts, locale) = (&strings.insights, strings.locale());
    let by_day: HashMap<&str, u64> = counts.by_day.shown.iter().map(|(day, views)| (day.as_str(), *views)).collect();
    let most = by_day.values().copied().max().unwrap_or(1);
    let (first, last) = counts.days;
    let days: Vec<_> =
        std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| *day <= last).collect();
    let width = days.len() * DAY;
    let bars = days
        .iter()
        .enumerate()
        .filter_map(|(index, day)| {
            let views = *by_day.get(day.to_string().as_str())?;
            let height = (views * HEIGHT).div_ceil(most);
            let x = index * DAY + 3;
            Some(view! {
                <rect x=x.to_string() y=(HEIGHT - height).to_string() width=(DAY - 6).to_string() height=height.to_string() rx="2" />
            })
        })
        .collect_view();
    let title = texts.chart(most, format::day(locale, first), format::day(locale, last));
    view! {
        <figure class="chart">
            <svg role="img" aria-labelledby="chart-title" viewBox=format!("0 0 {width} {}", HEIGHT + 1) preserveAspectRatio="none">
                <title id="chart-title">{title}</title>
                {bars}
                <line x1="0" x2=width.to_string() y1=HEIGHT.to_string() y2=HEIGHT.to_string() />
            </svg>
            <figcaption>
                <span>{format::short_day(locale, first)}</span>
                " "
                <span>{texts.most_a_day(most)}</span>
                " "
                <span>{format::short_day(locale, last)}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}
