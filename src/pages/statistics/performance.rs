//! The performance of pages: a card for each metric, and the columns of the tables.

use leptos::prelude::*;

use super::Selection;
use crate::{
    content::i18n::{Messages, cldr},
    domain::analytics::{
        MIN_GROUP_SIZE,
        page_load::{CacheState, LoadDimension, NavigationType},
        performance::{Histogram, Metric, Rating, histogram::Share},
        statistics::{self, Performance, WeekStatistics},
    },
};

/// The abbreviation of a metric.
pub(in crate::pages) fn abbreviation(strings: &Messages, metric: Metric) -> String {
    match metric {
        Metric::Server => strings.statistics.server(),
        metric => metric.into_str().to_uppercase(),
    }
}

/// The heading of a metric's column: its abbreviation, titled with its name.
pub(super) fn heading(strings: &Messages, metric: Metric) -> AnyView {
    view! { <abbr title=name(strings, metric)>{abbreviation(strings, metric)}</abbr> }.into_any()
}

/// The name of a metric.
pub(in crate::pages) fn name(strings: &Messages, metric: Metric) -> String {
    let texts = &strings.statistics;
    match metric {
        Metric::Lcp => texts.lcp(),
        Metric::Inp => texts.inp(),
        Metric::Cls => texts.cls(),
        Metric::Fcp => texts.fcp(),
        Metric::Ttfb => texts.ttfb(),
        Metric::Server => texts.server_time(),
    }
}

/// What a metric measures, in plain words.
pub(in crate::pages) fn meaning(strings: &Messages, metric: Metric) -> String {
    let texts = &strings.statistics;
    match metric {
        Metric::Lcp => texts.lcp_means(),
        Metric::Inp => texts.inp_means(),
        Metric::Cls => texts.cls_means(),
        Metric::Fcp => texts.fcp_means(),
        Metric::Ttfb => texts.ttfb_means(),
        Metric::Server => texts.server_means(),
    }
}

/// The value of a metric at the selected percentile, if it can be published.
pub(super) fn value(strings: &Messages, performance: Option<&Performance>, metric: Metric, percent: u8) -> String {
    let value = performance.and_then(|performance| performance.get(&metric)?.percentile(percent));
    value.map_or_else(|| "–".to_owned(), |value| format(strings, metric, value))
}

/// A card for each metric, or why there is none.
pub(super) fn section(strings: &Messages, weeks: &[WeekStatistics], selection: Selection) -> AnyView {
    let texts = &strings.statistics;
    let sum = statistics::performance(weeks, &None);
    let card = |metric: &Metric| card(strings, *metric, sum.get(metric)?, weeks, selection.percentile);
    let cards: Vec<_> = Metric::ALL.iter().filter_map(card).collect();
    let found = if cards.is_empty() {
        // As many as make both sides of the percentile large enough.
        let fewest = MIN_GROUP_SIZE * 100 / u64::from(selection.percentile.min(100 - selection.percentile)).max(1);
        view! { <p class="empty-state">{texts.no_performance(fewest)}</p> }.into_any()
    } else {
        let has_bars = Metric::ALL.iter().any(|metric| trend(*metric, weeks, selection.percentile).is_some());
        view! {
            <p>{texts.performance_lead(selection.percentile)}</p>
            {has_bars.then(|| view! { <p>{texts.performance_bars()}</p> })}
            <div class="metrics">{cards}</div>
            {loads(strings, weeks)}
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="performance">
            <h2 id="performance">{texts.performance()}</h2>
            {selection.percentiles(strings)}
            {found}
        </section>
    }
    .into_any()
}

fn card(
    strings: &Messages,
    metric: Metric,
    histogram: &Histogram,
    weeks: &[WeekStatistics],
    percent: u8,
) -> Option<AnyView> {
    let value = histogram.percentile(percent)?;
    let texts = &strings.statistics;
    let abbreviation = (metric != Metric::Server).then(|| abbreviation(strings, metric));
    let shares = histogram.shares(metric);
    let text = |share: &Share| {
        let ((best, worst), percent) = (share.ratings, share.percent);
        let ratings = [Rating::Good, Rating::NeedsImprovement, Rating::Poor].into_iter();
        let names = ratings.filter(|rating| (best..=worst).contains(rating)).map(|rating| rating_name(strings, rating));
        let names = names.reduce(|before, last| texts.and_rating(before, last)).unwrap_or_default();
        view! { <li data-rating=class(share.ratings)>{texts.share(names, percent)}</li> }
    };
    let mostly = shares.is_empty().then(|| histogram.main_rating(metric)).flatten();
    let mostly = mostly
        .map(|rating| view! { <li data-rating=rating.into_str()>{texts.mostly(rating_name(strings, rating))}</li> });
    let card = view! {
        <section class="metric" data-rating=metric.rate(value).into_str()>
            <h3>{name(strings, metric)} {abbreviation.map(|text| view! { " " <abbr>{text}</abbr> })}</h3>
            <p class="hint">{meaning(strings, metric)}</p>
            <p class="metric-value">{format(strings, metric, value)}</p>
            {(!shares.is_empty()).then(|| bar(&shares))}
            <ul>{mostly} {shares.iter().map(text).collect_view()}</ul>
            {trend(metric, weeks, percent)}
        </section>
    };
    Some(card.into_any())
}

/// How the measured pages were loaded: two lists of shares.
fn loads(strings: &Messages, weeks: &[WeekStatistics]) -> AnyView {
    let texts = &strings.statistics;
    let list = |dimension: &LoadDimension| {
        let (shares, others) = statistics::load_shares(weeks, *dimension);
        let title = match dimension {
            LoadDimension::Navigation => texts.by_navigation(),
            LoadDimension::Cache => texts.by_cache(),
        };
        let shares = shares.into_iter().map(|(group, percent)| (load_name(strings, &group), percent));
        let others = (others > 0).then(|| (texts.others(), others));
        let rows: Vec<_> = shares.chain(others).collect();
        let row = |(name, percent): (String, u8)| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{texts.percent(percent)}</td>
                </tr>
            }
        };
        (!rows.is_empty()).then(|| {
            view! {
                <table class="table--numeric">
                    <caption>{title}</caption>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            }
        })
    };
    view! { <div class="counts">{LoadDimension::ALL.iter().filter_map(list).collect_view()}</div> }.into_any()
}

