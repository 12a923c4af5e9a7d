//! `/insights`: how often the pages were viewed, by visitors who allowed counting.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;

use super::{document::Document, site, words};
use crate::{
    model::insight::{Groups, Merged, SMALLEST_GROUP},
    server::insight::{self, DAYS, Insights as Counts},
};

/// The page.
#[component]
pub(super) fn Insights() -> impl IntoView {
    let site = site();
    let counts = move || {
        let site = Arc::clone(&site);
        Suspend::new(async move {
            match insight::read(&site).await {
                Ok(counts) => view! { <Shown counts /> }.into_any(),
                Err(error) => {
                    tracing::error!(%error, "the counts could not be read");
                    view! { <p>"The counts cannot be read just now. Please try again later."</p> }.into_any()
                }
            }
        })
    };
    view! {
        <Document
            title="Insights"
            description="How often the pages of this site were viewed, by visitors who allowed counting."
        >
            <h1>"Insights"</h1>
            <p class="lead">
                {format!(
                    "Page views of the last {DAYS} days, by visitors who allowed counting. A view is kept as a day, a page, a kind of device, and whether it was a first or a returning one; nothing else. Groups under {SMALLEST_GROUP} are merged.",
                )}
            </p>
            <Suspense>{counts}</Suspense>
        </Document>
    }
    .into_any()
}

/// The counts as a chart and as tables.
#[component]
fn Shown(counts: Counts) -> impl IntoView {
    let is_empty = counts.by_day.shown.is_empty() && counts.by_day.merged == Merged::Nothing;
    if is_empty {
        return view! {
            <p class="empty">
                "Nothing was counted yet. That is as it should be when nobody has said yes: "
                <a href="/preferences">"counting waits for a permission"</a> "."
            </p>
        }
        .into_any();
    }
    let days = |label: &str| stored_day(label).map_or_else(|| label.to_owned(), words::day);
    let pages = |label: &str| label.to_owned();
    let devices = |label: &str| insight::device_label(label).to_owned();
    let visits = |label: &str| insight::visit_label(label).to_owned();
    view! {
        {(!counts.by_day.shown.is_empty()).then(|| view! { <Chart counts=counts.clone() /> })}
        <div class="counts">
            {table("By page", "Page", &counts.by_page, pages)}
            {table("By kind of device", "Device", &counts.by_device, devices)}
            {table("First and returning", "View", &counts.by_visit, visits)}
            {table("By day", "Day", &counts.by_day, days)}
        </div>
    }
    .into_any()
}

/// A day as the store writes it.
fn stored_day(text: &str) -> Option<time::Date> {
    time::Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

fn table(title: &'static str, head: &'static str, groups: &Groups, label: fn(&str) -> String) -> impl IntoView + use<> {
    let rows: Vec<_> = groups.shown.iter().map(|(name, views)| (label(name), views.to_string())).collect();
    let merged = match groups.merged {
        Merged::Nothing => None,
        Merged::Few => Some(format!("fewer than {SMALLEST_GROUP}")),
        Merged::Views(views) => Some(views.to_string()),
    };
    let rows = rows.into_iter().chain(merged.map(|views| (format!("Others, each under {SMALLEST_GROUP}"), views)));
    view! {
        <table class="numbers">
            <caption>{title}</caption>
            <thead>
                <tr>
                    <th scope="col">{head}</th>
                    <th scope="col">"Views"</th>
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
}

/// The chart's width of a day and its height, in its own units.
const DAY: usize = 20;
const HEIGHT: u64 = 160;

/// One bar a day; the table below says the same in numbers.
#[component]
fn Chart(counts: Counts) -> impl IntoView {
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
    let title = format!("Views by day, {} to {}; at most {most} on one day", words::day(first), words::day(last));
    view! {
        <figure class="chart">
            <svg role="img" aria-labelledby="chart-title" viewBox=format!("0 0 {width} {}", HEIGHT + 1) preserveAspectRatio="none">
                <title id="chart-title">{title}</title>
                {bars}
                <line x1="0" x2=width.to_string() y1=HEIGHT.to_string() y2=HEIGHT.to_string() />
            </svg>
            <figcaption>
                <span>{words::short_day(first)}</span>
                <span>{format!("at most {most} views a day")}</span>
                <span>{words::short_day(last)}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}
