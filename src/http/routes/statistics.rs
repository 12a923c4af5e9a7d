//! `GET /statistics.json` and `GET /statistics.csv`: the published page views.

use std::{fmt::Write, slice, sync::Arc};

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::analytics,
    domain::{
        analytics::{
            MIN_GROUP_SIZE, Week,
            choices::ChoiceDimension,
            page_load::LoadDimension,
            performance::{Histogram, Metric, histogram::PERCENTILES},
            statistics::{self, Dimension, Performance, WeekStatistics},
        },
        web::error::AppError,
    },
    http::state::{HttpState, page_cache::Document},
};

/// The page views of visitors who allowed analytics, by week.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatisticsDocument {
    /// The version of this format. It rises when a field comes, goes or changes its meaning.
    #[schema(minimum = 1, maximum = 1)]
    format: u8,
    /// The smallest number of views that is published.
    min_group_size: u64,
    /// The last 13 finished weeks, newest first.
    weeks: Vec<WeekPublished>,
}

/// A week from Monday to Sunday, in UTC.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeekPublished {
    /// The Monday.
    #[schema(format = "date")]
    first_day: String,
    /// The page views of the week; 0 also if there were fewer than the smallest group.
    views: u64,
    /// The performance of the week's page views.
    performance: Vec<MetricPublished>,
    /// How the measured pages were loaded, by `navigation` and by `cache`.
    loads: Vec<LoadsPublished>,
    /// One table for each dimension; none if there were fewer views than the smallest group.
    tables: Vec<TablePublished>,
    /// What visitors decided, also those who allowed nothing: one table for each dimension; none if
    /// there were fewer decisions than the smallest group.
    choices: Vec<ChoicesPublished>,
}

/// The decisions of a week by one dimension. Each table has the same sum.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoicesPublished {
    /// A purpose, `version` or `service`.
    #[schema(pattern = "^[a-z][a-z0-9_-]*$")]
    dimension: String,
    /// The groups, largest first.
    groups: Vec<ChoiceGroupPublished>,
    /// The decisions of all other groups.
    others: u64,
}

/// The decisions of one group.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceGroupPublished {
    /// `allowed`, `rejected`, `withdrawn` or `unanswered`; the edition; or the origin of the
    /// service, `self` for this site.
    group: String,
    /// The number of decisions.
    decisions: u64,
}

/// The name of a group of decisions in the published files.
fn choice_group(group: &str) -> String {
    if group.is_empty() { "self".to_owned() } else { group.to_owned() }
}

/// The shares of one dimension. They sum to 100.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadsPublished {
    /// `navigation` or `cache`.
    #[schema(pattern = "^[a-z]+$")]
    dimension: &'static str,
    /// The groups, largest first.
    groups: Vec<SharePublished>,
    /// The share of all other groups, in whole percent.
    others: u8,
}

/// The share of one group.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharePublished {
    /// `navigate`, `reload`, `back_forward` or `prerender`; `hit` or `miss`.
    #[schema(pattern = "^[a-z_]+$")]
    group: String,
    /// In whole percent.
    share: u8,
}

impl LoadsPublished {
    fn all(week: &WeekStatistics) -> Vec<Self> {
        let publish = |dimension: &LoadDimension| {
            let (shares, others) = statistics::load_shares(slice::from_ref(week), *dimension);
            let groups: Vec<_> = shares.into_iter().map(|(group, share)| SharePublished { group, share }).collect();
            let is_published = !groups.is_empty() || others > 0;
            is_published.then(|| Self { dimension: dimension.into_str(), groups, others })
        };
        LoadDimension::ALL.iter().filter_map(publish).collect()
    }
}

/// The views of a week by one dimension.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TablePublished {
    /// `page`, `country`, `device`, `visit` or `day`.
    #[schema(pattern = "^[a-z]+$")]
    dimension: &'static str,
    /// The groups, largest first.
    groups: Vec<GroupPublished>,
    /// The views of all other groups: those below the smallest group, and the smallest other one.
    others: u64,
}

/// The views of one group.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupPublished {
    /// The path or the origin of a service, the ISO 3166-1 code (`ZZ` if unknown), the device,
    /// `first` or `returning`, or the day.
    group: String,
    /// The number of views.
    views: u64,
    /// The performance of the group's page views; none of `visit` and `day`.
    performance: Vec<MetricPublished>,
}

/// The values of one metric. A percentile is null if fewer than the smallest group lie on either
/// side of it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricPublished {
    /// `lcp`, `inp`, `cls`, `fcp`, `ttfb` or `server`.
    #[schema(pattern = "^[a-z]+$")]
    metric: &'static str,
    /// The median, in milliseconds; of `cls` in ten-thousandths.
    #[schema(required)]
    p50: Option<u32>,
    /// The 75th percentile.
    #[schema(required)]
    p75: Option<u32>,
    /// The 90th percentile.
    #[schema(required)]
    p90: Option<u32>,
}

impl MetricPublished {
    /// The metrics that have a published value.
    fn all(performance: Option<&Performance>) -> Vec<Self> {
        let publish = |(metric, histogram): (&Metric, &Histogram)| {
            let [p50, p75, p90] = PERCENTILES.map(|percent| histogram.percentile(percent));
            p50.map(|_| Self { metric: metric.into_str(), p50, p75, p90 })
        };
        performance.into_iter().flatten().filter_map(publish).collect()
    }
}