/// The name of a type of navigation, or of a state of the cache.
fn load_name(strings: &Messages, group: &str) -> String {
    let texts = &strings.statistics;
    match (group.parse(), group.parse()) {
        (Ok(NavigationType::Navigate), _) => texts.navigate(),
        (Ok(NavigationType::Reload), _) => texts.reload(),
        (Ok(NavigationType::BackForward), _) => texts.back_forward(),
        (Ok(NavigationType::Prerender), _) => texts.prerender(),
        (_, Ok(CacheState::Hit)) => texts.cache_hit(),
        (_, Ok(CacheState::Miss)) => texts.cache_miss(),
        _ => texts.others(),
    }
}

/// The shares as parts of one bar. The list beneath has them as text.
fn bar(shares: &[Share]) -> AnyView {
    let mut x = 0_u32;
    let parts = shares.iter().map(|share| {
        let (from, width) = (x, u32::from(share.percent));
        x += width;
        view! { <rect data-rating=class(share.ratings) x=from.to_string() y="0" width=width.to_string() height="8" /> }
    });
    view! {
        <svg class="shares" aria-hidden="true" viewBox="0 0 100 8" preserveAspectRatio="none">
            {parts.collect_view()}
        </svg>
    }
    .into_any()
}

/// The values of the weeks, oldest first. The table by week has them as text.
fn trend(metric: Metric, weeks: &[WeekStatistics], percent: u8) -> Option<AnyView> {
    let of = |week: &WeekStatistics| week.performance(&None)?.get(&metric)?.percentile(percent);
    let values: Vec<_> = weeks.iter().rev().map(of).collect();
    let most = values.iter().flatten().max().copied().filter(|most| *most > 0)?;
    if values.iter().flatten().count() < 2 {
        return None;
    }
    let width = values.len() * 10;
    let bars = values.iter().enumerate().filter_map(|(index, value)| {
        let height = ((*value)? * 30).div_ceil(most).max(1);
        let rating = metric.rate((*value)?).into_str();
        let (x, y) = ((index * 10 + 1).to_string(), (30 - height).to_string());
        Some(view! { <rect data-rating=rating x=x y=y width="8" height=height.to_string() /> })
    });
    let chart = view! {
        <svg class="trend" aria-hidden="true" viewBox=format!("0 0 {width} 30") preserveAspectRatio="none">
            {bars.collect_view()}
        </svg>
    };
    Some(chart.into_any())
}

/// The name of a share's best rating, or `mixed` if it has a worse one too.
fn class((best, worst): (Rating, Rating)) -> &'static str {
    if best == worst { best.into_str() } else { "mixed" }
}

fn rating_name(strings: &Messages, rating: Rating) -> String {
    let texts = &strings.statistics;
    match rating {
        Rating::Good => texts.good(),
        Rating::NeedsImprovement => texts.needs_improvement(),
        Rating::Poor => texts.poor(),
    }
}

/// Formats a value with its unit, in English as `2.8 s`, `190 ms` and `0.12`.
fn format(strings: &Messages, metric: Metric, value: u32) -> String {
    let texts = &strings.statistics;
    let hundredths = |value: u32, unit: u32| format!("{}.{:02}", value / unit, value % unit * 100 / unit);
    let decimal = |text: String| cldr::decimal(strings.locale(), text);
    if !metric.is_time() {
        return decimal(hundredths(value, 10_000));
    }
    match value {
        0..1_000 => texts.milliseconds(value),
        _ => texts.seconds(decimal(hundredths(value, 1_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::i18n::locale::Locale;

    #[test]
    fn values_have_the_unit_and_the_decimal_mark_of_the_language() {
        let (english, german) = (Messages::shipped(Locale::ENGLISH), Messages::shipped(Locale::GERMAN));
        for (metric, value, expected, in_german) in [
            (Metric::Lcp, 2_799, "2.79 s", "2,79 s"),
            (Metric::Inp, 190, "190 ms", "190 ms"),
            (Metric::Ttfb, 0, "0 ms", "0 ms"),
            (Metric::Cls, 1_250, "0.12", "0,12"),
            (Metric::Cls, 10_050, "1.00", "1,00"),
        ] {
            assert_eq!(format(&english, metric, value), expected);
            assert_eq!(format(&german, metric, value), in_german);
        }
    }
}