impl From<&WeekStatistics> for WeekPublished {
    fn from(week: &WeekStatistics) -> Self {
        let table = |dimension: &Dimension| {
            let table = week.table(*dimension)?;
            let groups = table.shown.iter().map(|(group, views)| GroupPublished {
                group: group.clone(),
                views: *views,
                performance: MetricPublished::all(week.performance(&Some((*dimension, group.clone())))),
            });
            Some(TablePublished { dimension: dimension.into_str(), groups: groups.collect(), others: table.hidden })
        };
        let choices = |dimension: &ChoiceDimension| {
            let table = week.choices(*dimension)?;
            let group = |(group, decisions): &(String, u64)| ChoiceGroupPublished {
                group: choice_group(group),
                decisions: *decisions,
            };
            let groups = table.shown.iter().map(group).collect();
            Some(ChoicesPublished { dimension: dimension.as_str().to_owned(), groups, others: table.hidden })
        };
        Self {
            first_day: week.week.to_string(),
            views: week.total(),
            performance: MetricPublished::all(week.performance(&None)),
            loads: LoadsPublished::all(week),
            tables: Dimension::ALL.iter().filter_map(table).collect(),
            choices: week.choice_dimensions().filter_map(choices).collect(),
        }
    }
}

/// The page views as JSON.
///
/// The page views of visitors who allowed analytics, of the last 13 finished weeks.
#[utoipa::path(
    get,
    path = "/statistics.json",
    operation_id = "readStatistics",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (status = 200, description = "The statistics.", body = StatisticsDocument, headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn json(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let weeks = analytics::published(&http.app).await?;
    let render = || {
        let weeks = weeks.iter().map(WeekPublished::from).collect();
        serde_json::to_vec(&StatisticsDocument { format: 1, min_group_size: MIN_GROUP_SIZE, weeks }).unwrap_or_default()
    };
    show(&http, &headers, Document::StatisticsJson, "application/json", &weeks, render).await
}

/// The page views as CSV.
///
/// The same as `/statistics.json`, one line for each number (RFC 4180): the Monday of the week, the
/// dimension, the group, what is measured, and the number. The group `others` stands for all that
/// are not shown.
#[utoipa::path(
    get,
    path = "/statistics.csv",
    operation_id = "readStatisticsTable",
    tag = "policy",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the cached copy.")),
    responses(
        (status = 200, description = "The table.", body = String, content_type = "text/csv", headers(("ETag", description = "The entity tag."))),
        (status = 304, description = "The cached copy is current."),
    ),
)]
pub(crate) async fn csv(State(http): State<Arc<HttpState>>, headers: HeaderMap) -> Result<Response, AppError> {
    let weeks = analytics::published(&http.app).await?;
    show(&http, &headers, Document::StatisticsCsv, "text/csv; charset=utf-8", &weeks, || table(&weeks)).await
}

async fn show(
    http: &HttpState,
    headers: &HeaderMap,
    document: impl Fn(Week) -> Document,
    content_type: &'static str,
    weeks: &[WeekStatistics],
    render: impl FnOnce() -> Vec<u8>,
) -> Result<Response, AppError> {
    let newest = weeks.first().ok_or(AppError::NotFound)?.week;
    let document = http.page_cache.document(document(newest), http.app.current_version().effective, render);
    Ok(document.await.to_public_response(headers, content_type))
}

/// Formats the weeks as CSV. No group contains a comma or a quotation mark.
fn table(weeks: &[WeekStatistics]) -> Vec<u8> {
    let mut text = "week,dimension,group,measure,value\r\n".to_owned();
    for week in weeks {
        // Writing to a string cannot fail.
        let mut line = |dimension: &str, group: &str, measure: &str, value: u64| {
            let _ = write!(text, "{},{dimension},{group},{measure},{value}\r\n", week.week);
        };
        percentiles(week.performance(&None), |measure, value| line("all", "all", measure, value));
        for LoadsPublished { dimension, groups, others } in LoadsPublished::all(week) {
            let others = (others > 0).then(|| SharePublished { group: "others".into(), share: others });
            for SharePublished { group, share } in groups.into_iter().chain(others) {
                line(dimension, &group, "share", share.into());
            }
        }
        for dimension in Dimension::ALL {
            let (Some(table), name) = (week.table(*dimension), dimension.into_str()) else { continue };
            for (group, views) in &table.shown {
                line(name, group, "views", *views);
                let performance = week.performance(&Some((*dimension, group.clone())));
                percentiles(performance, |measure, value| line(name, group, measure, value));
            }
            if table.hidden > 0 {
                line(name, "others", "views", table.hidden);
            }
        }
        for dimension in week.choice_dimensions() {
            let (Some(table), name) = (week.choices(*dimension), dimension.as_str()) else { continue };
            for (group, decisions) in &table.shown {
                line(name, &choice_group(group), "decisions", *decisions);
            }
            if table.hidden > 0 {
                line(name, "others", "decisions", table.hidden);
            }
        }
    }
    text.into_bytes()
}

/// Calls `line` for each published percentile, as `lcp_p75`, with its value.
fn percentiles(performance: Option<&Performance>, mut line: impl FnMut(&str, u64)) {
    for MetricPublished { metric, p50, p75, p90 } in MetricPublished::all(performance) {
        for (percent, value) in PERCENTILES.iter().zip([p50, p75, p90]) {
            if let Some(value) = value {
                line(&format!("{metric}_p{percent}"), value.into());
            }
        }
    }
}
